"""The `arrayan` command: thin. May import everything; nobody imports it."""
