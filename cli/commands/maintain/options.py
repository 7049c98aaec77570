"""What the commands of maintenance share."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import click
from psycopg import Connection

from cli.amounts import Age
from cli.stores import running_database, writing_connection
from runtime.settings import Settings
from storage.maintenance_lock import maintenance_lock

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

dry_run_option: Decorator = click.option("--dry-run", is_flag=True, help="Say what would be done, and do nothing.")
json_option: Decorator = click.option(
    "--json", "as_json", is_flag=True, help="One line of JSON on standard output."
)
grace_option: Decorator = click.option(
    "--grace",
    type=Age(),
    default="1d",
    show_default=True,
    help="Younger files are left alone, and unused ones stay for so long.",
)
closed_for_option: Decorator = click.option(
    "--closed-for",
    type=Age(),
    default="60d",
    show_default=True,
    help="Only chunks that ended so long ago: packets bring rows of the last 30 days or more.",
)


@contextmanager
def database_to_read(settings: Settings) -> Iterator[Connection]:
    """A connection for looking."""
    with running_database(settings) as url, writing_connection(url, "maintain") as connection:
        yield connection


@contextmanager
def database_to_maintain(settings: Settings) -> Iterator[Connection]:
    """A connection that nobody else maintains the database with. Raises MaintenanceUnderWay."""
    with database_to_read(settings) as connection, maintenance_lock(connection):
        yield connection


def tell_in_vain(reason: str, *, as_json: bool) -> None:
    """Say that a command does not apply here, and why."""
    click.echo(json.dumps({"applies": False, "reason": reason}) if as_json else f"Nothing to do: {reason}.")


def days(age: timedelta) -> str:
    """An age in words."""
    return f"{age.total_seconds() / 86400:g} days"
