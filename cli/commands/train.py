"""arrayan train."""

import click


@click.group()
def train() -> None:
    """Train a classifier anew: the same data and seed give the same model."""
