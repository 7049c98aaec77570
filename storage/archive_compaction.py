"""Keeping the packet archive in few files, and free of those that nobody needs.

Ingest writes a container for every batch. Those of a day are put together here, and stamps stay readable at every
moment, also after a kill at any: a container is on disk before the index moves to it, the index moves in one
transaction, and the files it came from are only noted as unused then. A file is removed when it was noted a grace
period ago and still no alert names it. So whoever has read the index in the meantime finds what it named.

Files younger than the grace period are left alone: ingest writes them before it commits.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from psycopg import Connection

from storage.packet_archive import (
    ArchiveFile,
    ArchiveUnavailable,
    Location,
    PacketArchive,
    read_block,
    read_header,
)

SMALL_BYTES = 32_000_000
"""Files below this are put together..."""
LARGE_BYTES = 128_000_000
"""...into files of this size at most."""


class ArchiveSurvey(NamedTuple):
    """What there is in the archive.

    `small` are groups of files worth putting together, of one day. `orphans` are files that no alert names and
    that are not noted as unused yet: left by a writer that died, or with packets that came again with stamps.
    `removable` were noted a grace period ago, `gone` were removed since. `missing` are files that alerts name and
    that are not there.
    """

    files: int
    size_bytes: int
    small: list[list[ArchiveFile]]
    orphans: list[ArchiveFile]
    unused: list[ArchiveFile]
    removable: list[ArchiveFile]
    gone: list[str]
    missing: list[str]


class IndexedPacket(NamedTuple):
    """A packet that an alert names."""

    object_id: int
    candid: int
    offset: int
    length: int


OnProgress = Callable[[float, str], None]


def survey_archive(connection: Connection, archive: PacketArchive, grace: timedelta) -> ArchiveSurvey:
    """Compare the files with the index. Raises ArchiveUnavailable."""
    now = datetime.now(UTC)
    settled_before = _settled_before(connection, now - grace)
    noted: dict[str, datetime] = dict(
        connection.execute("SELECT archive_file, found_at FROM unused_file").fetchall()
    )
    files = sorted(archive.files())
    named = {name for (name,) in connection.execute(_NAMED_FILES)}  # after the listing: what it names was written
    settled = [file for file in files if file.written_at < settled_before]
    unused = [file for file in files if file.name in noted and file.name not in named]
    known = {file.name for file in files}
    return ArchiveSurvey(
        files=len(files),
        size_bytes=sum(file.size_bytes for file in files),
        small=_groups(file for file in settled if file.name in named and file.size_bytes < SMALL_BYTES),
        orphans=[file for file in settled if file.name not in named and file.name not in noted],
        unused=unused,
        removable=[file for file in unused if noted[file.name] <= now - grace],
        gone=sorted(noted.keys() - known),
        missing=sorted(named - known - _written_since(archive, named - known)),
    )


# Every name once, by jumping along the index instead of reading it: there are thousands of packets to a file.
_NAMED_FILES = (
    "WITH RECURSIVE named(file) AS (SELECT min(archive_file) FROM alert UNION ALL "
    "SELECT (SELECT min(archive_file) FROM alert WHERE archive_file > file) FROM named WHERE file IS NOT NULL) "
    "SELECT file FROM named WHERE file IS NOT NULL"
)


def _written_since(archive: PacketArchive, names: Iterable[str]) -> set[str]:
    """Files that came after the archive was listed."""
    found = set()
    for name in names:
        try:
            with archive.open(name):
                found.add(name)
        except ArchiveUnavailable:
            continue
    return found


def _settled_before(connection: Connection, moment: datetime) -> datetime:
    """The moment, or the start of the oldest transaction: its files may have no rows yet, however old they are."""
    row = connection.execute(
        "SELECT min(xact_start) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid() AND application_name LIKE 'arrayan%'"
    ).fetchone()
    return moment if row is None or row[0] is None else min(moment, row[0])


def _groups(files: Iterable[ArchiveFile]) -> list[list[ArchiveFile]]:
    """Files of one day that are worth putting together."""
    days: dict[str, list[ArchiveFile]] = defaultdict(list)
    for file in files:
        days[file.day].append(file)
    return [days[day] for day in sorted(days) if len(days[day]) > 1]


def remove_unused(connection: Connection, archive: PacketArchive, survey: ArchiveSurvey) -> int:
    """Remove files that were noted long enough ago and that no alert names; how many."""
    removed = 0
    for name in survey.gone:  # by a run that was killed before it said so
        _forget(connection, name)
    for file in survey.removable:
        if _is_named(connection, file.name):
            _forget(connection, file.name)
            continue
        archive.remove(file.name)
        _forget(connection, file.name)
        removed += 1
    return removed


def note_unused(connection: Connection, names: Sequence[str]) -> None:
    """Note files that no alert names: a grace period from now they may go."""
    connection.execute(
        "INSERT INTO unused_file (archive_file) SELECT name FROM unnest(%s::text[]) AS given(name) "
        "WHERE NOT EXISTS (SELECT FROM alert WHERE archive_file = name) ON CONFLICT DO NOTHING",
        (list(names),),
    )


def _is_named(connection: Connection, name: str) -> bool:
    row = connection.execute("SELECT EXISTS (SELECT FROM alert WHERE archive_file = %s)", (name,)).fetchone()
    return row is None or bool(row[0])


def _forget(connection: Connection, name: str) -> None:
    connection.execute("DELETE FROM unused_file WHERE archive_file = %s", (name,))


class Compacted(NamedTuple):
    """Files that were put together, those that came of them, the packets moved, and files left as they are."""

    before: int
    after: int
    packets: int
    unreadable: list[str]


def compact(
    connection: Connection,
    archive: PacketArchive,
    groups: Sequence[Sequence[ArchiveFile]],
    on_progress: OnProgress,
) -> Compacted:
    """Put the small files of each day together, one container per schema and LARGE_BYTES."""
    before = after = packets = 0
    unreadable: set[str] = set()
    for group in groups:
        for schema, files in _by_schema(archive, group, unreadable).items():
            for portion in _portions(files):
                held = list(_read(connection, archive, portion, unreadable))
                if len(held) < 2:
                    continue
                data = [datum for read in held for datum in read.data]
                if data:
                    locations = archive.write_together(schema, data, portion[0].day)
                    _move_index(connection, held, locations)
                note_unused(connection, [read.file.name for read in held])
                before, after, packets = before + len(held), after + bool(data), packets + len(data)
                on_progress(before, f"{before} files became {after}")
    return Compacted(before, after, packets, sorted(unreadable))


class _Read(NamedTuple):
    """A file with those of its packets that alerts name."""

    file: ArchiveFile
    packets: list[IndexedPacket]
    data: list[bytes]


def _by_schema(
    archive: PacketArchive, group: Sequence[ArchiveFile], unreadable: set[str]
) -> Mapping[bytes, list[ArchiveFile]]:
    found: dict[bytes, list[ArchiveFile]] = defaultdict(list)
    for file in group:
        try:
            with archive.open(file.name) as stream:
                found[read_header(stream).schema].append(file)
        except ArchiveUnavailable:
            unreadable.add(file.name)
    return found


def _portions(files: Sequence[ArchiveFile]) -> Iterator[list[ArchiveFile]]:
    """Files in order, as many at a time as make one of LARGE_BYTES; a portion of one is left as it is."""
    portion: list[ArchiveFile] = []
    for file in files:
        if portion and sum(held.size_bytes for held in portion) + file.size_bytes > LARGE_BYTES:
            yield from [portion] if len(portion) > 1 else []
            portion = []
        portion.append(file)
    if len(portion) > 1:
        yield portion


def _read(
    connection: Connection, archive: PacketArchive, files: Sequence[ArchiveFile], unreadable: set[str]
) -> Iterator[_Read]:
    for file in files:
        packets = indexed_packets(connection, file.name)
        try:
            with archive.open(file.name) as stream:
                sync = read_header(stream).sync
                data = [read_block(stream, packet.offset, packet.length, sync) for packet in packets]
            yield _Read(file, packets, data)
        except ArchiveUnavailable:
            unreadable.add(file.name)


def indexed_packets(connection: Connection, file: str) -> list[IndexedPacket]:
    """The packets of a file that alerts name, in the order of the file."""
    rows = connection.execute(
        "SELECT object_id, candid, packet_offset, packet_length FROM alert WHERE archive_file = %s "
        "ORDER BY packet_offset",
        (file,),
    )
    return list(map(IndexedPacket._make, rows))


def _move_index(connection: Connection, held: Sequence[_Read], locations: Sequence[Location]) -> None:
    """Let alerts name the new places, all at once, and note the old files as unused.

    An alert that ingest has given another packet meanwhile keeps that. Objects are held, in the order in which
    ingest takes them, so that neither waits for the other in a circle.
    """
    moved = [(read.file.name, packet) for read in held for packet in read.packets]
    with connection.transaction():
        connection.execute(
            "SELECT FROM object WHERE object_id = ANY(%s) ORDER BY object_id FOR UPDATE",
            (sorted({packet.object_id for _, packet in moved}),),
        )
        connection.execute(
            "UPDATE alert SET archive_file = %s, packet_offset = given.new_offset FROM unnest("
            "%s::bigint[], %s::bigint[], %s::text[], %s::bigint[], %s::bigint[]) "
            "AS given(object_id, candid, old_file, old_offset, new_offset) "
            "WHERE alert.object_id = given.object_id AND alert.candid = given.candid "
            "AND alert.archive_file = given.old_file AND alert.packet_offset = given.old_offset",
            (
                locations[0].file,
                [packet.object_id for _, packet in moved],
                [packet.candid for _, packet in moved],
                [file for file, _ in moved],
                [packet.offset for _, packet in moved],
                [location.span.offset for location in locations],
            ),
        )
        note_unused(connection, [read.file.name for read in held])
