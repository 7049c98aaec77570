"""The client against a live server, with all its optional packages."""
