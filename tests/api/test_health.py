"""Health: whether the database answers, for whatever watches the server."""

import json
import time
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from api.health import PATIENCE_SECONDS
from runtime.embedded_postgres import EmbeddedPostgres
from storage.migrate import migrate
from storage.packet_archive import PacketArchive
from storage.reader import Reader
from tests.support.http_server import serving


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
            assert (stamp.status_code, stamp.json()["error"]["code"]) == (503, "UNAVAILABLE")
            sick = httpx.get(f"{address}/healthz", timeout=2 * PATIENCE_SECONDS)
            assert (sick.status_code, sick.json()) == (
                503,
                {"status": "unavailable", "reason": "the database does not answer"},
            )
            server.start()
            deadline = time.monotonic() + 30
            while httpx.get(f"{address}/healthz", timeout=20).status_code != 200:
                assert time.monotonic() < deadline, "the server did not find its database again"
                time.sleep(0.2)
    finally:
        server.stop()
    assert "Traceback" not in json.dumps([record.getMessage() for record in caplog.records])
