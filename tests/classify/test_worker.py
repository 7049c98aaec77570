"""The worker: answers are stored once, with their history, and one bad object costs no other."""

from collections.abc import Sequence
from math import isclose
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
from psycopg.rows import dict_row

from classify.classifier import Classification, Failure, Need, Subject
from classify.outcomes import outcomes_of
from classify.subjects import NO_OBJECT
from classify.worker import make_known
from domain.taxonomy import TaxonClass, Taxonomy
from runtime.metrics import CLASSIFY
from storage.alert_store import AlertStore
from storage.classification_work import claim_work, failed_work
from storage.classifications import Handed, hand_in
from storage.classifiers import TaxonomyChanged
from storage.database import connect
from storage.packet_archive import PacketArchive
from surveys.avro import Record
from surveys.ztf import object_id
from tests.support.classifying import RULES, drain, make_rules_known
from tests.support.metrics import Growth
from tests.support.rule_classifiers import (
    CHANGE,
    NewTrendClassifier,
    PatientTrendClassifier,
    SizeClassifier,
    TrendClassifier,
    large_probability,
    trend_probabilities,
)
from tests.support.ztf_packets import JD, all_received, candid_of, packet, received

NAMES = ["ZTF20aaaaaaa", "ZTF20aaaaaab", "ZTF20aaaaaac"]


class Broker:
    """A database with the rules registered, and an archive."""

    def __init__(self, url: str, archive: Path) -> None:
        self.url, self.archive = url, archive
        make_rules_known(url)

    def take(self, *records: Record) -> None:
        with connect(self.url, role="test") as connection:
            AlertStore(connection, PacketArchive(str(self.archive))).store(all_received(records))

    def rows(self, statement: str) -> list[dict[str, Any]]:
        with (
            psycopg.connect(self.url) as connection,
            connection.cursor(binary=True, row_factory=dict_row) as cursor,
        ):
            return cursor.execute(statement.encode()).fetchall()


@pytest.fixture
def broker(database_url: str, tmp_path: Path) -> Broker:
    return Broker(database_url, tmp_path)


def light_curve(name: str, count: int, change: float = 0.1) -> list[Record]:
    return [packet(name, JD + night, magpsf=18.0 + change * night) for night in range(count)]


def single(values: Sequence[float]) -> list[float]:
    """In single precision."""
    array: list[float] = np.array(values, dtype=np.float32).tolist()
    return array


def test_every_object_is_answered_for_with_what_it_needs(broker: Broker) -> None:
    broker.take(*light_curve(NAMES[0], 6), *light_curve(NAMES[1], 2))
    assert drain(broker.url, broker.archive) == Handed(answered=3, failed=0, dropped=0)
    alert = received(light_curve(NAMES[0], 1)[0]).alert
    large = large_probability(sum(map(len, alert.stamps.values())))
    trend = trend_probabilities(0.5)
    history = broker.rows(
        "SELECT object_id, name, candid, mjd, probabilities FROM classification JOIN classifier "
        "USING (classifier_id) ORDER BY object_id DESC, name"
    )
    assert [(row["object_id"], row["name"], row["candid"], row["mjd"]) for row in history] == [
        (object_id(NAMES[0]), "size", candid_of(JD), JD - 2400000.5),
        (object_id(NAMES[0]), "trend", candid_of(JD + 5), JD + 5 - 2400000.5),
        (object_id(NAMES[1]), "size", candid_of(JD), JD - 2400000.5),
    ]
    assert history[0]["probabilities"] == single([large, 1 - large])
    np.testing.assert_allclose(history[1]["probabilities"], [trend[leaf] for leaf in CHANGE.leaves], rtol=1e-5)
    assert broker.rows("SELECT * FROM classification_work") == []


def test_the_latest_answer_is_that_of_the_history_with_its_first_two_classes(broker: Broker) -> None:
    broker.take(*light_curve(NAMES[0], 6))
    drain(broker.url, broker.archive)
    broker.take(packet(NAMES[0], JD + 6, magpsf=20.0))
    drain(broker.url, broker.archive)
    history = broker.rows(
        "SELECT ts, candid, probabilities FROM classification JOIN classifier USING (classifier_id) "
        "WHERE name = 'trend' ORDER BY ts"
    )
    (latest,) = broker.rows("SELECT * FROM latest_classification WHERE classifier = 'trend'")
    assert [row["candid"] for row in history] == [candid_of(JD + 5), candid_of(JD + 6)]
    assert (latest["ts"], latest["candid"]) == (history[1]["ts"], history[1]["candid"])
    assert latest["probabilities"] == history[1]["probabilities"]
    probabilities = dict(zip(CHANGE.leaves, latest["probabilities"], strict=True))
    assert (latest["class"], latest["second_class"]) == ("fading", "steady")
    assert latest["probability"] == probabilities["fading"]
    assert latest["second_probability"] == probabilities["steady"]


def test_features_are_those_of_the_latest_answer(broker: Broker) -> None:
    broker.take(*light_curve(NAMES[0], 6))
    drain(broker.url, broker.archive)
    broker.take(packet(NAMES[0], JD + 6, magpsf=20.0))
    drain(broker.url, broker.archive)
    (row,) = broker.rows("SELECT feature_names, values FROM feature JOIN classifier USING (classifier_id)")
    features = dict(zip(row["feature_names"], row["values"], strict=True))
    assert features.pop("undefined") != features["change"]
    assert features == {"change": 2.0, "detections": 7.0, "first_g": 18.0}


def test_a_new_version_answers_from_its_registration_on_and_history_keeps_both(broker: Broker) -> None:
    broker.take(*light_curve(NAMES[0], 6))
    drain(broker.url, broker.archive)
    assert drain(broker.url, broker.archive, [NewTrendClassifier()]) == Handed(0, 0, 0)
    broker.take(packet(NAMES[0], JD + 6))
    drain(broker.url, broker.archive, [NewTrendClassifier()])
    versions = broker.rows(
        "SELECT version, is_current, count(c.object_id) FROM classifier LEFT JOIN classification c "
        "USING (classifier_id) WHERE name = 'trend' GROUP BY 1, 2 ORDER BY 1"
    )
    assert [tuple(row.values()) for row in versions] == [("1.0", False, 1), ("1.1", True, 1)]


def test_nights_count_the_answers_that_their_alerts_caused(broker: Broker) -> None:
    broker.take(*light_curve(NAMES[0], 6), *light_curve(NAMES[1], 1))
    drain(broker.url, broker.archive)
    rows = broker.rows("SELECT classified FROM night ORDER BY night")
    assert [row["classified"] for row in rows] == [2, 0, 0, 0, 0, 1]


def test_a_taxonomy_that_changed_under_its_version_is_refused(broker: Broker) -> None:
    class Careless(SizeClassifier):
        version = "1.1"
        taxonomy = Taxonomy("size", "1", (TaxonClass("large", ""), TaxonClass("tiny", "")))

    with pytest.raises(TaxonomyChanged, match="size 1"):
        drain(broker.url, broker.archive, [Careless()])


class MoodyClassifier(SizeClassifier):
    """Cannot bear one object."""

    def __init__(self, unbearable: int) -> None:
        self.unbearable = unbearable

    def classify(self, batch: Sequence[Subject]) -> list[Classification | Failure]:
        if any(subject.object_id == self.unbearable for subject in batch):
            raise ValueError("this one!")
        return super().classify(batch)


def test_an_object_that_breaks_the_classifier_costs_no_other(broker: Broker) -> None:
    for name in NAMES:
        broker.take(packet(name, JD))
    bad = object_id(NAMES[1])
    assert drain(broker.url, broker.archive, [MoodyClassifier(bad)]) == Handed(answered=2, failed=1, dropped=0)
    rows = broker.rows("SELECT object_id, reason FROM classification_work")
    assert rows == [{"object_id": bad, "reason": "ValueError: this one!"}]


def test_an_object_whose_packet_is_lost_costs_no_other(broker: Broker) -> None:
    broker.take(packet(NAMES[0], JD))
    (lost,) = broker.archive.rglob("*.avro")
    broker.take(packet(NAMES[1], JD))
    lost.unlink()
    assert drain(broker.url, broker.archive, [SizeClassifier()]) == Handed(answered=1, failed=1, dropped=0)
    (row,) = broker.rows("SELECT object_id, reason FROM classification_work WHERE classifier = 'size'")
    assert row["object_id"] == object_id(NAMES[0])
    assert row["reason"] == f"{lost.relative_to(broker.archive)} is missing in the packet archive"


def test_what_is_not_there_any_more_costs_no_other_and_is_listed(any_database_url: str, tmp_path: Path) -> None:
    broker = Broker(any_database_url, tmp_path)
    broker.take(packet(NAMES[0], JD), *light_curve(NAMES[1], 6))
    with psycopg.connect(broker.url, autocommit=True) as connection:
        connection.execute("DELETE FROM object WHERE name = %s", (NAMES[0],))
        connection.execute("DELETE FROM detection")
        done = drain(broker.url, broker.archive)
        (gone,) = failed_work(connection, 10)
    assert done == Handed(answered=1, failed=1, dropped=0, deferred=1), (
        "a light curve that is not kept is no failure"
    )
    assert (gone.object_name, gone.reason) == (str(object_id(NAMES[0])), NO_OBJECT)


def test_a_failure_of_the_classifier_is_kept_with_its_reason(broker: Broker) -> None:
    broker.take(*(packet(NAMES[0], JD + night, magpsf=-999.0) for night in range(6)))
    done = drain(broker.url, broker.archive, [TrendClassifier()])
    rows = broker.rows("SELECT reason FROM classification_work WHERE classifier = 'trend'")
    assert (done, rows) == (Handed(0, 1, 0), [{"reason": "0 magnitudes are too few"}])


def test_what_there_is_too_little_of_is_asked_about_until_there_is_enough(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    patient = [PatientTrendClassifier()]
    broker.take(*light_curve(NAMES[0], 6))
    grown = Growth(CLASSIFY)
    with caplog.at_level("INFO"):
        assert drain(broker.url, broker.archive, patient) == Handed(0, 0, 0, deferred=1)
    assert "object_not_classified" not in caplog.text
    assert grown.grown("arrayan_classify_answers_total") == {("trend", "deferred"): 1}
    assert grown.grown("arrayan_classify_latency_seconds_count") == {}
    (row,) = broker.rows("SELECT failed_at, reason FROM classification_work WHERE classifier = 'trend'")
    assert row == {"failed_at": None, "reason": "6 detections; 8 are needed"}
    assert drain(broker.url, broker.archive, patient) == Handed(0, 0, 0), "not asked again in vain"
    broker.take(packet(NAMES[0], JD + 6))
    assert drain(broker.url, broker.archive, patient) == Handed(0, 0, 0, deferred=1)
    broker.take(packet(NAMES[0], JD + 7))
    assert drain(broker.url, broker.archive, patient) == Handed(1, 0, 0)
    assert broker.rows("SELECT * FROM classification_work WHERE classifier = 'trend'") == []


class OustedTrendClassifier(TrendClassifier):
    """While it is asked, a newer version is registered, and the connection of its worker is cut."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.asked = 0

    def classify(self, batch: Sequence[Subject]) -> list[Classification | Failure]:
        self.asked += 1
        make_rules_known(self.url, [NewTrendClassifier()])
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() "
                "AND pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )
        return super().classify(batch)


def test_a_worker_that_comes_back_keeps_its_answers_and_ousts_no_newer_version(
    any_database_url: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    broker = Broker(any_database_url, tmp_path)
    broker.take(*light_curve(NAMES[0], 6))
    classifier = OustedTrendClassifier(broker.url)
    assert drain(broker.url, broker.archive, [classifier]) == Handed(1, 0, 0)
    assert classifier.asked == 1
    versions = broker.rows("SELECT version FROM classifier WHERE name = 'trend' AND is_current")
    assert versions == [{"version": "1.1"}]
    assert "classifier_ousted name=trend version=1.0 by=1.1" in caplog.text
    broker.take(packet(NAMES[0], JD + 6))
    assert drain(broker.url, broker.archive, [NewTrendClassifier()]) == Handed(1, 0, 0)


def test_answers_that_are_handed_in_again_are_stored_once(any_database_url: str, tmp_path: Path) -> None:
    """As after a commit of which the worker was not told."""
    broker = Broker(any_database_url, tmp_path)
    broker.take(packet(NAMES[0], JD))
    with connect(broker.url, role="test") as connection:
        by = make_known(connection, SizeClassifier())
        claim = claim_work(connection, by, 10)
        answers = [Classification(object_id(NAMES[0]), "size", "1.0", 1, {"large": 0.5, "small": 0.5}, None)]
        assert hand_in(connection, by, claim, answers) == Handed(1, 0, 0)
        assert hand_in(connection, by, claim, answers) == Handed(0, 0, 1)
    assert broker.rows("SELECT count(*) FROM classification") == [{"count": 1}]
    assert broker.rows("SELECT sum(classified)::int AS n FROM night") == [{"n": 1}]


def subject(number: int) -> Subject:
    alert = received(packet(NAMES[0], JD)).alert
    return Subject(number, alert.survey, NAMES[0], 1, alert, None)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"large": 0.5}, "its classes are"),
        ({"large": 0.7, "small": 0.7}, "sum to 1.4"),
        ({"large": float("nan"), "small": 1.0}, "probabilities"),
        ({"large": -0.5, "small": 1.5}, "probabilities"),
    ],
)
def test_an_answer_that_cannot_be_is_a_failure(answer: dict[str, float], reason: str) -> None:
    class Wrong(SizeClassifier):
        def classify(self, batch: Sequence[Subject]) -> list[Classification | Failure]:
            return [Classification(one.object_id, self.name, self.version, 1, answer, None) for one in batch]

    (outcome,) = outcomes_of(Wrong(), [subject(1)])
    assert isinstance(outcome, Failure)
    assert reason in outcome.reason


def test_features_are_numbers_or_the_answer_is_a_failure() -> None:
    class Careless(SizeClassifier):
        def classify(self, batch: Sequence[Subject]) -> list[Classification | Failure]:
            answer = {"large": 0.5, "small": 0.5}
            odd: list[Any] = [float("nan"), float("inf"), np.float32(2), 3, None]
            return [
                Classification(one.object_id, self.name, self.version, 1, answer, {"width": odd[one.object_id]})
                for one in batch
            ]

    outcomes = outcomes_of(Careless(), [subject(number) for number in range(5)])
    assert [type(outcome) for outcome in outcomes] == [*[Classification] * 4, Failure]
    assert outcomes[-1][-1] == "the answer cannot be: its feature width is None"


def test_answers_for_other_objects_are_not_believed() -> None:
    class Confused(SizeClassifier):
        needs = Need.STAMPS

        def classify(self, batch: Sequence[Subject]) -> list[Classification | Failure]:
            return super().classify(batch)[::-1]

    outcomes = outcomes_of(Confused(), [subject(number) for number in range(5)])
    assert [outcome.object_id for outcome in outcomes] == list(range(5))
    sums = [sum(outcome.probabilities.values()) for outcome in outcomes if isinstance(outcome, Classification)]
    assert [isclose(total, 1) for total in sums] == [True] * 5


def test_the_rules_have_unlike_needs() -> None:
    assert [rule.needs & Need.LIGHT_CURVE for rule in RULES] == [Need(0), Need.LIGHT_CURVE]
