"""The archive is Avro that any reader reads, and gives every packet back from its place."""

import io
import json
import os
from pathlib import Path

import fastavro
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.packet import Packet
from storage.packet_archive import ArchiveUnavailable, PacketArchive, encode_long, single_record_container
from surveys.avro import read_container
from tests.support.storing import small_sky, small_sky_received

LONG = b'{"type": "record", "name": "L", "fields": [{"name": "n", "type": "long"}]}'
TEXT = b'{"type": "record", "name": "T", "fields": [{"name": "t", "type": "string"}]}'


def packet_of(schema: bytes, record: dict[str, object]) -> Packet:
    datum = io.BytesIO()
    fastavro.schemaless_writer(datum, json.loads(schema), record)
    return Packet(schema, datum.getvalue())


@given(st.integers(-(2**63), 2**63 - 1))
def test_numbers_are_written_as_fastavro_writes_them(number: int) -> None:
    assert encode_long(number) == packet_of(LONG, {"n": number}).datum


def test_packets_are_read_back_from_where_they_were_written(tmp_path: Path) -> None:
    packets = [
        packet_of(LONG, {"n": 5}),
        packet_of(TEXT, {"t": "x" * 1000}),
        packet_of(LONG, {"n": -(2**60)}),
        packet_of(LONG, {"n": 5}),
        packet_of(TEXT, {"t": ""}),
    ]
    archive = PacketArchive(str(tmp_path))
    places = archive.write(packets)
    assert [archive.read(place.file, *place.span) for place in places] == [packet.datum for packet in packets]
    assert len({place.file for place in places}) == 2  # one container per schema
    assert len(set(places)) == len(places)


def test_archived_packets_are_containers_for_any_reader(tmp_path: Path) -> None:
    PacketArchive(str(tmp_path)).write([item.packet for item in small_sky_received()])
    (file,) = tmp_path.rglob("*.avro")
    with file.open("rb") as stream:
        assert [record["candid"] for record in fastavro.reader(stream)] == [  # type: ignore[index, call-overload]
            record["candid"] for record in small_sky()
        ]
    assert [read.datum for read in read_container(file.read_bytes())] == [
        item.packet.datum for item in small_sky_received()
    ]


def test_a_packet_alone_is_the_same_container_every_time() -> None:
    packet = packet_of(LONG, {"n": 7})
    assert single_record_container(packet) == single_record_container(packet)
    assert list(fastavro.reader(io.BytesIO(single_record_container(packet)))) == [{"n": 7}]


def test_writing_nothing_writes_nothing(tmp_path: Path) -> None:
    assert PacketArchive(str(tmp_path / "archive")).write([]) == []
    assert not (tmp_path / "archive").exists()


def test_what_is_not_there_is_unavailable(tmp_path: Path) -> None:
    archive = PacketArchive(str(tmp_path))
    (place,) = archive.write([packet_of(LONG, {"n": 5})])
    with pytest.raises(ArchiveUnavailable):
        archive.read("2020/01/01/none.avro", 0, 1)
    with pytest.raises(ArchiveUnavailable):
        archive.read(place.file, place.span.offset, 1000)


def test_an_archive_through_a_url(tmp_path: Path) -> None:
    archive = PacketArchive("memory://packets")
    packet = packet_of(LONG, {"n": 5})
    (place,) = archive.write([packet])
    assert archive.read(place.file, *place.span) == packet.datum


def test_new_folders_are_on_disk_before_the_rows_that_name_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a power cut, a folder is only there if the folder above it was synced."""
    synced: set[str] = set()
    real = os.fsync

    def noted(descriptor: int) -> None:
        synced.add(str(Path(f"/proc/self/fd/{descriptor}").readlink()))
        real(descriptor)

    monkeypatch.setattr(os, "fsync", noted)
    (place,) = PacketArchive(str(tmp_path / "archive")).write([packet_of(LONG, {"n": 5})])
    file = tmp_path / "archive" / place.file
    above = [parent for parent in file.parents if parent == tmp_path or tmp_path in parent.parents]
    assert {str(path) for path in (file, *above)} <= synced
