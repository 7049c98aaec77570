"""Storing alerts: once, in any order, the best account of every measurement."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import Connection

from domain.dead_letter import DeadLetter, Origin, Reason
from domain.packet import ReceivedAlert
from domain.stamp import StampKind
from domain.statistics import BandStatistics, ObjectSummary
from domain.tally import CountedDetection, CountedLimit
from storage.alert_store import AlertStore, StoreResult
from storage.database import connect
from storage.packet_archive import PacketArchive
from surveys.ztf import object_id
from tests.support.digest import Digest, digest, empty
from tests.support.light_curves import summarise
from tests.support.storing import small_sky_received
from tests.support.ztf_packets import JD, NAME, candid_of, forced, packet, previous, received, upper_limit


@pytest.fixture
def connection(module_database_url: str) -> Iterator[Connection]:
    """A connection to a database without rows."""
    with connect(module_database_url, role="test") as opened:
        empty(opened)
        yield opened


@pytest.fixture
def archive(tmp_path: Path) -> PacketArchive:
    return PacketArchive(str(tmp_path))


@pytest.fixture
def store(connection: Connection, archive: PacketArchive) -> AlertStore:
    return AlertStore(connection, archive)


def rows(connection: Connection, statement: str) -> list[tuple[Any, ...]]:
    """Binary, since a 32-bit float written as text would come back as another 64-bit one."""
    with connection.cursor(binary=True) as cursor:
        return cursor.execute(statement.encode()).fetchall()


def test_a_batch_is_counted_and_a_second_time_changes_nothing(connection: Connection, store: AlertStore) -> None:
    alerts = small_sky_received()
    assert store.store(alerts) == StoreResult(stored=24, duplicates=2, dead_letters=0)
    after_first = digest(connection)
    assert store.store(alerts) == StoreResult(stored=0, duplicates=26, dead_letters=0)
    assert digest(connection) == after_first
    expected = {
        "alert": 24,
        "band_statistics": 8,
        "dead_letter": 0,
        "detection": 28,
        "forced_photometry": 20,
        "night": 24,
        "non_detection": 20,
        "object": 4,
    }
    assert {table: after_first[table][0] for table in expected} == expected


@settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.data())
def test_any_order_and_any_batches_give_the_same_database(
    connection: Connection, store: AlertStore, data: st.DataObject
) -> None:
    sky = small_sky_received()
    told = data.draw(st.lists(st.sampled_from(range(len(sky))), min_size=1, max_size=40))
    expected = digest_after(connection, store, [[sky[number] for number in sorted(set(told))]])
    cuts = sorted(data.draw(st.sets(st.integers(1, len(told)), max_size=5)))
    batches = [
        [sky[number] for number in told[start:end]]
        for start, end in zip([0, *cuts], [*cuts, len(told)], strict=True)
    ]
    assert digest_after(connection, store, batches) == expected


def digest_after(connection: Connection, store: AlertStore, batches: list[list[ReceivedAlert]]) -> Digest:
    empty(connection)
    for batch in batches:
        store.store(batch)
    return digest(connection)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("together", [False, True])
def test_an_alert_says_more_of_its_detection_than_the_copies_in_histories(
    connection: Connection, store: AlertStore, reverse: bool, together: bool
) -> None:
    own = received(packet(jd=JD - 3, rb=0.9))
    told = [own, *(received(packet(jd=JD + n, prv_candidates=[previous(JD - 3, rb=0.1 * n)])) for n in range(3))]
    store_in(store, told, reverse=reverse, together=together)
    assert rows(
        connection, f"SELECT parent_candid, real_bogus, has_stamps FROM detection WHERE candid = {own.alert.candid}"
    ) == [(own.alert.candid, own.alert.detection.real_bogus, True)]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("together", [False, True])
def test_of_copies_the_one_in_the_earliest_packet_is_kept(
    connection: Connection, store: AlertStore, reverse: bool, together: bool
) -> None:
    told = [
        received(
            packet(
                jd=JD + n,
                prv_candidates=[previous(JD - 3, rb=0.5 + 0.125 * n), upper_limit(limit=20.0 + n)],
                fp_hists=[forced(magnr=19.0 + n)],
            )
        )
        for n in range(3)
    ]
    store_in(store, told, reverse=reverse, together=together)
    earliest = told[0].alert
    assert rows(
        connection,
        f"SELECT parent_candid, real_bogus, has_stamps FROM detection WHERE candid = {candid_of(JD - 3)}",
    ) == [(earliest.candid, 0.5, False)]
    assert rows(connection, "SELECT parent_candid, limiting_magnitude FROM non_detection") == [
        (earliest.candid, 20.0)
    ]
    assert rows(connection, "SELECT parent_candid, apparent_magnitude FROM forced_photometry") == [
        (earliest.candid, earliest.forced_photometry[0].apparent_magnitude)
    ]


def store_in(store: AlertStore, told: list[ReceivedAlert], *, reverse: bool, together: bool) -> None:
    told = told[::-1] if reverse else told
    if together:
        store.store(told)
    else:
        for item in told:
            store.store([item])


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("together", [False, True])
def test_a_packet_with_stamps_takes_the_place_of_one_without(
    connection: Connection, store: AlertStore, archive: PacketArchive, reverse: bool, together: bool
) -> None:
    bare = received(packet(cutoutScience=None, cutoutTemplate=None, cutoutDifference=None))
    whole = received(packet())
    store_in(store, [bare, whole], reverse=reverse, together=together)
    assert archived(connection, archive) == {(whole.alert.object_id, whole.alert.candid): whole.packet.datum}
    assert rows(connection, "SELECT has_stamps FROM detection") == [(True,)]


def test_packets_are_read_back_byte_for_byte(
    connection: Connection, store: AlertStore, archive: PacketArchive
) -> None:
    alerts = small_sky_received()
    store.store(alerts)
    assert archived(connection, archive) == {
        (item.alert.object_id, item.alert.candid): item.packet.datum for item in alerts if item.alert.stamps
    }


def archived(connection: Connection, archive: PacketArchive) -> dict[tuple[int, int], bytes]:
    return {
        (object_id, candid): archive.read(file, offset, length)
        for object_id, candid, file, offset, length in rows(
            connection, "SELECT object_id, candid, archive_file, packet_offset, packet_length FROM alert"
        )
    }


def test_stamps_lie_where_the_index_says(connection: Connection, store: AlertStore, archive: PacketArchive) -> None:
    whole = received(packet(cutoutTemplate=None))
    store.store([whole])
    ((file, packet_offset, spans),) = rows(connection, "SELECT archive_file, packet_offset, stamp_spans FROM alert")
    found = {
        kind: archive.read(file, packet_offset + offset, length)
        for kind, offset, length in zip(StampKind, spans[::2], spans[1::2], strict=True)
    }
    assert found == {**whole.alert.stamps, StampKind.TEMPLATE: b""}


def test_summaries_equal_those_recomputed_from_the_stored_light_curves(
    connection: Connection, store: AlertStore
) -> None:
    for item in small_sky_received():
        store.store([item])
    assert_summaries_are_right(connection)


def assert_summaries_are_right(connection: Connection) -> None:
    points = [
        CountedDetection._make(row)
        for row in rows(connection, f"SELECT {', '.join(CountedDetection._fields)} FROM detection")
    ]
    limits = [
        CountedLimit._make(row)
        for row in rows(connection, f"SELECT {', '.join(CountedLimit._fields)} FROM non_detection")
    ]
    flags = rows(connection, f"SELECT {', '.join(CountedDetection._fields)}, dubious FROM detection")
    expected = summarise(points, limits)
    objects = rows(connection, f"SELECT {', '.join(ObjectSummary._fields)} FROM object ORDER BY object_id")
    bands = rows(
        connection, f"SELECT {', '.join(BandStatistics._fields)} FROM band_statistics ORDER BY object_id, band"
    )
    assert bands == expected.bands
    assert objects == expected.objects
    assert {CountedDetection._make(row[:-1]): row[-1] for row in flags} == expected.dubious


def test_an_earlier_detection_that_arrives_late_changes_what_is_dubious(
    connection: Connection, store: AlertStore
) -> None:
    store.store([received(packet(jd=JD, distnr=0.5))])
    assert rows(connection, "SELECT dubious FROM detection") == [(False,)]
    store.store([received(packet(jd=JD - 1, distnr=9.0))])
    assert rows(connection, "SELECT mjd, dubious FROM detection ORDER BY mjd") == [
        (JD - 2400001.5, False),
        (JD - 2400000.5, True),
    ]


def test_dead_letters_are_kept_with_the_alerts_of_their_batch(connection: Connection, store: AlertStore) -> None:
    letter = DeadLetter(Origin("night.tar!a", 3, 4), Reason.NOT_AVRO, "not\x00Avro", b"bytes")
    assert store.store([received(packet())], [letter]) == StoreResult(1, 0, 1)
    assert rows(connection, 'SELECT source, "partition", "offset", reason, message, payload FROM dead_letter') == [
        ("night.tar!a", 3, 4, "not_avro", "not\\x00Avro", b"bytes")
    ]


def test_nothing_is_stored_of_nothing(connection: Connection, store: AlertStore) -> None:
    assert store.store([]) == StoreResult(0, 0, 0)


def test_an_object_has_the_key_of_its_name(connection: Connection, store: AlertStore) -> None:
    store.store([received(packet())])
    assert rows(connection, "SELECT object_id, survey, name FROM object") == [(object_id(NAME), "ZTF", NAME)]
