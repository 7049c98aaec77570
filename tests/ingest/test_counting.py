"""Ingest's metrics: every packet is counted for what it became."""

import time
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from domain.dead_letter import DeadLetter, Origin, Reason
from domain.survey import SurveyName
from ingest.counting import begin_counting, count_committed
from ingest.sources.files import RawFile
from ingest.worker import ingest_files
from runtime.metrics import INGEST
from storage.alert_store import AlertStore
from storage.database import connect
from storage.packet_archive import PacketArchive
from tests.support.metrics import Growth, numbers, series
from tests.support.storing import small_sky
from tests.support.ztf_packets import all_received, container

LATENCY = "arrayan_ingest_observation_latency_seconds"
BROKER = "arrayan_ingest_broker_latency_seconds"


def test_read_is_stored_duplicates_and_dead_letters(any_database_url: str, tmp_path: Path) -> None:
    grown = Growth(INGEST)
    files = [RawFile(str(n), content, n) for n, content in enumerate([*map(container, small_sky()), b"no alert"])]
    began = time.time()
    with connect(any_database_url, role="test") as connection:
        store = AlertStore(connection, PacketArchive(str(tmp_path)), count_committed)
        report = ingest_files(files, store, batch_alerts=10)
    assert (report.read, report.stored, report.duplicates, report.dead_letters) == (27, 24, 2, 1)
    assert grown.grown("arrayan_ingest_received_total") == {("ZTF",): 26, ("unknown",): 1}
    assert grown.grown("arrayan_ingest_stored_total") == {("ZTF",): 24}
    assert grown.grown("arrayan_ingest_duplicates_total") == {("ZTF",): 2}
    assert grown.grown("arrayan_ingest_dead_letters_total") == {("not_avro", "unknown"): 1}
    assert grown[series("arrayan_ingest_batch_alerts_sum")] == 27
    assert grown[series("arrayan_ingest_batch_alerts_count")] == 3
    assert set(grown.grown("arrayan_ingest_stage_seconds_count")) == {
        *{("read",), ("decode",), ("archive",), ("database",)}
    }
    assert began <= numbers(INGEST)[series("arrayan_ingest_last_commit_timestamp_seconds")] <= time.time()


def test_latencies_are_of_new_alerts_alone(any_database_url: str, tmp_path: Path) -> None:
    grown = Growth(INGEST)
    sent_at = datetime.fromtimestamp(time.time() - 100, UTC)
    received = [
        item._replace(origin=Origin("topic", 0, offset, sent_at if offset % 2 else None))
        for offset, item in enumerate(all_received(small_sky()[:6]))
    ]
    with connect(any_database_url, role="test") as connection:
        store = AlertStore(connection, PacketArchive(str(tmp_path)), count_committed)
        for _ in range(2):
            store.store(received)
    observed = sum(time.time() - (item.alert.detection.mjd + 2400000.5 - 2440587.5) * 86400 for item in received)
    assert grown[series(f"{LATENCY}_count", survey="ZTF")] == 6
    assert abs(grown[series(f"{LATENCY}_sum", survey="ZTF")] - observed) < 60
    assert grown[series(f"{BROKER}_count", survey="ZTF")] == 3
    assert 300 <= grown[series(f"{BROKER}_sum", survey="ZTF")] < 360


def test_an_alert_that_the_database_refuses_is_a_dead_letter_of_its_survey(
    any_database_url: str, tmp_path: Path
) -> None:
    grown = Growth(INGEST)
    first, second = all_received(small_sky()[:2])
    huge = first.alert.detection._replace(candid=2**63)
    refused = first._replace(alert=replace(first.alert, detection=huge))
    letter = DeadLetter(Origin("a"), Reason.INTEGRITY, "no", b"no", SurveyName.LSST)
    with connect(any_database_url, role="test") as connection:
        AlertStore(connection, PacketArchive(str(tmp_path)), count_committed).store([refused, second], [letter])
    assert grown.grown("arrayan_ingest_stored_total") == {("ZTF",): 1}
    assert grown.grown("arrayan_ingest_dead_letters_total") == {
        ("refused_by_database", "ZTF"): 1,
        ("integrity", "LSST"): 1,
    }


def test_counts_are_there_before_the_first_alert() -> None:
    begin_counting()
    shown = numbers(INGEST)
    for survey in SurveyName:
        assert series("arrayan_ingest_stored_total", survey=survey.value) in shown
        for reason in Reason:
            assert series("arrayan_ingest_dead_letters_total", survey=survey.value, reason=reason.value) in shown
