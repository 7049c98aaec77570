"""A PostgreSQL of a test's own that keeps what it commits, to be killed and started again."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from runtime.embedded_postgres import EmbeddedPostgres
from storage.migrate import migrate
from tests.support.databases import TestDatabases


class OwnDatabase:
    """An embedded server with fsync, as users have it, and a migrated database at `url`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self._server = self._new()
        self._admin_url = self._server.start()
        self.url = self.new_database()

    def new_database(self) -> str:
        """The URL of another database with our tables."""
        self._count += 1
        name = f"own_{self._count}"
        with psycopg.connect(self._admin_url, autocommit=True) as connection:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))
        url = self._admin_url.replace("/postgres?", f"/{name}?")
        migrate(url)
        return url

    def kill(self) -> None:
        """End every process of the server at once, as a power cut does."""
        postmaster = self._postmaster()
        for pid in (postmaster, *_children(postmaster)):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self._wait_until_gone()

    def shut_down_at_once(self) -> None:
        """PostgreSQL's immediate shutdown: nothing is finished, and its log is replayed at the next start."""
        os.kill(self._postmaster(), signal.SIGQUIT)
        self._wait_until_gone()

    def start_again(self) -> None:
        """At the same address."""
        self._server.stop()
        self._server = self._new()
        assert self._server.start() == self._admin_url

    def close(self) -> None:
        self._server.stop()

    def _new(self) -> EmbeddedPostgres:
        return EmbeddedPostgres(self._folder, settings={"shared_buffers": "64MB"})

    def _postmaster(self) -> int:
        return int((self._folder / "data" / "postmaster.pid").read_text().splitlines()[0])

    def _wait_until_gone(self) -> None:
        until = time.monotonic() + 30
        while _servers(self._folder / "data"):
            assert time.monotonic() < until, "the server still has processes"
            time.sleep(0.02)


def _servers(data: Path) -> list[int]:
    """Processes that live in a cluster's folder, as all of its server's do."""
    found = []
    for cwd in Path("/proc").glob("[0-9]*/cwd"):
        with suppress(OSError):
            if cwd.samefile(data):
                found.append(int(cwd.parent.name))
    return found


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


@pytest.fixture
def own_database(databases: TestDatabases, server_folder: Path) -> Iterator[OwnDatabase]:
    """A server of this test's own, where the embedded one can be had."""
    embedded = databases.embedded
    if not embedded.is_available:
        pytest.skip(f"{embedded.name}: {embedded.description}")
    database = OwnDatabase(server_folder)
    yield database
    database.close()
