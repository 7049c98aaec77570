"""arrayan migrate."""

import click

from cli.stores import running_database
from runtime.settings import load_settings
from storage.database import connect, describe_server
from storage.migrate import migrate as migrate_database
from storage.migrate import newest_revision


@click.command()
def migrate() -> None:
    """Create the tables, or bring them up to this release. Safe to run again.

    TimescaleDB is used when the server offers it; plain PostgreSQL 15 or newer works the same.
    """
    with running_database(load_settings()) as url:
        with connect(url, role="migrate") as connection:
            server = describe_server(connection)
        migrate_database(url)
        with connect(url, role="migrate") as connection:
            server = describe_server(connection)
        click.echo(f"{server}: tables are at revision {newest_revision()}.")
