"""Rows merged into tables that may have some of them already."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from domain.band import Band
from storage.alert_store import (
    BETTER_DETECTION,
    DETECTION_KEY,
    DETECTION_ROWS,
    EARLIER_PARENT,
    MEASUREMENT_KEY,
    NON_DETECTION_ROWS,
)
from storage.copying import NOTHING_MERGED, Merged, Row, merge
from storage.database import connect
from tests.support.digest import empty

MIDNIGHT = datetime(2026, 11, 5, tzinfo=UTC)


@pytest.fixture
def connection(module_database_url: str) -> Iterator[Connection]:
    with connect(module_database_url, role="test") as opened:
        empty(opened)
        yield opened


def limit(object_id: int, measurement: int, parent: int, magnitude: float = 20.0, days: float = 0.0) -> Row:
    """A row of NON_DETECTION_ROWS."""
    return (object_id, MIDNIGHT + timedelta(days=days), measurement, parent, 61349.0 + days, Band("g"), magnitude)


def merge_limits(connection: Connection, *rows: Row) -> Merged:
    with connection.transaction():
        return merge(
            connection,
            NON_DETECTION_ROWS,
            rows,
            MEASUREMENT_KEY,
            EARLIER_PARENT,
            ("object_id", "limiting_magnitude"),
        )


def stored(connection: Connection) -> Sequence[Row]:
    statement = (
        "SELECT object_id, measurement_id, parent_candid, limiting_magnitude FROM non_detection ORDER BY 1, 2"
    )
    with connection.cursor(binary=True) as cursor:
        return cursor.execute(statement).fetchall()


def test_new_rows_are_told_as_the_table_has_them(connection: Connection) -> None:
    merged = merge_limits(connection, limit(1, 10, 5, 20.1), limit(2, 10, 6, 20.5))
    assert merged == Merged([(1, 20.100000381469727), (2, 20.5)], set())
    assert stored(connection) == [(1, 10, 5, 20.100000381469727), (2, 10, 6, 20.5)]


def test_of_nothing_comes_nothing(connection: Connection) -> None:
    assert merge_limits(connection) == NOTHING_MERGED


def test_only_a_better_row_overwrites(connection: Connection) -> None:
    merge_limits(connection, limit(1, 10, 5, 20.0), limit(2, 10, 5, 20.0), limit(3, 10, 5, 20.0))
    merged = merge_limits(connection, limit(1, 10, 5, 19.0), limit(2, 10, 6, 19.0), limit(3, 10, 4, 19.0))
    assert merged == Merged([], {3})
    assert stored(connection) == [(1, 10, 5, 20.0), (2, 10, 5, 20.0), (3, 10, 4, 19.0)]


def test_of_two_rows_of_one_key_the_better_is_taken(connection: Connection) -> None:
    assert merge_limits(connection, limit(1, 10, 6, 19.0), limit(1, 10, 5, 20.0), limit(1, 10, 7, 21.0)) == Merged(
        [(1, 20.0)], set()
    )
    assert stored(connection) == [(1, 10, 5, 20.0)]


def test_what_lies_years_apart_is_found(connection: Connection) -> None:
    years = [limit(1, number, 5, days=-365.0 * number) for number in range(8)]
    assert len(merge_limits(connection, *years).inserted) == 8
    assert merge_limits(connection, *years) == NOTHING_MERGED
    assert len(merge_limits(connection, *years, limit(1, 4, 5, days=-3000.0)).inserted) == 1


def test_text_and_flags_come_back_as_they_are_stored(connection: Connection) -> None:
    row = dict.fromkeys(DETECTION_ROWS.columns)
    row |= {"object_id": 1, "ts": MIDNIGHT, "candid": 2, "parent_candid": 2, "hpx": 0, "mjd": 61349.0}
    row |= {"ra": 1.0, "dec": 2.0, "band": Band("r"), "is_positive": True, "corrected": False, "dubious": False}
    row |= {"has_stamps": True, "magnitude": 18.3}
    columns = DETECTION_ROWS.columns
    with connection.transaction():
        told = merge(connection, DETECTION_ROWS, [tuple(row.values())], DETECTION_KEY, BETTER_DETECTION, columns)
    with connection.cursor(binary=True) as cursor:
        found = cursor.execute(f"SELECT {', '.join(columns)} FROM detection".encode()).fetchall()
    assert told.inserted == found
    assert [type(value) for value in told.inserted[0]] == [type(value) for value in found[0]]


numbers = st.integers(0, 2)
measured = st.builds(limit, numbers, numbers, st.integers(0, 5), st.floats(15, 21, width=32), numbers.map(float))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(batches=st.lists(st.lists(measured, max_size=12), min_size=1, max_size=4))
def test_any_batches_leave_the_best_row_of_each_key(connection: Connection, batches: list[list[Row]]) -> None:
    empty(connection)
    best: dict[Row, Row] = {}
    for batch in batches:
        before = dict(best)
        for row in batch:
            key = row[:3]
            if key not in best or row[3] < best[key][3]:
                best[key] = row
        merged = merge_limits(connection, *batch)
        fresh = [key for key in best if key not in before]
        assert sorted(map(tuple, merged.inserted)) == sorted((key[0], best[key][6]) for key in fresh)
        assert merged.rewritten == {key[0] for key in before if best[key] is not before[key]}
    kept = connection.execute("SELECT object_id, ts, measurement_id, parent_candid FROM non_detection").fetchall()
    assert sorted(kept) == sorted(tuple(row[:4]) for row in best.values())
