"""Packets are read back field by field, as the survey wrote them."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from storage.packet_archive import PacketArchive, PacketLost
from storage.packets import AlertPacket, first_packets_of, packets_of_alerts, read_fields
from tests.support.reading import ask
from tests.support.storing import alert_store
from tests.support.ztf_packets import JD, NAME, packet, received

FIRST = packet(NAME, JD - 6)
SECOND = packet(NAME, JD - 3)
KEY = received(FIRST).alert.object_id


@pytest.fixture
def archive(tmp_path: Path) -> PacketArchive:
    return PacketArchive(str(tmp_path))


@pytest.fixture
def url(any_database_url: str, tmp_path: Path) -> str:
    with alert_store(any_database_url, tmp_path) as store:
        store.store([received(SECOND), received(FIRST)])
    return any_database_url


def fields_of(archive: PacketArchive, found: AlertPacket) -> dict[str, Any]:
    return {field.name: field.value for field in asyncio.run(read_fields(archive, found))}


def test_the_first_packet_of_an_object_is_of_its_first_alert(url: str, archive: PacketArchive) -> None:
    found = ask(url, lambda reader: first_packets_of(reader, [KEY, 5]))
    assert found.keys() == {KEY}
    assert fields_of(archive, found[KEY])["candidate.jd"] == JD - 6


def test_every_field_is_there_with_its_value(url: str, archive: PacketArchive) -> None:
    candid = received(SECOND).alert.candid
    found = ask(url, lambda reader: packets_of_alerts(reader, [(KEY, candid), (KEY, 1)]))
    assert found.keys() == {(KEY, candid)}
    fields = fields_of(archive, found[KEY, candid])
    assert fields["objectId"] == NAME
    assert fields["candid"] == candid
    assert fields["candidate.jd"] == JD - 3
    assert "bytes" in fields["cutoutScience.stampData"]
    assert not any(isinstance(value, bytes | list | dict) for value in fields.values())


def test_a_packet_that_is_gone_says_so(url: str, archive: PacketArchive, tmp_path: Path) -> None:
    found = ask(url, lambda reader: first_packets_of(reader, [KEY]))
    for file in tmp_path.rglob("*.avro"):
        file.unlink()
    with pytest.raises(PacketLost, match="missing in the packet archive"):
        fields_of(archive, found[KEY])
