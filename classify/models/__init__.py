"""Trained models, as files."""
