"""Health: whether the server is alive, and whether it can answer, for whatever watches it."""

import json
import time
from pathlib import Path
from shutil import rmtree

import httpx
import psycopg
import pytest

from api.app import create_app
from api.health import PATIENCE_SECONDS
from runtime.embedded_postgres import EmbeddedPostgres
from storage.migrate import migrate
from storage.packet_archive import PacketArchive
from storage.reader import Reader
from tests.support.http_server import serving
from tests.support.storing import alert_store, small_sky_received


def test_a_server_with_its_database_is_well(database_url: str, tmp_path: Path) -> None:
    reader = Reader(database_url, connections=1, statement_timeout_seconds=5)
    with serving(create_app(reader, PacketArchive(str(tmp_path)))) as address:
        answer = httpx.get(f"{address}/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


def test_a_server_without_its_database_says_so_and_recovers(
    server_folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    server = EmbeddedPostgres(server_folder / "postgres", settings={"fsync": "off", "shared_buffers": "16MB"})
    url = server.start()
    try:
        migrate(url)
        reader = Reader(url, connections=2, statement_timeout_seconds=5)
        with serving(create_app(reader, PacketArchive(str(tmp_path)))) as address:
            assert httpx.get(f"{address}/healthz").status_code == 200
            server.stop()
            stamp = httpx.get(f"{address}/stamps/ztf/1/science.fits", timeout=20)
            assert (stamp.status_code, stamp.json()["errors"][0]["extensions"]["code"]) == (503, "UNAVAILABLE")
            sick = httpx.get(f"{address}/healthz", timeout=2 * PATIENCE_SECONDS)
            assert (sick.status_code, sick.json()) == (
                503,
                {"status": "unavailable", "reason": "the database does not answer"},
            )
            assert httpx.get(f"{address}/livez").json() == {"status": "ok"}
            unready = httpx.get(f"{address}/readyz", timeout=2 * PATIENCE_SECONDS)
            assert unready.status_code == 503
            assert unready.json()["parts"] == {
                "database": {"ready": False, "reason": "the database does not answer"},
                "tables": {"ready": False, "reason": "unknown: the database does not answer"},
                "archive": {"ready": False, "reason": "unknown: the database does not answer"},
            }
            server.start()
            deadline = time.monotonic() + 30
            while httpx.get(f"{address}/healthz", timeout=20).status_code != 200:
                assert time.monotonic() < deadline, "the server did not find its database again"
                time.sleep(0.2)
    finally:
        server.stop()
    assert "Traceback" not in json.dumps([record.getMessage() for record in caplog.records])


def test_a_server_is_ready_when_all_of_its_parts_are(database_url: str, tmp_path: Path) -> None:
    """Also before the first alert, when there is no archive yet."""
    root = tmp_path / "packets"
    reader = Reader(database_url, connections=2, statement_timeout_seconds=5)
    ready = {part: {"ready": True} for part in ("database", "tables", "archive")}
    with serving(create_app(reader, PacketArchive(str(root)))) as address:
        assert httpx.get(f"{address}/readyz").json() == {"status": "ready", "parts": ready}
        with alert_store(database_url, root) as store:
            store.store(small_sky_received())
        assert httpx.get(f"{address}/readyz").json() == {"status": "ready", "parts": ready}

        rmtree(root)
        without = httpx.get(f"{address}/readyz")
        assert without.status_code == 503
        assert without.json()["parts"].pop("database") == {"ready": True}
        archive = without.json()["parts"]["archive"]
        assert archive["ready"] is False
        assert "of the packet archive: No such file or directory" in archive["reason"]
        assert str(tmp_path) not in without.text, "nobody needs to know our folders"


@pytest.mark.parametrize(
    ("statement", "found"),
    [("UPDATE alembic_version SET version_num = 'older'", "older"), ("DROP TABLE alembic_version", "none")],
)
def test_a_server_over_other_tables_is_not_ready(
    any_database_url: str, tmp_path: Path, statement: str, found: str
) -> None:
    with psycopg.connect(any_database_url) as connection:
        connection.execute(statement.encode())
    reader = Reader(any_database_url, connections=1, statement_timeout_seconds=5)
    with serving(create_app(reader, PacketArchive(str(tmp_path)))) as address:
        assert httpx.get(f"{address}/healthz").status_code == 200
        answer = httpx.get(f"{address}/readyz")
    assert answer.status_code == 503
    tables = answer.json()["parts"]["tables"]
    assert tables["ready"] is False
    assert f"the database is at revision {found}, this release needs" in tables["reason"]
    assert "arrayan migrate" in tables["reason"]
