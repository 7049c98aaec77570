"""arrayan status."""

import json

import click

from cli.stores import running_database, writing_connection
from runtime.settings import load_settings
from storage.database import describe_server
from storage.ingest_runs import recent_runs
from storage.row_counts import count_rows

RUNS_SHOWN = 5


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def status(as_json: bool) -> None:
    """Say which database this is, how much is in it, and what was taken in last."""
    settings = load_settings()
    with running_database(settings) as url, writing_connection(url, "status") as connection:
        server = describe_server(connection)
        counts = count_rows(connection)
        runs = recent_runs(connection, RUNS_SHOWN)
    if as_json:
        click.echo(json.dumps({"server": str(server), **counts._asdict()}))
        return
    click.echo(f"Database         {server}{'' if settings.database_url else ' (embedded)'}")
    click.echo(f"Packet archive   {settings.packet_archive}")
    for name, count in counts._asdict().items():
        click.echo(f"{name.replace('_', ' ').capitalize():<24} {count:>12,}")
    for run in runs:
        end = "finished" if run.finished_at else "cut short"
        click.echo(
            f"{run.started_at:%Y-%m-%d %H:%M} {run.source}: {run.read} read, {run.stored} stored, "
            f"{run.duplicates} duplicates, {run.dead_letters} dead letters ({end})"
        )
