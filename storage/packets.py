"""Reading whole packets back: every field that a survey sent with an alert."""

import io
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import anyio.to_thread
import fastavro
import orjson
from fastavro.types import Schema

from domain.band import Band
from domain.packet import Packet, Span
from storage.packet_archive import Location, PacketArchive, PacketLost
from storage.reader import Reader

_COLUMNS = "a.object_id, a.candid, a.mjd, a.band, a.archive_file, a.packet_offset, a.packet_length"
SCHEMAS_REMEMBERED = 32


class AlertPacket(NamedTuple):
    """The packet of an alert: which one it is, and where it lies in the archive."""

    object_id: int
    candid: int
    mjd: float
    band: Band
    place: Location


class PacketField(NamedTuple):
    """A field of a packet. Nested names are joined by dots: `candidate.magpsf`; a value is what JSON can hold, a
    list is told by its length and bytes by their number."""

    name: str
    value: bool | int | float | str | None


async def first_packets_of(reader: Reader, object_ids: Sequence[int]) -> dict[int, AlertPacket]:
    """Of each object, its first alert; objects without one are missing."""
    rows = await reader.rows(
        f"SELECT DISTINCT ON (a.object_id) {_COLUMNS} FROM alert a "  # noqa: S608
        "WHERE a.object_id = ANY(%s) ORDER BY a.object_id, a.mjd, a.candid",
        (list(object_ids),),
    )
    return {row[0]: _alert_packet(row) for row in rows}


async def packets_of_alerts(reader: Reader, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], AlertPacket]:
    """Packets of alerts by (object_id, candid); unknown alerts are missing."""
    rows = await reader.rows(
        f"SELECT {_COLUMNS} FROM unnest(%s::bigint[], %s::bigint[]) AS given(object_id, candid) "  # noqa: S608
        "JOIN alert a USING (object_id, candid)",
        ([object_id for object_id, _ in keys], [candid for _, candid in keys]),
    )
    return {(row[0], row[1]): _alert_packet(row) for row in rows}


async def read_fields(archive: PacketArchive, packet: AlertPacket) -> list[PacketField]:
    """Every field of a packet in the order of its schema. Raises ArchiveUnavailable, and PacketLost when the
    archive has it no more."""
    return await anyio.to_thread.run_sync(_read_fields, archive, packet.place)


def _read_fields(archive: PacketArchive, place: Location) -> list[PacketField]:
    (found,) = archive.read_packets([place])
    if isinstance(found, PacketLost):
        raise found
    return list(packet_fields(found))


def packet_fields(packet: Packet) -> Iterator[PacketField]:
    """The fields of a packet, nested records opened."""
    record = fastavro.schemaless_reader(io.BytesIO(packet.datum), _parsed(packet.schema), None)
    assert isinstance(record, dict)
    yield from _fields("", record)


def _fields(prefix: str, record: Mapping[str, Any]) -> Iterator[PacketField]:
    for name, value in record.items():
        if isinstance(value, Mapping):
            yield from _fields(f"{prefix}{name}.", value)
        else:
            yield PacketField(f"{prefix}{name}", _told(value))


def _told(value: Any) -> bool | int | float | str | None:
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, list):
        return f"list of {len(value)}"
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)


@lru_cache(maxsize=SCHEMAS_REMEMBERED)
def _parsed(schema: bytes) -> Schema:
    return fastavro.parse_schema(orjson.loads(schema))


def _alert_packet(row: tuple[Any, ...]) -> AlertPacket:
    object_id, candid, mjd, band, file, offset, length = row
    return AlertPacket(object_id, candid, mjd, Band(band), Location(file, Span(offset, length)))
