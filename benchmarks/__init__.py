"""Ratios to the peers, measured in one run: `make bench`, docs/performance.md.

May import everything; nothing imports this.
"""
