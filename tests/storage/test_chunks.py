"""Chunks are found, put in the order of their key once, and drop out of the list when they are."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from psycopg import Connection

from storage.chunks import LIGHT_CURVE_TABLES, chunks_until, cluster, count_rows_of, has_hypertables
from storage.database import connect
from storage.table_sizes import table_sizes
from tests.support.databases import Backend
from tests.support.digest import digest
from tests.support.storing import alert_store, small_sky_received


@pytest.fixture
def connection(database_url: str, tmp_path: Path) -> Iterator[Connection]:
    """Four light curves in five years."""
    with alert_store(database_url, tmp_path) as store:
        store.store(small_sky_received())
    with connect(database_url, role="test") as opened:
        yield opened


def test_chunks_are_those_of_the_light_curves(connection: Connection, backend: Backend) -> None:
    assert has_hypertables(connection) is (backend.name == "timescaledb")
    chunks = chunks_until(connection)
    if backend.name == "embedded":
        assert chunks == []
        return
    assert {chunk.table for chunk in chunks} == set(LIGHT_CURVE_TABLES)
    assert sum(count_rows_of(connection, chunk) for chunk in chunks) == 28 + 20 + 20
    assert all(chunk.size_bytes > 0 and not chunk.is_clustered and not chunk.is_compressed for chunk in chunks)
    moment = datetime(2022, 1, 1, tzinfo=UTC)
    assert chunks_until(connection, moment) == [chunk for chunk in chunks if chunk.until <= moment]
    assert str(chunks[0]) == "detection 2019-12-20..2020-12-19"


def test_a_clustered_chunk_holds_the_same_rows_in_the_order_of_its_key(
    connection: Connection, backend: Backend
) -> None:
    if backend.name == "embedded":
        pytest.skip("plain PostgreSQL has no chunks")
    before = digest(connection)
    first = chunks_until(connection)[0]
    cluster(connection, first)
    assert digest(connection) == before
    assert [chunk for chunk in chunks_until(connection) if chunk.is_clustered] == [
        first._replace(is_clustered=True, size_bytes=chunks_until(connection)[0].size_bytes)
    ]
    rows = connection.execute(f"SELECT object_id, ts, candid FROM {first.schema}.{first.name}".encode()).fetchall()
    assert rows == sorted(rows)


def test_every_table_has_a_size_and_rows_once_analysed(connection: Connection) -> None:
    connection.execute("ANALYZE")
    sizes = {table.name: table for table in table_sizes(connection)}
    assert (sizes["detection"].rows, sizes["object"].rows, sizes["alert"].rows) == (28, 4, 24)
    empty = {name for name, table in sizes.items() if not table.size_bytes}
    assert empty == {"catalog_match", "catalog_overlap", "catalog_source"}  # which are their partitions
