"""Subjects from alerts alone are those that a worker would read from the database after the same alerts."""

import random
from pathlib import Path

import pytest

from classify.classifier import Need, Subject
from classify.gathering import NO_STAMPS, TOO_FEW, GatheredAlerts, light_curve_of
from domain.classification import Deferral, Failure
from domain.packet import ReceivedAlert
from storage.alert_store import AlertStore
from storage.database import connect
from storage.light_curves import read_light_curves
from storage.packet_archive import PacketArchive
from surveys.ztf import object_id
from tests.support.storing import small_sky_received
from tests.support.ztf_packets import JD, NAME, all_received, packet, received

LIGHT_CURVE, STAMPS = Need.LIGHT_CURVE, Need.STAMPS | Need.METADATA


def gathered(alerts: list[ReceivedAlert]) -> GatheredAlerts:
    found = GatheredAlerts()
    for alert in alerts:
        found.add(alert)
    return found


@pytest.mark.parametrize("seed", [0, 1])
def test_light_curves_are_those_of_the_database(any_database_url: str, tmp_path: Path, seed: int) -> None:
    alerts = small_sky_received()
    random.Random(seed).shuffle(alerts)
    by_object: dict[int, list[ReceivedAlert]] = {}
    for received_alert in alerts:
        by_object.setdefault(received_alert.alert.object_id, []).append(received_alert)
    with connect(any_database_url, role="test") as connection:
        store = AlertStore(connection, PacketArchive(str(tmp_path)))
        for start in range(0, len(alerts), 5):
            store.store(alerts[start : start + 5])
        stored = read_light_curves(connection, list(by_object))
    assert {object_id: light_curve_of(own) for object_id, own in by_object.items()} == stored
    assert len(stored) == 4


def test_the_first_alert_with_stamps_is_shown_in_whatever_order(tmp_path: Path) -> None:
    alerts = all_received(packet(NAME, JD + night) for night in (3, 1, 2))
    bare = received(packet(NAME, JD, cutoutScience=None, cutoutTemplate=None, cutoutDifference=None))
    (subject,) = gathered([*alerts, bare]).subjects(STAMPS)
    assert isinstance(subject, Subject)
    assert subject.alert == alerts[1].alert
    assert (subject.candid, subject.light_curve) == (alerts[1].alert.candid, None)


def test_objects_that_a_broker_would_not_ask_about_have_a_reason() -> None:
    bare = received(packet(NAME, JD, cutoutScience=None, cutoutTemplate=None, cutoutDifference=None))
    found = gathered([bare])
    assert list(found.subjects(STAMPS)) == [Failure(object_id(NAME), NO_STAMPS)]
    (few,) = found.subjects(LIGHT_CURVE)
    assert (type(few), few) == (Deferral, Deferral(object_id(NAME), TOO_FEW))
    assert found.name_of(object_id(NAME)) == ("ZTF", NAME)


def test_a_classifier_may_need_both() -> None:
    alerts = all_received(packet(NAME, JD + night) for night in range(6))
    (subject,) = gathered(alerts).subjects(STAMPS | LIGHT_CURVE)
    assert isinstance(subject, Subject)
    assert subject.alert == alerts[0].alert
    assert subject.light_curve is not None
    assert subject.candid == alerts[5].alert.candid
