"""Arrayán in a TOM: a data service, a tab on the page of a target, and a stream of alerts."""

__version__ = "0.1.0"
