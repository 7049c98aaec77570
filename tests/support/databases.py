"""The databases that tests run on: TimescaleDB when one is to be had, and the embedded PostgreSQL.

A test that asks for `database_url` runs once per backend, in a database of its own: a clone of a template
that the real migrations made, which costs some tens of milliseconds. All names of a session carry its token,
and a session lives as long as a connection of that name, so a later one removes what a killed one left.
"""

import fcntl
import os
import secrets
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg.sql import SQL, Identifier, Literal

from runtime.embedded_postgres import EmbeddedPostgres, EmbeddedPostgresError, server_version

REPOSITORY = Path(__file__).resolve().parents[2]
BACKENDS = ("timescaledb", "embedded")
PREFIX = "arrayan_test_"
SERVER_PREFIX = "arrayan-test-server-"


@dataclass(frozen=True)
class Backend:
    """A database server for tests. `admin_url` may create databases; None when there is no server."""

    name: str
    admin_url: str | None
    description: str

    @property
    def is_available(self) -> bool:
        return self.admin_url is not None


@dataclass
class TestDatabases:
    """The backends of one test session, found and started on first use."""

    __test__ = False

    token: str = field(default_factory=lambda: f"{PREFIX}{secrets.token_hex(4)}_")

    def __post_init__(self) -> None:
        self._embedded: EmbeddedPostgres | None = None
        self._embedded_dir: Path | None = None
        self._sessions: dict[str, psycopg.Connection] = {}
        self._templates: dict[str, str] = {}
        self._count = 0

    def describe(self) -> list[str]:
        """One line per backend for the head of the test report."""
        lines = [f"{self.timescaledb.name}: {self.timescaledb.description}"]
        return [
            *lines,
            f"embedded: {self._embedded_absence or f'PostgreSQL {server_version()} from the wheel'}",
        ]

    def backend(self, name: str) -> Backend:
        return self.timescaledb if name == "timescaledb" else self.embedded

    def any_backend(self) -> Backend:
        """The first backend there is, TimescaleDB before the embedded one."""
        return self.timescaledb if self.timescaledb.is_available else self.embedded

    @cached_property
    def timescaledb(self) -> Backend:
        if reason := _restriction("timescaledb"):
            return Backend("timescaledb", None, reason)
        url, reason = _timescaledb_url()
        if url is None:
            return Backend("timescaledb", None, reason)
        try:
            return Backend("timescaledb", url, _describe_timescaledb(url))
        except (psycopg.Error, LookupError) as error:
            return Backend("timescaledb", None, _one_line(error))

    @cached_property
    def embedded(self) -> Backend:
        """The embedded server, started; not in pytest's folder, which is closed to root's server account."""
        if reason := self._embedded_absence:
            return Backend("embedded", None, reason)
        _stop_leftover_servers()
        self._embedded_dir = Path(tempfile.mkdtemp(prefix=SERVER_PREFIX))
        settings = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        settings |= {"max_connections": "200", "shared_buffers": "128MB"}
        self._embedded = EmbeddedPostgres(self._embedded_dir, settings=settings)
        try:
            url = self._embedded.start()
        except EmbeddedPostgresError as error:
            return Backend("embedded", None, _one_line(error))
        return Backend("embedded", url, f"PostgreSQL {server_version()} from the wheel")

    @cached_property
    def _embedded_absence(self) -> str:
        """Why there is no embedded server; empty when there is, without starting it."""
        try:
            return _restriction("embedded") or (server_version() and "")
        except EmbeddedPostgresError as error:
            return _one_line(error)

    @contextmanager
    def fresh(self, backend: Backend) -> Iterator[str]:
        """The URL of a new database with our tables and no rows, dropped at the end."""
        session = self._session(backend)
        template = self._template(backend)
        self._count += 1
        name = f"{self.token}{self._count}"
        session.execute(SQL("CREATE DATABASE {} TEMPLATE {}").format(Identifier(name), Identifier(template)))
        try:
            yield _with_database(backend.admin_url or "", name)
        finally:
            session.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))

    @contextmanager
    def empty(self, backend: Backend) -> Iterator[str]:
        """The URL of a new database with nothing in it, for the tests of the migrations themselves."""
        session = self._session(backend)
        self._count += 1
        name = f"{self.token}{self._count}"
        session.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
        try:
            yield _with_database(backend.admin_url or "", name)
        finally:
            session.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))

    def close(self) -> None:
        """Drop what this session made and stop the server that it started."""
        for session in self._sessions.values():
            with suppress(psycopg.Error):
                _drop_databases(session, self.token)
            session.close()
        self._sessions.clear()
        if self._embedded is not None:
            self._embedded.stop()
        if self._embedded_dir is not None:
            shutil.rmtree(self._embedded_dir, ignore_errors=True)

    def _session(self, backend: Backend) -> psycopg.Connection:
        """The connection that makes and drops databases; its application name says that we live."""
        if backend.admin_url is None:
            pytest.skip(f"{backend.name}: {backend.description}")
        if backend.name not in self._sessions:
            connection = psycopg.connect(backend.admin_url, autocommit=True, application_name=self.token)
            self._sessions[backend.name] = connection
            _drop_leftovers(connection)
        return self._sessions[backend.name]

    def _template(self, backend: Backend) -> str:
        if backend.name not in self._templates:
            name = f"{self.token}template"
            session = self._session(backend)
            session.execute(SQL("CREATE DATABASE {} TEMPLATE template0").format(Identifier(name)))
            url = _with_database(backend.admin_url or "", name)
            _migrate(url)
            _stop_background_workers(url)
            options = SQL("ALTER DATABASE {} WITH IS_TEMPLATE true ALLOW_CONNECTIONS false")
            session.execute(options.format(Identifier(name)))
            session.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            self._templates[backend.name] = name
        return self._templates[backend.name]


def _migrate(url: str) -> None:
    from storage.migrate import migrate

    migrate(url)


def _restriction(name: str) -> str:
    """Why the environment leaves this backend out; empty when it does not."""
    chosen = os.environ.get("ARRAYAN_TEST_BACKENDS", "").replace(",", " ").split()
    if unknown := set(chosen) - set(BACKENDS):
        raise pytest.UsageError(f"ARRAYAN_TEST_BACKENDS names {sorted(unknown)}; there are {list(BACKENDS)}")
    return f"left out by ARRAYAN_TEST_BACKENDS={' '.join(chosen)}" if chosen and name not in chosen else ""


def _timescaledb_url() -> tuple[str | None, str]:
    """The URL of a TimescaleDB server, or why there is none. It is started here, but never installed."""
    if url := os.environ.get("ARRAYAN_TEST_DATABASE_URL"):
        return url, ""
    script = REPOSITORY / "deploy" / "timescaledb.sh"
    if not script.exists():
        return None, "deploy/timescaledb.sh is not here; set ARRAYAN_TEST_DATABASE_URL"
    command = [str(script), "start", "--installed"]
    try:
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, _one_line(error)
    if done.returncode != 0:
        return None, (done.stderr.strip().splitlines() or ["deploy/timescaledb.sh failed"])[-1]
    return done.stdout.strip(), ""


def _describe_timescaledb(url: str) -> str:
    """Versions and licence of the server; raises LookupError when it is PostgreSQL without TimescaleDB."""
    with psycopg.connect(url, autocommit=True, connect_timeout=10) as connection:
        server = connection.execute(
            "SELECT split_part(current_setting('server_version'), ' ', 1),"
            " strpos(current_setting('shared_preload_libraries'), 'timescaledb') > 0,"
            " (SELECT default_version FROM pg_available_extensions WHERE name = 'timescaledb')"
        ).fetchone()
        assert server is not None
        postgres, preloaded, version = server
        if version is None or not preloaded:
            raise LookupError(f"PostgreSQL {postgres} without TimescaleDB in shared_preload_libraries")
        # The licence is a setting of the library, which is loaded only where the extension has been created.
        connection.execute(SQL("LOAD {}").format(Literal(f"timescaledb-{version}")))
        licence = connection.execute("SHOW timescaledb.license").fetchone()
    assert licence is not None
    return f"TimescaleDB {version}, {licence[0]} licence, on PostgreSQL {postgres}"


def _stop_background_workers(url: str) -> None:
    """A TimescaleDB job scheduler would keep the template open; plain PostgreSQL has nothing to stop."""
    with psycopg.connect(url, autocommit=True) as connection, suppress(psycopg.Error):
        connection.execute("SELECT _timescaledb_functions.stop_background_workers()")


def _drop_leftovers(session: psycopg.Connection) -> None:
    """Drop the databases of sessions that are no more; one session at a time."""
    session.execute("SELECT pg_advisory_lock(hashtext(%s))", [PREFIX])
    rows = session.execute(
        "SELECT DISTINCT substring(database.datname FROM '^arrayan_test_[0-9a-f]{8}_') AS token"
        " FROM pg_database database WHERE database.datname ~ '^arrayan_test_[0-9a-f]{8}_'"
        " EXCEPT SELECT application_name FROM pg_stat_activity"
    ).fetchall()
    for (token,) in rows:
        _drop_databases(session, token)
    session.execute("SELECT pg_advisory_unlock(hashtext(%s))", [PREFIX])


def _stop_leftover_servers() -> None:
    """Stop the embedded servers of sessions that were killed, and remove their folders."""
    for folder in Path(tempfile.gettempdir()).glob(f"{SERVER_PREFIX}*"):
        with suppress(OSError, EmbeddedPostgresError):
            if time.time() - folder.stat().st_mtime < 60 or _is_in_use(folder):
                continue
            with EmbeddedPostgres(folder):  # takes the server over
                pass
            shutil.rmtree(folder)


def _is_in_use(folder: Path) -> bool:
    with (folder / "users.lock").open("ab") as users:
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        return False


def _drop_databases(session: psycopg.Connection, token: str) -> None:
    found = "SELECT datname, datistemplate FROM pg_database WHERE starts_with(datname, %s)"
    for name, is_template in session.execute(found, [token]).fetchall():
        if is_template:  # one whose dropping was cut off cannot be altered, but dropped
            session.execute(SQL("ALTER DATABASE {} WITH IS_TEMPLATE false").format(Identifier(name)))
        session.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(name)))


def _with_database(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split()) or type(error).__name__
