"""Tables of the sky that come as files: reading them in pieces, and finding out what their columns are."""
