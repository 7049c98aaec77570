"""Downloads of many rows: sent as they are made, ended with their client, and never in the way of the endpoint."""

import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

import storage.snapshots as snapshots_module
from api.app import create_app
from api.clients import ClientLimits
from domain.table_format import TableFormat
from storage.packet_archive import PacketArchive
from storage.reader import Reader
from takeout.object_table import OBJECT_TABLE
from tests.support.databases import Backend, TestDatabases
from tests.support.http_server import serving
from tests.support.read_tables import read_table

OBJECTS = 30_000
PATIENCE_SECONDS = 30.0
READING = (
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'arrayan take-out' AND datname = current_database() "
    "AND state <> 'idle'"
)


@pytest.fixture(scope="module")
def many_objects(databases: TestDatabases, any_backend: Backend) -> Iterator[str]:
    """A database with so many objects that no buffer on the way holds them."""
    with databases.fresh(any_backend) as url:
        with psycopg.connect(url) as connection:
            connection.execute(
                "INSERT INTO object (object_id, survey, name, ra, dec, hpx, detection_count, non_detection_count, "
                "first_mjd, last_mjd, corrected) SELECT -n, 'ZTF', 'ZTF20' || lpad(n::text, 7, '0'), "
                "n * 360e0 / %(count)s, 0, n, 1, 0, 61000, 61000 + n / 1000e0, true "
                "FROM generate_series(1, %(count)s) AS n",
                {"count": OBJECTS},
            )
        yield url


@contextmanager
def served(
    url: str,
    tmp_path: Path,
    *,
    timeout_seconds: float = 30.0,
    downloads: int = 1,
    limits: ClientLimits | None = None,
) -> Iterator[str]:
    reader = Reader(url, connections=1, statement_timeout_seconds=timeout_seconds, downloads=downloads)
    with serving(create_app(reader, PacketArchive(str(tmp_path)), limits=limits)) as address:
        yield address


@contextmanager
def slow_client(address: str) -> Iterator[socket.socket]:
    """Asks for all objects and reads no further than the first bytes of the answer."""
    host, port = address.removeprefix("http://").split(":")
    with socket.socket() as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect((host, int(port)))
        client.sendall(b"GET /objects.vot HTTP/1.1\r\nHost: arrayan\r\n\r\n")
        assert client.recv(12) == b"HTTP/1.1 200"
        yield client


def readers_of(url: str) -> list[int]:
    with psycopg.connect(url) as connection:
        return [row[0] for row in connection.execute(READING)]


def wait_until_nobody_reads(url: str) -> None:
    until = time.monotonic() + PATIENCE_SECONDS
    while readers_of(url):
        assert time.monotonic() < until, "the transaction goes on"
        time.sleep(0.02)


@pytest.mark.parametrize("form", list(TableFormat))
def test_every_row_comes_once_and_in_order(many_objects: str, tmp_path: Path, form: TableFormat) -> None:
    with served(many_objects, tmp_path) as address:
        answer = httpx.get(f"{address}/objects.{form.extension}", timeout=60)
    rows = read_table(form, answer.content, OBJECT_TABLE)
    assert [row[0] for row in rows] == list(range(-OBJECTS, 0))
    assert answer.headers["Arrayan-Rows"] == str(OBJECTS)


def test_a_client_that_goes_ends_its_transaction(many_objects: str, tmp_path: Path) -> None:
    with served(many_objects, tmp_path) as address:
        with slow_client(address):
            assert len(readers_of(many_objects)) == 1
            assert httpx.post(f"{address}/graphql", json={"query": "{ surveys { survey } }"}).status_code == 200
        wait_until_nobody_reads(many_objects)
        assert httpx.get(f"{address}/objects.csv?maxRows=1").status_code == 200


def test_one_download_too_many_is_asked_to_come_again(
    many_objects: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots_module, "WAIT_SECONDS", 0.2)
    with served(many_objects, tmp_path) as address, slow_client(address):
        answer = httpx.get(f"{address}/objects.csv")
        assert answer.status_code == 503
        assert answer.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"


def test_a_client_that_reads_nothing_is_let_go(
    many_objects: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshots_module, "IDLE_SECONDS", 1)
    with served(many_objects, tmp_path) as address, slow_client(address):
        wait_until_nobody_reads(many_objects)


def test_a_download_that_breaks_is_seen_to_be_broken(many_objects: str, tmp_path: Path) -> None:
    with served(many_objects, tmp_path) as address, httpx.stream("GET", f"{address}/objects.vot") as answer:
        parts = answer.iter_raw()
        next(parts)
        (pid,) = readers_of(many_objects)
        with psycopg.connect(many_objects, autocommit=True) as connection:
            connection.execute("SELECT pg_terminate_backend(%s)", (pid,))
        with pytest.raises(httpx.RemoteProtocolError):
            list(parts)


def test_what_takes_too_long_is_said_before_the_first_row(many_objects: str, tmp_path: Path) -> None:
    with (
        served(many_objects, tmp_path, timeout_seconds=0.5) as address,
        psycopg.connect(many_objects) as connection,
    ):
        connection.execute("LOCK TABLE object IN ACCESS EXCLUSIVE MODE")
        answer = httpx.get(f"{address}/objects.csv")
    assert answer.status_code == 504
    assert answer.json()["errors"][0]["extensions"]["code"] == "TIMEOUT"


def test_files_are_paid_for_by_their_rows(many_objects: str, tmp_path: Path) -> None:
    with served(many_objects, tmp_path, limits=ClientLimits(cost_per_minute=1000)) as address:
        whole = httpx.get(f"{address}/objects.csv")
        assert (whole.status_code, whole.headers["RateLimit"].partition(";")[2][:5]) == (200, "r=390")
        assert httpx.get(f"{address}/objects.csv").status_code == 200
        for path in ("/objects.csv", "/scs?RA=1&DEC=0&SR=1"):
            refused = httpx.get(f"{address}{path}")
            assert refused.status_code == 429
            assert int(refused.headers["Retry-After"]) > 0
            assert b"points" in refused.content


def test_a_file_takes_a_turn_until_it_is_sent(many_objects: str, tmp_path: Path) -> None:
    with served(many_objects, tmp_path, limits=ClientLimits(concurrency=1), downloads=2) as address:
        with slow_client(address):
            assert httpx.get(f"{address}/objects.csv?maxRows=1").status_code == 429
        wait_until_nobody_reads(many_objects)
        assert httpx.get(f"{address}/objects.csv?maxRows=1").status_code == 200
