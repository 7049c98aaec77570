"""arrayan ingest."""

import json
from pathlib import Path

import click

from cli.night import take_in
from cli.stores import running_database, writing_connection
from domain.survey import SurveyName
from runtime.settings import load_settings
from surveys.registry import SURVEYS, survey_named


@click.command()
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="PATH...",
    type=click.Path(exists=True, readable=True, allow_dash=True, path_type=Path),
)
@click.option(
    "--survey",
    type=click.Choice([survey.name.lower() for survey in SURVEYS], case_sensitive=False),
    help="Read everything as this survey's. By default the survey is recognised by the schema in each packet.",
)
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON on standard output.")
def ingest(paths: tuple[Path, ...], survey: str | None, as_json: bool) -> None:
    """Take in alerts from files, folders and tar archives (plain or compressed); `-` is standard input.

    Alerts that are there already are counted as duplicates, so the same night can be given again. What cannot
    be read becomes a dead letter with its reason and its bytes: see `arrayan dead-letters list`.
    """
    settings = load_settings()
    chosen = None if survey is None else survey_named(SurveyName(survey.upper()))
    with running_database(settings) as url, writing_connection(url, "ingest") as connection:
        report = take_in(connection, settings, paths, chosen)
    if as_json:
        click.echo(json.dumps(report._asdict()))
        return
    click.echo(
        f"{report.read} read: {report.stored} stored, {report.duplicates} were there already, "
        f"{report.dead_letters} dead letters."
    )
    if report.dead_letters:
        click.echo("See `arrayan dead-letters list`.")
