"""Alerts in: sources, the worker that stores a batch, dead letters.

May import: surveys, storage, domain, runtime.
"""
