"""A small simulated night, taken in once per database server, for the tests that only read it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg.rows import dict_row

from ingest.sources.files import find_files, read_files
from ingest.worker import IngestReport, ingest_files
from simulate.night import write_night
from storage.alert_store import AlertStore
from storage.database import connect
from storage.packet_archive import PacketArchive
from tests.support.databases import Backend, TestDatabases
from tests.support.endpoint import Endpoint, endpoint

ALERTS, SEED = 240, 7
"""Enough for a page of 100 objects; the night in tests/data is smaller."""


class StoredNight(NamedTuple):
    """A night in a database. Tests must not write there."""

    url: str
    archive_root: Path
    endpoint: Endpoint
    report: IngestReport

    @property
    def archive(self) -> PacketArchive:
        return PacketArchive(str(self.archive_root))

    def rows(self, statement: str, *parameters: Any) -> list[dict[str, Any]]:
        """What SQL says, without any code of ours between; 32-bit floats with all their digits."""
        with (
            psycopg.connect(self.url) as connection,
            connection.cursor(binary=True, row_factory=dict_row) as cursor,
        ):
            return cursor.execute(statement.encode(), parameters).fetchall()


@pytest.fixture(scope="session")
def sample_night(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A .tar.gz of ZTF packets."""
    path = tmp_path_factory.mktemp("night") / "night.tar.gz"
    write_night(path, alerts=ALERTS, seed=SEED, processes=1)
    return path


@pytest.fixture(scope="session")
def stored_night(
    backend: Backend, databases: TestDatabases, sample_night: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[StoredNight]:
    """The sample night in a database of every server in turn."""
    root = tmp_path_factory.mktemp(f"packets_{backend.name}")
    with databases.fresh(backend) as url:
        report = take_in(url, root, sample_night)
        with endpoint(url, PacketArchive(str(root))) as asked:
            yield StoredNight(url, root, asked, report)


def take_in(url: str, archive_root: Path, *paths: Path) -> IngestReport:
    """Store every alert of some files in a database and an archive."""
    with connect(url, role="test") as connection:
        store = AlertStore(connection, PacketArchive(str(archive_root)))
        return ingest_files(read_files(find_files(paths)), store)
