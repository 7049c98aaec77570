"""The packets themselves, kept as Avro containers outside the database.

Stamps are most of a survey's bytes and are read one at a time, so they stay out of the row store. Each batch
becomes one container per schema, with one record per block: any Avro reader can read the file, and one record,
or one stamp in it, can be read alone from its offset.
"""

import hashlib
import os
import secrets
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

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


class ArchiveUnavailable(ArrayanError):
    """The archive cannot be written or read: a full disk, a missing file, a storage that does not answer."""


class PacketLost(ArrayanError):
    """A packet that the index knows is not in the archive."""


class Location(NamedTuple):
    """Where a packet's datum lies: a file of the archive, and the bytes in it."""

    file: str
    span: Span


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
            schema = _schema_in_header(file, header)
            if len(self._schemas) >= SCHEMAS_REMEMBERED:
                self._schemas.clear()
            self._schemas[file] = self._texts.setdefault(schema, schema)
        return self._schemas[file]

    def _write_container(self, schema: bytes, data: Sequence[bytes]) -> list[Location]:
        name = f"{datetime.now(UTC):%Y/%m/%d/%H%M%S}-{secrets.token_hex(8)}.avro"
        sync = secrets.token_bytes(SYNC_SIZE)
        parts = [container_header(schema, sync)]
        offset = len(parts[0])
        locations = []
        for datum in data:
            head = encode_long(1) + encode_long(len(datum))
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


def _schema_in_header(file: str, header: bytes) -> bytes:
    """The schema in a header that container_header wrote. Raises ArchiveUnavailable for another."""
    key = encode_long(len(b"avro.schema")) + b"avro.schema"
    place = header.find(key)
    if not header.startswith(AVRO_MAGIC) or place < 0:
        raise ArchiveUnavailable(f"{file} of the packet archive begins with no header of ours")
    length, begin = decode_long(header, place + len(key))
    return header[begin : begin + length]


def decode_long(data: bytes, offset: int) -> tuple[int, int]:
    """A number as Avro writes it, and where what follows it begins."""
    number = shift = 0
    while True:
        byte = data[offset]
        offset += 1
        number |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return (number >> 1) ^ -(number & 1), offset


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
    head = encode_long(1) + encode_long(len(packet.datum))
    return container_header(packet.schema, sync) + head + packet.datum + sync
