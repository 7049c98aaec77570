"""Nights count every alert once, whatever was sent how often, in what batches and by how many writers."""

import random
import threading
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from domain.dead_letter import DeadLetter, Origin, Reason
from domain.latency import percentile
from domain.night import night_of
from domain.packet import ReceivedAlert
from domain.survey import SurveyName
from domain.time import JD_OF_MJD_ZERO, mjd_from_datetime
from storage.cursor import InvalidCursor
from storage.dead_letters import letter_ids, mark_resolved
from storage.migrate import downgrade, migrate
from storage.nights import Night, NightClass, NightKey, classes_of_nights, list_nights
from tests.support.classifying import drain, make_rules_known
from tests.support.reading import ask
from tests.support.storing import alert_store, small_sky_received
from tests.support.ztf_packets import all_received, packet


def nights(url: str, survey: SurveyName | None = None, limit: int = 100, after: str | None = None) -> list[Night]:
    return ask(url, lambda reader: list_nights(reader, survey, limit=limit, after=after))


def counted(url: str) -> dict[str, int]:
    return {night.night.isoformat(): night.stored for night in nights(url)}


def expected(alerts: list[ReceivedAlert]) -> dict[str, int]:
    times = {(item.alert.object_id, item.alert.candid): item.alert.detection.mjd for item in alerts}
    return dict(Counter(night_of(SurveyName.ZTF, mjd).isoformat() for mjd in times.values()))


def test_each_alert_counts_once_in_any_order_and_batches(database_url: str, tmp_path: Path) -> None:
    alerts = small_sky_received() * 3
    random.Random(1).shuffle(alerts)
    with alert_store(database_url, tmp_path) as store:
        for first in range(0, len(alerts), 7):
            store.store(alerts[first : first + 7])
    assert counted(database_url) == expected(alerts)
    assert all(sum(night.latency) == night.stored for night in nights(database_url))


def test_writers_at_once_lose_no_count(database_url: str, tmp_path: Path) -> None:
    alerts = all_received([packet(f"ZTF20aaaaa{a}{b}", place=115010000 + i) for i, (a, b) in enumerate(PAIRS)])

    def write(number: int) -> None:
        with alert_store(database_url, tmp_path) as store:
            for item in alerts[number:] + alerts[:number]:
                store.store([item])

    writers = [threading.Thread(target=write, args=(number,)) for number in (0, 5, 9)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert counted(database_url) == expected(alerts)


PAIRS = [(a, b) for a in "abcd" for b in "efg"]


def test_latency_is_from_observation_to_commit(database_url: str, tmp_path: Path) -> None:
    jd = mjd_from_datetime(datetime.now(UTC)) - 600 / 86_400 + JD_OF_MJD_ZERO
    with alert_store(database_url, tmp_path) as store:
        store.store(all_received([packet(jd=jd)]))
    (night,) = nights(database_url)
    assert percentile(night.latency, 0.5) == pytest.approx(600, rel=0.06)


def test_dead_letters_count_until_they_are_resolved(database_url: str, tmp_path: Path) -> None:
    observed = mjd_from_datetime(datetime(2020, 2, 3, 5, tzinfo=UTC))
    letters = [
        DeadLetter(Origin("t"), Reason.REFUSED_BY_DATABASE, "of a night", b"1", SurveyName.ZTF, observed),
        DeadLetter(Origin("t"), Reason.DAMAGED, "of today", b"2", SurveyName.LSST),
        DeadLetter(Origin("t"), Reason.NOT_AVRO, "of nobody", b"3"),
    ]
    today = night_of(SurveyName.LSST, mjd_from_datetime(datetime.now(UTC))).isoformat()
    with alert_store(database_url, tmp_path) as store:
        store.store([], letters)
    found = {(night.survey, night.night.isoformat()): night.dead_letters for night in nights(database_url)}
    assert found == {(SurveyName.ZTF, "2020-02-03"): 1, (SurveyName.LSST, today): 1}
    with psycopg.connect(database_url, autocommit=True) as connection:
        for letter in letter_ids(connection):
            mark_resolved(connection, letter)
    assert nights(database_url) == []


def test_pages_are_newest_first_and_complete(database_url: str, tmp_path: Path) -> None:
    with alert_store(database_url, tmp_path) as store:
        store.store(small_sky_received())
    everything = nights(database_url)
    assert [night.night for night in everything] == sorted((n.night for n in everything), reverse=True)
    paged: list[Night] = []
    while page := nights(database_url, limit=2, after=paged[-1].cursor if paged else None):
        paged += page
    assert paged == everything
    assert nights(database_url, SurveyName.LSST) == []
    with pytest.raises(InvalidCursor):
        nights(database_url, after=everything[0].cursor[:-4])


def test_the_migration_counts_the_answers_that_there_were(any_database_url: str, tmp_path: Path) -> None:
    make_rules_known(any_database_url)
    with alert_store(any_database_url, tmp_path) as store:
        store.store(small_sky_received())
    drain(any_database_url, tmp_path)
    keys = [NightKey(night.survey, night.night) for night in nights(any_database_url)]

    def counted() -> dict[NightKey, list[NightClass]]:
        return ask(any_database_url, lambda reader: classes_of_nights(reader, keys))

    as_they_came = counted()
    assert sum(one.answers for classes in as_they_came.values() for one in classes) > 0
    downgrade(any_database_url, "0009")
    migrate(any_database_url)
    assert counted() == as_they_came
