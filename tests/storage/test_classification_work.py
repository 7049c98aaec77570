"""Work for classifiers: queued with the alerts that make it, claimed once, never lost."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from psycopg import Connection

from domain.classification import ClassifierKind, Deferral, Failure
from domain.survey import SurveyName
from storage.alert_store import AlertStore
from storage.classification_work import (
    GIVEN_UP,
    LONGEST_REASON,
    MOST_ATTEMPTS,
    SUSPECT_ATTEMPTS,
    Claim,
    claim_work,
    deferred_work,
    end_claim,
    failed_work,
    hold_claimed,
    queue_existing,
    release_claim,
    retry_failed,
    waiting_work,
)
from storage.classifiers import NewClassifier, Registered, Wanting, register, retire, wanting
from storage.database import connect
from storage.packet_archive import PacketArchive
from surveys.avro import Record
from surveys.ztf import object_id
from tests.support import lsst_packets
from tests.support.rule_classifiers import CHANGE, SIZE
from tests.support.ztf_packets import JD, all_received, candid_of, packet, previous, received

NAMES = ["ZTF20aaaaaaa", "ZTF20aaaaaab", "ZTF20aaaaaac", "ZTF20aaaaaad"]
NO_STAMPS: dict[str, Any] = dict.fromkeys(("cutoutScience", "cutoutTemplate", "cutoutDifference"))
NO_TIME = timedelta(0)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with connect(database_url, role="test") as opened:
        yield opened


@pytest.fixture
def store(connection: Connection, tmp_path: Path) -> AlertStore:
    return AlertStore(connection, PacketArchive(str(tmp_path)))


@pytest.fixture
def early(connection: Connection) -> Registered:
    return register(connection, NewClassifier("early", "1", "", ClassifierKind.STAMPS, SIZE))


@pytest.fixture
def late(connection: Connection) -> Registered:
    return register(connection, NewClassifier("late", "1", "", ClassifierKind.LIGHT_CURVE, CHANGE))


def take(store: AlertStore, *records: Record) -> None:
    store.store(all_received(records))


def nights(name: str, numbers: Sequence[int], **changes: Any) -> list[Record]:
    return [packet(name, JD + number, **changes) for number in numbers]


def waiting(connection: Connection) -> dict[tuple[str, int], int]:
    """Causes by classifier and object."""
    return {
        (classifier, key): candid
        for classifier, key, candid in connection.execute(
            "SELECT classifier, object_id, candid FROM classification_work "
            "WHERE failed_at IS NULL AND deferred_at IS NULL"
        )
    }


def end(
    connection: Connection,
    by: Registered,
    claim: Claim,
    failures: Sequence[Failure] = (),
    deferrals: Sequence[Deferral] = (),
) -> set[int]:
    with connection.transaction():
        held = hold_claimed(connection, by.name, claim)
        end_claim(connection, by.name, claim, held, failures, deferrals)
    return held


def test_without_classifiers_nothing_is_queued(connection: Connection, store: AlertStore) -> None:
    take(store, *nights(NAMES[0], range(8)))
    assert waiting(connection) == {}


def test_the_first_alert_with_stamps_is_work_once(
    connection: Connection, store: AlertStore, early: Registered
) -> None:
    take(store, packet(NAMES[0], JD, **NO_STAMPS))
    assert waiting(connection) == {}
    take(store, packet(NAMES[0], JD + 1))
    assert waiting(connection) == {("early", object_id(NAMES[0])): candid_of(JD + 1)}
    assert end(connection, early, claim_work(connection, early, 10)) == {object_id(NAMES[0])}
    take(store, packet(NAMES[0], JD + 2), packet(NAMES[0], JD + 1))
    assert waiting(connection) == {}


def test_an_earlier_alert_that_comes_late_is_the_first_then(
    connection: Connection, store: AlertStore, early: Registered
) -> None:
    take(store, *nights(NAMES[0], [3, 4]))
    assert waiting(connection) == {("early", object_id(NAMES[0])): candid_of(JD + 3)}
    end(connection, early, claim_work(connection, early, 10))
    take(store, packet(NAMES[0], JD + 1))
    assert waiting(connection) == {("early", object_id(NAMES[0])): candid_of(JD + 1)}


def test_stamps_that_come_with_another_copy_of_an_alert_are_work(
    connection: Connection, store: AlertStore, early: Registered
) -> None:
    take(store, packet(NAMES[0], JD, **NO_STAMPS))
    take(store, packet(NAMES[0], JD))
    assert waiting(connection) == {("early", object_id(NAMES[0])): candid_of(JD)}


def test_a_light_curve_is_work_when_a_band_has_enough_and_as_it_grows(
    connection: Connection, store: AlertStore, late: Registered
) -> None:
    queued = []
    for night in range(24):
        take(store, packet(NAMES[0], JD + night))
        if waiting(connection):
            assert waiting(connection) == {("late", object_id(NAMES[0])): candid_of(JD + night)}
            end(connection, late, claim_work(connection, late, 10))
            queued.append(night + 1)
    assert queued == [6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 21, 24]


def test_bands_are_counted_apart_for_the_first_time(
    connection: Connection, store: AlertStore, late: Registered
) -> None:
    for night in range(10):
        take(store, packet(NAMES[0], JD + night, fid=1 + night % 2))
    assert waiting(connection) == {}
    take(store, packet(NAMES[0], JD + 10, fid=1))
    assert waiting(connection) == {("late", object_id(NAMES[0])): candid_of(JD + 10)}


def test_a_history_may_bring_enough_at_once(connection: Connection, store: AlertStore, late: Registered) -> None:
    history = [previous(JD + night) for night in range(7)]
    take(store, packet(NAMES[0], JD + 9, prv_candidates=history))
    assert waiting(connection) == {("late", object_id(NAMES[0])): candid_of(JD + 9)}


def test_alerts_given_again_make_no_work(
    connection: Connection, store: AlertStore, early: Registered, late: Registered
) -> None:
    alerts = [record for name in NAMES for record in nights(name, range(7))]
    take(store, *alerts)
    assert len(waiting(connection)) == 8
    for by in (early, late):
        end(connection, by, claim_work(connection, by, 100))
    take(store, *reversed(alerts))
    assert waiting(connection) == {}


def test_work_is_queued_with_the_alerts_or_not_at_all(
    connection: Connection, store: AlertStore, early: Registered
) -> None:
    with connection.transaction(force_rollback=True):
        take(store, packet(NAMES[0], JD))
        assert len(waiting(connection)) == 1
    assert waiting(connection) == {}


def test_claims_do_not_overlap_and_are_in_the_order_of_the_queue(
    connection: Connection, store: AlertStore, early: Registered
) -> None:
    for name in NAMES:
        take(store, packet(name, JD))
    first, second = claim_work(connection, early, 3), claim_work(connection, early, 3)
    assert {row.object_id for row in first.rows} == {object_id(name) for name in NAMES[:3]}
    assert [(row.object_id, row.candid) for row in second.rows] == [(object_id(NAMES[3]), candid_of(JD))]
    assert claim_work(connection, early, 3).rows == []


def test_a_claim_ends_by_itself_and_its_late_answers_are_dropped(
    connection: Connection, store: AlertStore, early: Registered
) -> None:
    take(store, packet(NAMES[0], JD))
    slow = claim_work(connection, early, 1, lease=NO_TIME)
    quick = claim_work(connection, early, 1)
    assert slow.rows == quick.rows
    assert end(connection, early, slow) == set()
    assert len(waiting(connection)) == 1
    assert end(connection, early, quick) == {object_id(NAMES[0])}
    assert waiting(connection) == {}


def test_what_is_queued_again_while_it_is_claimed_waits_on(
    connection: Connection, store: AlertStore, late: Registered
) -> None:
    take(store, *nights(NAMES[0], range(6)))
    claim = claim_work(connection, late, 1)
    take(store, packet(NAMES[0], JD + 6))
    assert claim_work(connection, late, 1).rows == []
    assert end(connection, late, claim) == {object_id(NAMES[0])}
    assert waiting(connection) == {("late", object_id(NAMES[0])): candid_of(JD + 6)}
    assert len(claim_work(connection, late, 1).rows) == 1


def test_a_failure_keeps_its_reason_and_waits_for_the_object_to_change(
    connection: Connection, store: AlertStore, late: Registered
) -> None:
    take(store, *nights(NAMES[0], range(6)), *nights(NAMES[1], range(6)))
    claim = claim_work(connection, late, 10)
    end(connection, late, claim, [Failure(object_id(NAMES[0]), "no reason\0")])
    assert claim_work(connection, late, 10).rows == []
    (failed,) = failed_work(connection, 10)
    assert (failed.object_name, failed.reason) == (NAMES[0], "no reason\N{REPLACEMENT CHARACTER}")
    (state,) = waiting_work(connection)
    assert state[:4] == ("late", 0, 0, 1)
    take(store, packet(NAMES[0], JD + 6))
    assert [row.object_id for row in claim_work(connection, late, 10).rows] == [object_id(NAMES[0])]
    assert failed_work(connection, 10) == []


def test_what_there_is_too_little_of_neither_waits_nor_fails_until_it_grows(
    connection: Connection, store: AlertStore, late: Registered
) -> None:
    take(store, *nights(NAMES[0], range(6)), *nights(NAMES[1], range(6)))
    claim = claim_work(connection, late, 10)
    end(connection, late, claim, [], [Deferral(object_id(NAMES[0]), "six are few")])
    assert claim_work(connection, late, 10).rows == []
    (state,) = waiting_work(connection)
    assert state == ("late", 0, 0, 0, None, 1)
    assert retry_failed(connection, "late") == 0
    assert failed_work(connection, 10) == []
    (deferred,) = deferred_work(connection, 10, "late")
    assert (deferred.object_name, deferred.reason) == (NAMES[0], "six are few")
    assert deferred_work(connection, 10, "early") == []
    take(store, *nights(NAMES[0], range(6)))
    assert waiting(connection) == {}, "nothing is new"
    take(store, packet(NAMES[0], JD + 6))
    assert waiting(connection) == {("late", object_id(NAMES[0])): candid_of(JD + 6)}
    assert deferred_work(connection, 10) == []
    (again,) = claim_work(connection, late, 10).rows
    assert again.queued_at > claim.rows[0].queued_at


def test_what_is_queued_again_before_it_fails_or_is_deferred_can_be_claimed_at_once(
    connection: Connection, store: AlertStore, late: Registered
) -> None:
    take(store, *nights(NAMES[0], range(6)), *nights(NAMES[1], range(6)))
    claim = claim_work(connection, late, 10)
    take(store, packet(NAMES[0], JD + 6), packet(NAMES[1], JD + 6))
    failure, deferral = Failure(object_id(NAMES[0]), "bad"), Deferral(object_id(NAMES[1]), "few")
    assert len(end(connection, late, claim, [failure], [deferral])) == 2
    assert (failed_work(connection, 10), deferred_work(connection, 10)) == ([], [])
    again = claim_work(connection, late, 10)
    assert len(again.rows) == 2
    # A reason is kept whatever it holds.
    failures = [Failure(object_id(NAMES[0]), "\ud800 is half"), Failure(object_id(NAMES[1]), "a" * 10_000)]
    end(connection, late, again, failures)
    half, long = sorted((one.reason for one in failed_work(connection, 10)), key=len)
    assert half == "? is half"
    assert (len(long), long[-1]) == (LONGEST_REASON, "\N{HORIZONTAL ELLIPSIS}")


def test_failures_can_be_tried_again(connection: Connection, store: AlertStore, early: Registered) -> None:
    take(store, packet(NAMES[0], JD))
    end(connection, early, claim_work(connection, early, 1), [Failure(object_id(NAMES[0]), "once")])
    assert retry_failed(connection, "early") == 1
    assert len(claim_work(connection, early, 1).rows) == 1


def test_what_may_kill_its_workers_is_tried_alone_and_given_up(
    connection: Connection, store: AlertStore, early: Registered
) -> None:
    take(store, packet(NAMES[0], JD), packet(NAMES[1], JD))
    sizes = [len(claim_work(connection, early, 10, lease=NO_TIME).rows) for _ in range(SUSPECT_ATTEMPTS + 4)]
    assert sizes == [2] * SUSPECT_ATTEMPTS + [1] * 2 * (MOST_ATTEMPTS - SUSPECT_ATTEMPTS)
    assert claim_work(connection, early, 10).rows == []
    assert {(row.object_name, row.reason) for row in failed_work(connection, 10)} == {
        (NAMES[0], GIVEN_UP),
        (NAMES[1], GIVEN_UP),
    }


def test_a_claim_given_back_counts_as_no_attempt(
    connection: Connection, store: AlertStore, early: Registered
) -> None:
    take(store, packet(NAMES[0], JD))
    for _ in range(MOST_ATTEMPTS + 1):
        claim = claim_work(connection, early, 1)
        assert len(claim.rows) == 1
        release_claim(connection, "early", claim)


def test_objects_that_were_there_before_are_queued_for_a_new_classifier(
    connection: Connection, store: AlertStore
) -> None:
    take(store, *nights(NAMES[0], range(7)), packet(NAMES[1], JD, **NO_STAMPS), *nights(NAMES[2], [0, 1]))
    early = register(connection, NewClassifier("early", "1", "", ClassifierKind.STAMPS, SIZE))
    late = register(connection, NewClassifier("late", "1", "", ClassifierKind.LIGHT_CURVE, CHANGE))
    assert queue_existing(connection, early.name, ClassifierKind.STAMPS) == 2
    assert queue_existing(connection, late.name, ClassifierKind.LIGHT_CURVE) == 1
    assert waiting(connection) == {
        ("early", object_id(NAMES[0])): candid_of(JD),
        ("early", object_id(NAMES[2])): candid_of(JD),
        ("late", object_id(NAMES[0])): candid_of(JD + 6),
    }


def test_a_survey_that_a_classifier_does_not_answer_for_makes_no_work(
    connection: Connection, store: AlertStore, early: Registered
) -> None:
    only = NewClassifier("picky", "1", "", ClassifierKind.STAMPS, SIZE, surveys=frozenset({SurveyName.ZTF}))
    register(connection, only)
    other = lsst_packets.received(lsst_packets.packet())
    store.store([received(packet(NAMES[0], JD)), other])
    queued = {("early", object_id(NAMES[0])), ("early", other.alert.object_id), ("picky", object_id(NAMES[0]))}
    assert waiting(connection).keys() == queued
    connection.execute("DELETE FROM classification_work")
    assert queue_existing(connection, "early", ClassifierKind.STAMPS) == 2
    assert queue_existing(connection, "picky", ClassifierKind.STAMPS) == 1
    assert waiting(connection).keys() == queued
    learnt = frozenset(SurveyName)
    register(connection, only._replace(surveys=learnt))
    kind = ClassifierKind.STAMPS
    assert wanting(connection) == {Wanting(kind, None): ["early"], Wanting(kind, learnt): ["picky"]}


def test_a_new_version_is_asked_about_what_failed_or_was_too_little_when_all_is_queued(
    connection: Connection, store: AlertStore, late: Registered
) -> None:
    take(store, *(record for name in NAMES[:3] for record in nights(name, range(6))))
    claim = claim_work(connection, late, 2)
    failed, few = (row.object_id for row in claim.rows)
    end(connection, late, claim, [Failure(failed, "bad")], [Deferral(few, "few")])
    newer = register(connection, NewClassifier("late", "2", "", ClassifierKind.LIGHT_CURVE, CHANGE))
    assert queue_existing(connection, "late", ClassifierKind.LIGHT_CURVE) == 2, "one waits anyway"
    assert (failed_work(connection, 9), deferred_work(connection, 9)) == ([], [])
    assert {row.object_id for row in claim_work(connection, newer, 9).rows} == set(map(object_id, NAMES[:3]))


def test_an_older_version_gets_no_work_any_more(
    connection: Connection, store: AlertStore, early: Registered
) -> None:
    take(store, packet(NAMES[0], JD))
    newer = register(connection, NewClassifier("early", "2", "", ClassifierKind.STAMPS, SIZE))
    assert claim_work(connection, early, 1).rows == []
    assert len(claim_work(connection, newer, 1).rows) == 1


def test_a_retired_classifier_gets_no_work(connection: Connection, store: AlertStore, early: Registered) -> None:
    take(store, packet(NAMES[0], JD))
    assert retire(connection, "early") == 1
    take(store, packet(NAMES[1], JD))
    assert waiting(connection) == {}
