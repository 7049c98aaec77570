"""Databases of the benchmarks' own on a TimescaleDB server, kept between runs where filling them takes long."""

import hashlib
import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg.sql import SQL, Identifier, Literal
from sqlalchemy.dialects.postgresql import dialect as postgresql_dialect
from sqlalchemy.schema import CreateTable

from benchmarks.figure import BenchmarkUnavailable
from benchmarks.progress import say
from storage.migrate import migrate, newest_revision
from storage.tables import metadata

PREFIX = "arrayan_bench_"
SCRIPT = Path(__file__).resolve().parents[1] / "deploy" / "timescaledb.sh"


class BenchDatabases:
    """Makes and drops databases named `arrayan_bench_...`; one run at a time on a server."""

    def __init__(self, server_url: str, *, fresh: bool = False) -> None:
        self.server_url = server_url
        self._fresh = fresh
        self._session = psycopg.connect(server_url, autocommit=True, application_name="arrayan bench")
        row = self._session.execute("SELECT pg_try_advisory_lock(hashtext(%s))", (PREFIX,)).fetchone()
        if row != (True,):
            raise BenchmarkUnavailable("another run of the benchmarks uses this server")

    def close(self) -> None:
        """Let others run benchmarks on the server."""
        self._session.close()

    def kept(self, name: str, contents: str, fill: Callable[[str], None], *, template: str | None = None) -> str:
        """URL of a database that stays, filled unless an earlier run left it with the same contents.

        It begins with our tables, or as a copy of another kept database.
        """
        wanted = f"{contents}, tables {newest_revision()}-{_tables_digest()}"
        url = self._url(name)
        if self._fresh or self._contents(name) != wanted:
            say(f"making {PREFIX}{name}: {contents}")
            self._create(name, template)
            fill(url)
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("VACUUM (ANALYZE)")
            self._session.execute(
                SQL("COMMENT ON DATABASE {} IS {}").format(Identifier(PREFIX + name), Literal(wanted))
            )
            self._session.execute("CHECKPOINT")
        return url

    @contextmanager
    def passing(self, name: str, *, template: str | None = None) -> Iterator[str]:
        """URL of a database that is dropped at the end: our empty tables, or a copy of a kept database."""
        self._create(name, template)
        try:
            yield self._url(name)
        finally:
            self._drop(name)

    @contextmanager
    def used_up(self, name: str) -> Iterator[str]:
        """URL of a kept database that will not be the same afterwards: the next run fills it anew."""
        self._session.execute(SQL("COMMENT ON DATABASE {} IS NULL").format(Identifier(PREFIX + name)))
        try:
            yield self._url(name)
        finally:
            self._drop(name)

    def _create(self, name: str, template: str | None) -> None:
        self._drop(name)
        if template is None:
            self._session.execute(SQL("CREATE DATABASE {}").format(Identifier(PREFIX + name)))
            migrate(self._url(name))
            return
        _stop_background_workers(self._url(template))
        self._session.execute(
            SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(
                Identifier(PREFIX + name), Identifier(PREFIX + template)
            )
        )

    def _drop(self, name: str) -> None:
        self._session.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(PREFIX + name)))

    def _contents(self, name: str) -> str | None:
        """What a complete database was filled with; None when it is not there, or was left half made."""
        row = self._session.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s", (PREFIX + name,)
        ).fetchone()
        return None if row is None else row[0]

    def _url(self, name: str) -> str:
        return urlunsplit(urlsplit(self.server_url)._replace(path=f"/{PREFIX}{name}"))


def timescaledb_url() -> str:
    """The server that ARRAYAN_TEST_DATABASE_URL names, else the one of deploy/timescaledb.sh, started."""
    if url := os.environ.get("ARRAYAN_TEST_DATABASE_URL"):
        return url
    done = subprocess.run([str(SCRIPT), "start"], check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode != 0:
        raise BenchmarkUnavailable("there is no TimescaleDB here: see docs/development.md")
    return done.stdout.strip()


def _tables_digest() -> str:
    """Changes with the tables, which before a release may happen within one revision."""
    statements = [
        str(CreateTable(table).compile(dialect=postgresql_dialect()))  # type: ignore[no-untyped-call]
        + "".join(sorted(str(index.name) for index in table.indexes))
        for table in metadata.sorted_tables
    ]
    return hashlib.sha256("".join(statements).encode()).hexdigest()[:8]


def _stop_background_workers(url: str) -> None:
    """A TimescaleDB job scheduler would keep a template open; the Apache edition has none."""
    with psycopg.connect(url, autocommit=True) as connection, suppress(psycopg.Error):
        connection.execute("SELECT _timescaledb_functions.stop_background_workers()")
