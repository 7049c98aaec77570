"""arrayan maintain events."""

import json
from datetime import UTC, datetime, timedelta

import click

from cli.amounts import Age
from cli.commands.maintain.options import (
    database_to_maintain,
    database_to_read,
    days,
    dry_run_option,
    json_option,
)
from runtime.settings import load_settings
from storage.events import count_old_events, prune_events


@click.command()
@click.option(
    "--older-than", type=Age(), help="Drop events older than this: 36h, 7d.  [default: ARRAYAN_EVENT_DAYS, else 7d]"
)
@dry_run_option
@json_option
def events(older_than: timedelta | None, dry_run: bool, as_json: bool) -> None:
    """Drop events that are older than they are kept for.

    Subscribers and publishers that were away for longer get a clear error when they come back. What the events
    told of stays. The newest event stays always, so that everybody can go on from it.
    """
    settings = load_settings()
    age = older_than or timedelta(days=settings.event_days)
    moment = datetime.now(UTC) - age
    if dry_run:
        with database_to_read(settings) as connection:
            count = count_old_events(connection, moment)
    else:
        with database_to_maintain(settings) as connection:
            count = prune_events(connection, moment)
    if as_json:
        click.echo(json.dumps({"dry_run": dry_run, "before": moment.isoformat(), "events": count}))
    elif dry_run:
        click.echo(f"{count:,} events are older than {days(age)}. Nothing is dropped: this was a dry run.")
    else:
        click.echo(f"Dropped {count:,} events older than {days(age)}.")
