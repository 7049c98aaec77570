"""What is dropped goes on counting, whatever comes afterwards, and whatever interrupts it."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from domain.packet import ReceivedAlert
from domain.statistics import BandStatistics, ObjectSummary
from domain.tally import CountedDetection, CountedLimit
from domain.time import datetime_from_mjd
from storage import retention
from storage.alert_store import AlertStore
from storage.chunks import LIGHT_CURVE_TABLES
from storage.database import connect
from storage.packet_archive import PacketArchive
from storage.retention import cut, drop_old_rows, plan_retention
from tests.support.databases import Backend
from tests.support.digest import digest, empty
from tests.support.light_curves import summarise
from tests.support.storing import alert_store
from tests.support.ztf_packets import forced, packet, previous, received, upper_limit

BOUNDARY = datetime(2019, 12, 20, tzinfo=UTC)
"""Where a year of TimescaleDB ends (18250 days since 1970)."""
BOUNDARY_JD = 2458837.5


@pytest.fixture
def connection(module_database_url: str) -> Iterator[Connection]:
    with connect(module_database_url, role="test") as opened:
        empty(opened)
        yield opened


@pytest.fixture
def store(connection: Connection, tmp_path: Path) -> AlertStore:
    return AlertStore(connection, PacketArchive(str(tmp_path)))


def sky() -> list[ReceivedAlert]:
    """Two objects around BOUNDARY, one only before and one only after it. Histories reach over it; the r band
    of the first is detected only afterwards, with limits before."""
    return [
        received(alert_of(name, number, night))
        for number, (name, nights) in enumerate(
            {
                "ZTF19aaaaaaa": range(-4, 4),
                "ZTF19aaaaaab": range(-3, 3),
                "ZTF19aaaaaac": range(-9, -5),
                "ZTF19aaaaaad": range(1, 4),
            }.items()
        )
        for night in nights
    ]


def alert_of(name: str, number: int, night: int) -> dict[str, Any]:
    """Nights are 3 days apart; bands alternate, but for the first object's, which is g before BOUNDARY."""
    jd = BOUNDARY_JD + 3 * night + 1

    def band(n: int) -> int:
        return (1 if n < 0 else 2) if number == 0 else 1 + n % 2

    return packet(
        name,
        jd,
        place=115010000 + number,
        fid=band(night),
        distnr=0.5 if (night + number) % 3 else 5.0,
        ra=10 + 0.0001 * night,
        dec=2.0 * number,
        magpsf=18.0 - 0.1 * night,
        prv_candidates=[
            *(
                previous(
                    BOUNDARY_JD + 3 * n + 1,
                    place=115010000 + number,
                    fid=band(n),
                    distnr=0.5 if (n + number) % 3 else 5.0,
                    ra=10 + 0.0001 * n,
                    dec=2.0 * number,
                    magpsf=18.0 - 0.1 * n,
                    rb=0.01 * night,
                )
                for n in range(night - 3, night)
            ),
            *(
                upper_limit(BOUNDARY_JD + 3 * n, pid=1000 + n, fid=1 + n % 2, limit=20.0 + 0.1 * n)
                for n in range(night - 3, night)
            ),
        ],
        fp_hists=[forced(BOUNDARY_JD + 3 * n, pid=1000 + n) for n in range(night - 3, night)],
    )


def apply_retention(connection: Connection, older_than: datetime = BOUNDARY) -> int:
    return drop_old_rows(connection, plan_retention(connection, older_than), lambda _: None)


Rows = tuple[set[CountedDetection], set[CountedLimit]]


def rows_of(connection: Connection) -> Rows:
    def rows(kind: Any, table: str) -> set[Any]:
        with connection.cursor(binary=True) as cursor:
            found = cursor.execute(f"SELECT {', '.join(kind._fields)} FROM {table}".encode())
            return set(map(kind._make, found.fetchall()))

    return rows(CountedDetection, "detection"), rows(CountedLimit, "non_detection")


def assert_summaries_count(connection: Connection, dropped: Rows) -> None:
    """Objects and bands are as if the rows that were dropped were there still."""
    held = rows_of(connection)
    expected = summarise(dropped[0] | held[0], sorted(dropped[1] | held[1]))
    with connection.cursor(binary=True) as cursor:
        bands = cursor.execute(
            f"SELECT {', '.join(BandStatistics._fields)} FROM band_statistics ORDER BY object_id, band".encode()
        ).fetchall()
        objects = cursor.execute(
            f"SELECT {', '.join(ObjectSummary._fields)} FROM object ORDER BY object_id".encode()
        ).fetchall()
        flags = cursor.execute(f"SELECT {', '.join(CountedDetection._fields)}, dubious FROM detection".encode())
        assert {CountedDetection._make(row[:-1]): row[-1] for row in flags}.items() <= expected.dubious.items()
    assert bands == expected.bands
    assert objects == expected.objects


@settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_summaries_are_of_the_whole_history_whatever_is_dropped_when(
    connection: Connection, store: AlertStore, data: st.DataObject
) -> None:
    """In any order of packets, with retention between any two batches, again and again, further and further."""
    empty(connection)
    told = data.draw(st.lists(st.sampled_from(sky()), min_size=1, max_size=30))
    days = data.draw(st.lists(st.sampled_from([-9, -4, 0, 2, 5]), max_size=4))
    dropped: Rows = (set(), set())
    for day in [*sorted(days), None]:
        size = data.draw(st.integers(0, len(told)))
        batch, told = (told[:size], told[size:]) if day is not None else (told, [])
        store.store(batch)
        assert_summaries_count(connection, dropped)
        before = rows_of(connection)
        if day is not None:
            apply_retention(connection, datetime_from_mjd(BOUNDARY_JD - 2400000.5 + day))
        after = rows_of(connection)
        dropped = (dropped[0] | before[0] - after[0], dropped[1] | before[1] - after[1])
        assert_summaries_count(connection, dropped)


def test_limits_that_were_dropped_prove_the_rise_of_a_band_that_is_detected_later(
    connection: Connection, store: AlertStore
) -> None:
    """Also when their objects are cut twice before it is."""
    alerts = sky()[:8]
    store.store(alerts[:4])
    before = rows_of(connection)
    apply_retention(connection, datetime_from_mjd(BOUNDARY_JD - 2400000.5 - 365))
    apply_retention(connection)
    for item in alerts[4:]:
        store.store([item])
        assert_summaries_count(connection, before)
    assert connection.execute("SELECT rise_rate > 0.1 FROM band_statistics WHERE band = 'r'").fetchone() == (True,)


def test_every_row_before_the_boundary_goes_and_none_after_it(connection: Connection, store: AlertStore) -> None:
    store.store(sky())
    before = counts(connection)
    plan = plan_retention(connection, BOUNDARY)
    assert plan.until == BOUNDARY
    assert {found.table: found.rows for found in plan.tables} == {table: old for table, (old, _) in before.items()}
    assert drop_old_rows(connection, plan, lambda _: None) == 4
    assert counts(connection) == {table: (0, young) for table, (_, young) in before.items()}
    assert all(young for _, (_, young) in before.items())
    assert plan_retention(connection, BOUNDARY).until is None
    stored = digest(connection)
    store.store(sky())
    assert digest(connection) == stored


def counts(connection: Connection) -> dict[str, tuple[int, int]]:
    found = {}
    for table in LIGHT_CURVE_TABLES:
        row = connection.execute(
            f"SELECT count(*) FILTER (WHERE ts < %s), count(*) FILTER (WHERE ts >= %s) FROM {table}".encode(),
            (BOUNDARY, BOUNDARY),
        ).fetchone()
        assert row is not None
        found[table] = (row[0], row[1])
    return found


def test_only_whole_chunks_go_where_there_are_chunks(
    backend: Backend, connection: Connection, store: AlertStore
) -> None:
    store.store(sky())
    before = counts(connection)
    plan = plan_retention(connection, datetime_from_mjd(BOUNDARY_JD - 2400000.5 + 3))
    drop_old_rows(connection, plan, lambda _: None)
    after = counts(connection)
    if backend.name == "timescaledb":
        assert [found.chunks for found in plan.tables] == [1, 1, 1]
        assert after == {table: (0, young) for table, (_, young) in before.items()}
    else:
        assert [found.chunks for found in plan.tables] == [None, None, None]
        assert after["detection"] == (0, before["detection"][1] - 3)


def test_an_alert_from_before_the_cut_is_kept_as_a_packet_and_changes_no_summary(
    connection: Connection, store: AlertStore
) -> None:
    late, *others = sky()[:8]
    store.store(others)
    apply_retention(connection)
    before = digest(connection)
    assert store.store([late]).stored == 1
    after = digest(connection)
    assert {table for table in after if after[table] != before[table]} == {"alert", "event", "night"}


def test_killed_between_cutting_and_dropping_it_goes_on(
    connection: Connection, store: AlertStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object) -> None:
        raise KeyboardInterrupt

    alerts = sky()
    store.store(alerts[::2])
    before = rows_of(connection)
    with monkeypatch.context() as patched:
        patched.setattr(retention, "drop_chunks", die)
        patched.setattr(retention, "_delete_rows", die)
        with pytest.raises(KeyboardInterrupt):
            apply_retention(connection)
    assert rows_of(connection) == before
    assert_summaries_count(connection, (set(), set()))
    store.store(alerts[1::2])
    seen = rows_of(connection)
    assert_summaries_count(connection, (set(), set()))
    apply_retention(connection)
    assert_summaries_count(connection, seen)
    assert all(old == 0 for old, _ in counts(connection).values())


def test_objects_that_come_while_others_are_cut_are_cut_before_their_rows_go(
    connection: Connection, store: AlertStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when ingest goes on: the last look, which lets no ingest in, finds them."""
    alerts = sky()
    store.store(alerts[:8])
    plan = plan_retention(connection, BOUNDARY)
    real = retention.cut
    late = list(alerts[8:])

    def cut_then_ingest(*arguments: Any) -> None:
        real(*arguments)
        if late:
            store.store([late.pop() for _ in range(len(late))])

    monkeypatch.setattr(retention, "cut", cut_then_ingest)
    drop_old_rows(connection, plan, lambda _: None)
    monkeypatch.undo()
    store.store(alerts)
    apply_retention(connection)
    with psycopg.connect(connection.info.dsn, autocommit=True) as other:
        empty_of_old = counts(other)
    assert all(old == 0 for old, _ in empty_of_old.values())
    whole = summarise_all(alerts)
    with connection.cursor(binary=True) as cursor:
        objects = cursor.execute(
            "SELECT object_id, detection_count, first_mjd, last_mjd FROM object ORDER BY object_id"
        ).fetchall()
    assert objects == whole


def summarise_all(alerts: list[ReceivedAlert]) -> list[tuple[int, int, float, float]]:
    found: dict[int, set[float]] = {}
    for item in alerts:
        rows = (item.alert.detection, *item.alert.previous_detections)
        found.setdefault(item.alert.object_id, set()).update(row.mjd for row in rows)
    return [(key, len(found[key]), min(found[key]), max(found[key])) for key in sorted(found)]


def test_retention_beside_ingest_of_the_same_objects_counts_everything_once(
    connection: Connection, tmp_path: Path
) -> None:
    alerts = sky()
    failures: list[BaseException] = []

    def ingest() -> None:
        try:
            with alert_store(connection.info.dsn, tmp_path) as store:
                for item in alerts:
                    store.store([item])
        except BaseException as error:  # a thread's own exception would be lost
            failures.append(error)

    writer = threading.Thread(target=ingest)
    writer.start()
    while writer.is_alive():
        apply_retention(connection)
        time.sleep(0.01)
    writer.join()
    assert failures == []
    apply_retention(connection)
    assert all(old == 0 for old, _ in counts(connection).values())
    totals = connection.execute(
        "SELECT o.object_id, o.detection_count, (SELECT sum(b.detection_count) FROM band_statistics b "
        "WHERE b.object_id = o.object_id) FROM object o ORDER BY 1"
    ).fetchall()
    assert all(count == in_bands for _, count, in_bands in totals)
    young = {key: sum(since >= BOUNDARY_JD for since in jds) for key, jds in jds_by_object(alerts).items()}
    kept = connection.execute("SELECT object_id, count(*) FROM detection GROUP BY 1").fetchall()
    assert dict(kept) == {key: count for key, count in young.items() if count}


def jds_by_object(alerts: list[ReceivedAlert]) -> dict[int, set[float]]:
    found: dict[int, set[float]] = {}
    for item in alerts:
        rows = (item.alert.detection, *item.alert.previous_detections)
        found.setdefault(item.alert.object_id, set()).update(row.mjd + 2400000.5 for row in rows)
    return found


def test_cutting_again_or_further_back_changes_nothing(connection: Connection, store: AlertStore) -> None:
    store.store(sky())
    ids = [key for (key,) in connection.execute("SELECT object_id FROM object").fetchall()]
    cut(connection, ids, BOUNDARY)
    before = digest(connection)
    cut(connection, ids, BOUNDARY)
    cut(connection, ids, datetime(2019, 12, 10, tzinfo=UTC))
    assert digest(connection) == before
