"""The packets themselves, kept as Avro containers outside the database.

Stamps are most of a survey's bytes and are read one at a time, so they stay out of the row store. Each batch
becomes one container per schema, with one record per block: any Avro reader can read the file, and one record,
or one stamp in it, can be read alone from its offset.
"""

import hashlib
import io
import os
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, NamedTuple

import fsspec
from fsspec.implementations.local import LocalFileSystem

from domain.errors import ArrayanError
from domain.packet import Packet, Span

AVRO_MAGIC = b"Obj\x01"
SYNC_SIZE = 16
PARTS_AT_ONCE = 1000
"""POSIX lets a system refuse more than 1024 at a time."""
LARGEST_HEADER = 1_000_000
SCHEMAS_REMEMBERED = 10_000
"""Files whose schema is known without looking; equal schemas are held once."""
FILE_NAME = re.compile(r"[0-9]{4}/[0-9]{2}/[0-9]{2}/[0-9]{6}-[0-9a-f]{16}\.avro")


class ArchiveUnavailable(ArrayanError):
    """The archive cannot be written or read: a full disk, a missing file, a storage that does not answer."""


class PacketLost(ArrayanError):
    """A packet that the index knows is not in the archive."""


class Location(NamedTuple):
    """Where a packet's datum lies: a file of the archive, and the bytes in it."""

    file: str
    span: Span


class ArchiveFile(NamedTuple):
    """A file of the archive as its storage lists it."""

    name: str
    size_bytes: int
    written_at: datetime

    @property
    def day(self) -> str:
        """The UTC day it was written on, as the folders have it: 2026/11/05."""
        return self.name.rpartition("/")[0]


class PacketArchive:
    """Avro containers below a folder or a URL that fsspec understands (`s3://bucket/packets`).

    Raises ArchiveUnavailable for a URL of another kind, and when the package for its kind is not installed.
    """

    def __init__(self, root: str) -> None:
        try:
            self._filesystem, self._root = fsspec.core.url_to_fs(root)
        except (ImportError, ValueError) as error:
            raise ArchiveUnavailable(f"cannot use {root} as the packet archive: {error}") from error
        self._schemas: dict[str, bytes] = {}
        self._texts: dict[bytes, bytes] = {}

    def write(self, packets: Sequence[Packet]) -> list[Location]:
        """Keep packets, in the order given; they are on disk when this returns.

        A file without an index entry is harmless, so write before the database commits.
        Raises ArchiveUnavailable.
        """
        by_schema: dict[bytes, list[int]] = {}
        for index, packet in enumerate(packets):
            by_schema.setdefault(packet.schema, []).append(index)
        locations: dict[int, Location] = {}
        for schema, members in by_schema.items():
            written = self._write_container(schema, [packets[index].datum for index in members])
            locations.update(zip(members, written, strict=True))
        return [locations[index] for index in range(len(packets))]

    def read(self, file: str, offset: int, length: int) -> bytes:
        """Some bytes of a file. Raises ArchiveUnavailable."""
        try:
            data: bytes = self._filesystem.cat_file(f"{self._root}/{file}", start=offset, end=offset + length)
        except OSError as error:
            reason = error.strerror or type(error).__name__  # its text names folders of the server
            raise ArchiveUnavailable(f"cannot read {file} of the packet archive: {reason}") from error
        if len(data) != length:
            raise ArchiveUnavailable(f"{file} of the packet archive ends before byte {offset + length}")
        return data

    def read_packets(self, places: Sequence[Location]) -> list[Packet | PacketLost]:
        """Packets with the schemas of their files, in the order given; in place of one that is not there, why.

        Raises ArchiveUnavailable when the archive cannot be read at all.
        """
        files = [place.file for place in places]
        found = self._ranges(files, [place.span for place in places])
        lost = [data for data in found if isinstance(data, PacketLost)]
        if lost and not self._filesystem.exists(self._root):
            raise ArchiveUnavailable(f"there is no packet archive any more: {lost[0]}")
        return [
            data if isinstance(data, PacketLost) else Packet(self._schema_of(file), data)
            for file, data in zip(files, found, strict=True)
        ]

    def _ranges(self, files: Sequence[str], spans: Sequence[Span]) -> list[bytes | PacketLost]:
        """Bytes of files. Raises ArchiveUnavailable for whatever is not a missing file."""
        read = self._filesystem.cat_ranges(
            [f"{self._root}/{file}" for file in files],
            [span.offset for span in spans],
            [span.offset + span.length for span in spans],
            on_error="return",
        )
        return [_whole(file, span, data) for file, span, data in zip(files, spans, read, strict=True)]

    def _schema_of(self, file: str) -> bytes:
        """The schema of a file that is there."""
        schema = self._schemas.get(file)
        if schema is None:
            (header,) = self._filesystem.cat_ranges([f"{self._root}/{file}"], [0], [LARGEST_HEADER])
            schema = _schema_of_header(file, header)
            if len(self._schemas) >= SCHEMAS_REMEMBERED:
                self._schemas.clear()
            self._schemas[file] = self._texts.setdefault(schema, schema)
        return self._schemas[file]

    def files(self) -> Iterator[ArchiveFile]:
        """Every container that was written here, day by day; nothing else that lies there. Raises
        ArchiveUnavailable."""
        try:
            self._filesystem.invalidate_cache()
            for folder, _, found in self._filesystem.walk(self._root, detail=True):
                for name, facts in sorted(found.items()):
                    path = f"{folder}/{name}".removeprefix(self._root).lstrip("/")
                    if FILE_NAME.fullmatch(path):
                        yield ArchiveFile(path, facts["size"], _written_at(facts))
        except OSError as error:
            raise ArchiveUnavailable(f"cannot list the packet archive: {error}") from error

    @contextmanager
    def open(self, file: str) -> Iterator[IO[bytes]]:
        """A file of the archive, to be read at any place. Raises ArchiveUnavailable."""
        try:
            with self._filesystem.open(f"{self._root}/{file}", "rb") as stream:
                yield stream
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ArchiveUnavailable(f"cannot read {file} of the packet archive: {reason}") from error

    def remove(self, file: str) -> None:
        """Remove a file; it may be gone already. Raises ArchiveUnavailable."""
        try:
            self._filesystem.rm_file(f"{self._root}/{file}")
        except FileNotFoundError:
            return
        except OSError as error:
            raise ArchiveUnavailable(f"cannot remove {file} of the packet archive: {error}") from error

    def write_together(self, schema: bytes, data: Sequence[bytes], day: str) -> list[Location]:
        """Keep data of one schema in one container among those of a day; on disk when this returns.

        Raises ArchiveUnavailable.
        """
        return self._write_container(schema, data, day)

    def _write_container(self, schema: bytes, data: Sequence[bytes], day: str | None = None) -> list[Location]:
        now = datetime.now(UTC)
        name = f"{day or format(now, '%Y/%m/%d')}/{now:%H%M%S}-{secrets.token_hex(8)}.avro"
        sync = secrets.token_bytes(SYNC_SIZE)
        parts = [container_header(schema, sync)]
        offset = len(parts[0])
        locations = []
        for datum in data:
            head = block_head(len(datum))
            locations.append(Location(name, Span(offset + len(head), len(datum))))
            parts += (head, datum, sync)
            offset += len(head) + len(datum) + SYNC_SIZE
        try:
            self._write_durably(f"{self._root}/{name}", parts)
        except OSError as error:
            raise ArchiveUnavailable(f"cannot write to the packet archive: {error}") from error
        return locations

    def _write_durably(self, path: str, parts: Sequence[bytes]) -> None:
        if not isinstance(self._filesystem, LocalFileSystem):
            self._filesystem.pipe_file(path, b"".join(parts))
            return
        target = Path(path)
        _make_folder(target.parent)
        with target.open("xb", buffering=0) as file:
            try:
                _write_all(file.fileno(), parts)
                os.fsync(file.fileno())
            except OSError:  # a part of it would take the room that a full disk has left
                target.unlink(missing_ok=True)
                raise
        _sync_folder(target.parent)


def _write_all(descriptor: int, parts: Sequence[bytes]) -> None:
    """Write parts one behind the other, without joining them first: that would copy every packet once more."""
    for start in range(0, len(parts), PARTS_AT_ONCE):
        some = parts[start : start + PARTS_AT_ONCE]
        written = os.writev(descriptor, some)
        if written < sum(map(len, some)):  # a signal came, or the disk is nearly full
            rest = memoryview(b"".join(some))[written:]
            while rest:
                rest = rest[os.write(descriptor, rest) :]


def _make_folder(folder: Path) -> None:
    if not folder.is_dir():
        _make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync_folder(folder.parent)


def _sync_folder(folder: Path) -> None:
    """A file is only safe when the folder that names it is on disk too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _whole(file: str, span: Span, data: bytes | Exception) -> bytes | PacketLost:
    if isinstance(data, FileNotFoundError):
        return PacketLost(f"{file} is missing in the packet archive")
    if isinstance(data, Exception):
        reason = getattr(data, "strerror", None) or type(data).__name__
        raise ArchiveUnavailable(f"cannot read {file} of the packet archive: {reason}") from data
    if len(data) != span.length:
        return PacketLost(f"{file} of the packet archive ends before byte {span.offset + span.length}")
    return data


def _written_at(facts: Mapping[str, Any]) -> datetime:
    """When a file was written, by the names that the storages of fsspec have for it; now when none says."""
    for name in ("mtime", "LastModified", "last_modified", "updated", "created"):
        moment = facts.get(name)
        if isinstance(moment, datetime):
            return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        if isinstance(moment, int | float):
            return datetime.fromtimestamp(moment, UTC)
    return datetime.now(UTC)


class ContainerHeader(NamedTuple):
    """How a container of ours begins."""

    schema: bytes
    sync: bytes


def read_header(stream: IO[bytes]) -> ContainerHeader:
    """The header of a container that was written here, from its beginning. Raises ArchiveUnavailable when it is
    none."""
    if _exactly(stream, len(AVRO_MAGIC)) != AVRO_MAGIC:
        raise ArchiveUnavailable("not an Avro container")
    entries: dict[bytes, bytes] = {}
    while count := _read_long(stream):
        if count < 0:
            _read_long(stream)
        for _ in range(abs(count)):
            key = _exactly(stream, _read_long(stream))
            entries[key] = _exactly(stream, _read_long(stream))
    if b"avro.schema" not in entries or entries.get(b"avro.codec", b"null") != b"null":
        raise ArchiveUnavailable("not a container of the packet archive")
    return ContainerHeader(entries[b"avro.schema"], _exactly(stream, SYNC_SIZE))


def _schema_of_header(file: str, beginning: bytes) -> bytes:
    """The schema in the beginning of a file. Raises ArchiveUnavailable, which names it."""
    try:
        return read_header(io.BytesIO(beginning)).schema
    except ArchiveUnavailable as error:
        raise ArchiveUnavailable(f"{file} of the packet archive has no header of ours: {error}") from error


def _exactly(stream: IO[bytes], size: int) -> bytes:
    data = stream.read(size) if size >= 0 else b""
    if len(data) != size:
        raise ArchiveUnavailable("the container ends in its header")
    return data


def _read_long(stream: IO[bytes]) -> int:
    number = shift = 0
    while True:
        (byte,) = _exactly(stream, 1)
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (number >> 1) ^ -(number & 1)


def block_head(length: int) -> bytes:
    """What stands before a datum of so many bytes: a block of one record."""
    return encode_long(1) + encode_long(length)


def read_block(stream: IO[bytes], offset: int, length: int, sync: bytes) -> bytes:
    """A datum of a container, with what stands before and after it looked at. Raises ArchiveUnavailable."""
    head = block_head(length)
    stream.seek(offset - len(head))
    block = stream.read(len(head) + length + SYNC_SIZE)
    if len(block) != len(head) + length + SYNC_SIZE or not (block.startswith(head) and block.endswith(sync)):
        raise ArchiveUnavailable(f"there is no record of {length} bytes at {offset}")
    return block[len(head) : -SYNC_SIZE]


def container_header(schema: bytes, sync: bytes) -> bytes:
    """The header of an uncompressed Avro container (Avro 1.11 specification, "Object Container Files")."""
    entries = {b"avro.schema": schema, b"avro.codec": b"null"}
    body = b"".join(encode_long(len(key)) + key + encode_long(len(value)) + value for key, value in entries.items())
    return AVRO_MAGIC + encode_long(len(entries)) + body + encode_long(0) + sync


def encode_long(number: int) -> bytes:
    """A number as Avro writes it: zigzag, seven bits a byte."""
    rest = (number << 1) ^ (number >> 63)
    out = bytearray()
    while rest > 0x7F:
        out.append((rest & 0x7F) | 0x80)
        rest >>= 7
    out.append(rest)
    return bytes(out)


def single_record_container(packet: Packet) -> bytes:
    """A packet as an Avro container of its own, as a survey sends it; the same bytes for the same packet."""
    sync = hashlib.blake2b(packet.datum, digest_size=SYNC_SIZE).digest()
    head = block_head(len(packet.datum))
    return container_header(packet.schema, sync) + head + packet.datum + sync
