"""Stamps are found by object, alert and candid, and read from the archive as the survey sent them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from domain.stamp import StampKind
from domain.survey import SurveyName
from storage.packet_archive import ArchiveUnavailable, PacketArchive
from storage.stamps import AlertStamps, first_stamps_of, read_stamp, stamps_of_alerts, stamps_of_candid
from tests.support.reading import ask
from tests.support.storing import alert_store
from tests.support.ztf_packets import JD, NAME, packet, received, stamp

BARE: dict[str, Any] = dict.fromkeys(("cutoutScience", "cutoutTemplate", "cutoutDifference"))
FIRST = received(packet(NAME, JD - 6, **BARE))
SECOND = received(packet(NAME, JD - 3, cutoutTemplate=None, cutoutDifference=stamp(9)))
THIRD = received(packet(NAME, JD))
OTHER = received(packet("ZTF20bbbbbbb", JD, **BARE))
KEY = FIRST.alert.object_id


@pytest.fixture
def archive(tmp_path: Path) -> PacketArchive:
    return PacketArchive(str(tmp_path))


@pytest.fixture
def url(any_database_url: str, tmp_path: Path) -> str:
    with alert_store(any_database_url, tmp_path) as store:
        store.store([THIRD, FIRST, SECOND, OTHER])
    return any_database_url


def read_all(archive: PacketArchive, stamps: AlertStamps) -> dict[StampKind, bytes | None]:
    return {kind: asyncio.run(read_stamp(archive, stamps, kind)) for kind in StampKind}


def test_the_first_stamps_of_an_object_are_of_its_first_alert_with_any(url: str, archive: PacketArchive) -> None:
    found = ask(url, lambda reader: first_stamps_of(reader, [KEY, OTHER.alert.object_id, 5]))
    assert {key: item.candid for key, item in found.items()} == {KEY: SECOND.alert.candid}
    assert read_all(archive, found[KEY]) == {**SECOND.alert.stamps, StampKind.TEMPLATE: None}


def test_stamps_of_alerts_leave_out_those_without(url: str, archive: PacketArchive) -> None:
    keys = [(item.alert.object_id, item.alert.candid) for item in (FIRST, SECOND, THIRD, OTHER)]
    found = ask(url, lambda reader: stamps_of_alerts(reader, [*keys, (1, 2)]))
    assert found.keys() == {keys[1], keys[2]}
    assert read_all(archive, found[keys[2]]) == THIRD.alert.stamps


def test_stamps_of_a_candid_are_those_of_its_survey(url: str) -> None:
    candid = THIRD.alert.candid
    found = ask(url, lambda reader: stamps_of_candid(reader, SurveyName.ZTF, candid))
    assert found is not None
    assert (found.object_id, found.candid, found.mjd, found.band) == (KEY, candid, THIRD.alert.detection.mjd, "g")
    assert ask(url, lambda reader: stamps_of_candid(reader, SurveyName.LSST, candid)) is None
    assert ask(url, lambda reader: stamps_of_candid(reader, SurveyName.ZTF, 1)) is None


def test_a_candid_of_two_objects_has_the_stamps_of_the_one_that_has_them(
    any_database_url: str, tmp_path: Path
) -> None:
    """Another object's packet may carry the same candid, without stamps."""
    with alert_store(any_database_url, tmp_path) as store:
        store.store([received(packet("ZTF20bbbbbbb", JD, **BARE)), THIRD])
    found = ask(any_database_url, lambda reader: stamps_of_candid(reader, SurveyName.ZTF, THIRD.alert.candid))
    assert found is not None
    assert found.object_id == KEY


def test_a_lost_archive_is_said(url: str, tmp_path: Path) -> None:
    found = ask(url, lambda reader: first_stamps_of(reader, [KEY]))
    with pytest.raises(ArchiveUnavailable):
        read_all(PacketArchive(str(tmp_path / "elsewhere")), found[KEY])
