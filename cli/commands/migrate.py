"""arrayan migrate."""

import click

from cli.stores import running_database
from runtime.settings import load_settings
from storage.database import connect, describe_server
from storage.migrate import migrate as migrate_database
from storage.migrate import newest_revision
from storage.read_role import READ_ROLE, make_read_role

NO_READ_ROLE = (
    f"This user may not make the role {READ_ROLE}, by which the endpoint would give up its right to write: "
    "docs/limits.md has the two lines that an administrator runs once."
)


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
            has_read_role = make_read_role(connection)
        if not has_read_role:
            click.echo(NO_READ_ROLE, err=True)
        click.echo(f"{server}: tables are at revision {newest_revision()}.")
