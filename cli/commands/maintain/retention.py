"""arrayan maintain retention."""

import json
from datetime import UTC, datetime, timedelta

import click

from cli.amounts import Age, told_size
from cli.commands.maintain.options import database_to_maintain, database_to_read, dry_run_option, json_option
from cli.progress import progress_bar
from runtime.settings import load_settings
from storage.retention import RetentionPlan, drop_old_rows, plan_retention

LEAST_AGE = timedelta(days=60)


@click.command()
@click.option(
    "--older-than",
    type=Age(),
    required=True,
    help="Drop rows older than this: 730d, 2y. There is no default, and nothing younger than 60d is dropped.",
)
@dry_run_option
@json_option
def retention(older_than: timedelta, dry_run: bool, as_json: bool) -> None:
    """Drop detections, non-detections and forced photometry older than an age.

    On TimescaleDB only whole chunks are dropped, those whose rows are all older: at once, and their room is given
    back. On plain PostgreSQL the rows themselves are deleted, some objects at a time, and their room is used again.

    Objects stay, and their counts, times and statistics go on being of the whole history. What comes again later
    from before, with packets or in histories, changes nothing. Packets and stamps stay in the archive.
    """
    if older_than < LEAST_AGE:
        raise click.BadParameter(
            "packets bring rows of the last weeks again and again: 60d is the least", param_hint="--older-than"
        )
    moment = datetime.now(UTC) - older_than
    objects = 0
    if dry_run:
        with database_to_read(load_settings()) as connection:
            plan = plan_retention(connection, moment)
    else:
        with database_to_maintain(load_settings()) as connection:
            plan = plan_retention(connection, moment)
            with progress_bar("Dropping old rows", None) as advance:
                objects = drop_old_rows(connection, plan, lambda done: advance(done, f"{done:,} objects"))
    if as_json:
        click.echo(json.dumps(_as_json(plan, moment, objects, dry_run=dry_run)))
    else:
        _tell(plan, moment, objects, dry_run=dry_run)


def _tell(plan: RetentionPlan, moment: datetime, objects: int, *, dry_run: bool) -> None:
    asked = f"{moment:%Y-%m-%d %H:%M} UTC"
    if plan.until is None:
        what = "no chunk has only rows" if plan.in_chunks else "no row is"
        click.echo(f"Nothing to do: {what} older than {asked}.")
        return
    whole = f" (whole chunks only; asked for {asked})" if plan.in_chunks else ""
    click.echo(f"Before {plan.until:%Y-%m-%d %H:%M} UTC{whole}:")
    for found in plan.tables:
        chunks = "" if found.chunks is None else f"{found.chunks:>6,} chunks  {told_size(found.size_bytes or 0):>9}"
        click.echo(f"  {found.table:<18} {found.rows:>15,} rows  {chunks}".rstrip())
    if dry_run:
        click.echo("Nothing is dropped: this was a dry run.")
    else:
        click.echo(f"Dropped. Of {objects:,} objects the summaries go on counting them.")


def _as_json(plan: RetentionPlan, moment: datetime, objects: int, *, dry_run: bool) -> dict[str, object]:
    return {
        "dry_run": dry_run,
        "older_than": moment.isoformat(),
        "before": None if plan.until is None else plan.until.isoformat(),
        "whole_chunks_only": plan.in_chunks,
        "tables": [found._asdict() for found in plan.tables],
        "objects": objects,
    }
