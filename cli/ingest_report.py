"""Saying what was taken in."""

import json

import click

from ingest.report import IngestReport


def tell(report: IngestReport, *, as_json: bool) -> None:
    """For a person, or one line of JSON."""
    if as_json:
        click.echo(json.dumps(report._asdict()))
        return
    click.echo(
        f"{report.read} read: {report.stored} stored, {report.duplicates} were there already, "
        f"{report.dead_letters} dead letters."
    )
    if report.dead_letters:
        click.echo("See `arrayan dead-letters list`.")
