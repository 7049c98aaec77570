"""What workers count: batches, answers and failures, and what waits."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from classify.counting import begin_counting, show_waiting
from runtime.metrics import CLASSIFY
from storage.alert_store import AlertStore
from storage.classification_work import Waiting
from storage.database import connect
from storage.packet_archive import PacketArchive
from tests.support.classifying import drain, make_rules_known
from tests.support.metrics import Growth, numbers, series
from tests.support.ztf_packets import JD, all_received, packet

STAGES = {"claim", "read", "classify", "store"}


def test_a_batch_is_counted_with_its_stages_answers_and_failures(any_database_url: str, tmp_path: Path) -> None:
    make_rules_known(any_database_url)
    records = [packet(f"ZTF20aaaaaa{letter}", JD + night) for letter in "ab" for night in range(6)]
    with connect(any_database_url, role="test") as connection:
        AlertStore(connection, PacketArchive(str(tmp_path))).store(all_received(records))
        connection.execute(
            "UPDATE detection SET magnitude = NULL WHERE object_id = (SELECT min(object_id) FROM object)"
        )
    grown = Growth(CLASSIFY)
    drain(any_database_url, tmp_path)
    assert grown.grown("arrayan_classify_answers_total") == {
        ("size", "answered"): 2,
        ("trend", "answered"): 1,
        ("trend", "failed"): 1,
    }
    assert grown.grown("arrayan_classify_batch_objects_count") == {("size",): 1, ("trend",): 1}
    assert grown.grown("arrayan_classify_batch_objects_sum") == {("size",): 2, ("trend",): 2}
    assert grown.grown("arrayan_classify_latency_seconds_count") == {("size",): 2, ("trend",): 1}
    timed = grown.grown("arrayan_classify_stage_seconds_count")
    assert {stage for _, stage in timed} == STAGES
    assert timed["size", "claim"] > timed["size", "store"] == 1  # it also asked in vain
    spent = grown.grown("arrayan_classify_processor_seconds_total")
    assert set(spent) == {(name, stage) for name in ("size", "trend") for stage in STAGES}
    assert grown[series("arrayan_classify_last_commit_timestamp_seconds")] > 0
    assert numbers(CLASSIFY)[series("arrayan_classify_store_up")] == 1


def test_what_waits_is_shown_for_every_classifier_of_the_worker() -> None:
    names = ("lonely", "busy")
    begin_counting(names)
    since = datetime.now(UTC) - timedelta(minutes=1)
    others = Waiting("somebody's", 7, 0, 0, since)
    show_waiting(names, [Waiting("busy", 3, 1, 2, since, deferred=5), others])
    assert shown("waiting_objects") == {"lonely": 0, "busy": 3}
    assert shown("failed_objects") == {"lonely": 0, "busy": 2}
    assert shown("deferred_objects") == {"lonely": 0, "busy": 5}
    ages = shown("oldest_waiting_seconds")
    assert (ages["lonely"], 60 <= ages["busy"] < 120) == (0, True)
    show_waiting(names, [others])
    assert shown("waiting_objects") == {"lonely": 0, "busy": 0}
    assert shown("oldest_waiting_seconds") == {"lonely": 0, "busy": 0}


def shown(gauge: str) -> dict[str, float]:
    """Numbers of a gauge for the classifiers of the last test."""
    return {
        dict(found.labels)["classifier"]: number
        for found, number in numbers(CLASSIFY).items()
        if found.name == f"arrayan_classify_{gauge}"
        and dict(found.labels)["classifier"] in ("lonely", "busy", "somebody's")
    }
