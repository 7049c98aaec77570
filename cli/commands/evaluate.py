"""arrayan evaluate."""

import click


@click.group()
def evaluate() -> None:
    """Say how good a classifier is, on labelled data."""
