"""Connections to the database, and what is known about the server."""

from dataclasses import dataclass

import psycopg
from psycopg import Connection

from domain.errors import ArrayanError
from storage.migrate import newest_revision


class DatabaseUnavailable(ArrayanError):
    """No server answers, or its tables are not those of this release."""


@dataclass(frozen=True, slots=True)
class ServerDescription:
    """Which database this is; `timescaledb` is None without the extension, `license` is its edition."""

    postgresql: str
    timescaledb: str | None
    timescaledb_license: str | None

    def __str__(self) -> str:
        if self.timescaledb is None:
            return f"PostgreSQL {self.postgresql}"
        return f"PostgreSQL {self.postgresql}, TimescaleDB {self.timescaledb} ({self.timescaledb_license})"


def connect(url: str, *, role: str, timeout_seconds: int | None = None) -> Connection:
    """A connection for writing, recognisable in pg_stat_activity by the role.

    Waits for the server as long as the URL says, or for some seconds at most. Raises DatabaseUnavailable.
    """
    try:
        return psycopg.connect(
            url, autocommit=True, application_name=f"arrayan {role}", connect_timeout=timeout_seconds
        )
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable(f"cannot reach the database: {error}") from error
    except psycopg.ProgrammingError as error:  # its text holds the URL, and with it the password
        raise DatabaseUnavailable(
            "the database URL cannot be read: it should look like postgresql://user@host:5432/name"
        ) from error


def require_current_tables(connection: Connection) -> None:
    """Raise DatabaseUnavailable unless every migration of this release has run."""
    exists = connection.execute("SELECT to_regclass('alembic_version') IS NOT NULL").fetchone()
    revision = None
    if exists is not None and exists[0]:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        revision = None if row is None else row[0]
    if problem := wrong_revision(revision):
        raise DatabaseUnavailable(problem)


def wrong_revision(revision: str | None) -> str | None:
    """What is wrong with tables at a revision (None before the first); None when they are this release's."""
    if revision == newest_revision():
        return None
    return (
        f"the database is at revision {revision or 'none'}, this release needs {newest_revision()}: "
        "run `arrayan migrate`"
    )


def describe_server(connection: Connection) -> ServerDescription:
    """What the server says of itself."""
    row = connection.execute(
        "SELECT current_setting('server_version'), "
        "(SELECT extversion FROM pg_extension WHERE extname = 'timescaledb'), "
        "current_setting('timescaledb.license', true)"
    ).fetchone()
    assert row is not None
    return ServerDescription(row[0], row[1], row[2] if row[1] else None)


def most_connections(connection: Connection) -> int:
    """How many connections the server takes, those kept for its administrators aside."""
    row = connection.execute(
        "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
    ).fetchone()
    assert row is not None
    return int(row[0])
