"""What each survey's packets look like. One file per survey, one line in the registry.

May import: domain.
"""
