"""Whether every alert's packet is where the index says."""

from collections.abc import Callable, Iterator, Sequence
from typing import IO, NamedTuple

from psycopg import Connection

from domain.stamp import StampKind
from storage.archive_compaction import IndexedPacket
from storage.packet_archive import ArchiveUnavailable, PacketArchive, read_block, read_header


class Damage(NamedTuple):
    """Alerts of a file that cannot be read, and why the first of them cannot."""

    file: str
    alerts: int
    reason: str


class Verified(NamedTuple):
    """What was looked at, and what is not as it should be."""

    files: int
    alerts: int
    damages: list[Damage]


def verify_archive(
    connection: Connection, archive: PacketArchive, on_progress: Callable[[float, str], None]
) -> Verified:
    """Read every packet that an alert names: the whole block must be there, of the length that the index says and
    between its file's markers, and stamps must lie within it."""
    damages: list[Damage] = []
    files = alerts = 0
    for file, packets in _files(connection):
        found = _damage(archive, file, packets)
        if found is not None and (now_there := _packets_of(connection, file)):  # it may have moved meanwhile
            found = _damage(archive, file, now_there)
            damages += [] if found is None else [found]
        files, alerts = files + 1, alerts + len(packets)
        on_progress(alerts, f"{files} files, {sum(damage.alerts for damage in damages)} alerts damaged")
    return Verified(files, alerts, damages)


class PlacedPacket(NamedTuple):
    """A packet in the index, and where its stamps end, counted from its beginning."""

    packet: IndexedPacket
    stamps_end: int


def _files(connection: Connection) -> Iterator[tuple[str, list[PlacedPacket]]]:
    after = ""
    while True:
        row = connection.execute("SELECT min(archive_file) FROM alert WHERE archive_file > %s", (after,)).fetchone()
        if row is None or row[0] is None:
            return
        after = row[0]
        yield after, _packets_of(connection, after)


def _packets_of(connection: Connection, file: str) -> list[PlacedPacket]:
    rows = connection.execute(
        "SELECT object_id, candid, packet_offset, packet_length, stamp_spans FROM alert WHERE archive_file = %s "
        "ORDER BY packet_offset",
        (file,),
    )
    return [PlacedPacket(IndexedPacket(*row[:4]), _stamps_end(row[4])) for row in rows]


def _stamps_end(spans: Sequence[int] | None) -> int:
    return max((spans[2 * n] + spans[2 * n + 1] for n in range(len(StampKind))), default=0) if spans else 0


def _damage(archive: PacketArchive, file: str, packets: Sequence[PlacedPacket]) -> Damage | None:
    try:
        with archive.open(file) as stream:
            sync = read_header(stream).sync
            reasons = [reason for placed in packets if (reason := _fault(stream, placed, sync))]
    except ArchiveUnavailable as error:
        return Damage(file, len(packets), str(error)) if packets else None
    return Damage(file, len(reasons), reasons[0]) if reasons else None


def _fault(stream: IO[bytes], placed: PlacedPacket, sync: bytes) -> str | None:
    packet = placed.packet
    try:
        read_block(stream, packet.offset, packet.length, sync)
    except ArchiveUnavailable as error:
        return f"candid {packet.candid}: {error}"
    if placed.stamps_end > packet.length:
        return f"candid {packet.candid}: its stamps end after the packet"
    return None
