"""Matching tables of targets: what is asked, what is found, and the tables that come of it."""
