"""The command `arrayan-client`."""
