"""Avro object containers, opened record by record.

Surveys send one container per alert, with the same schema of some 20 kB in each. So a schema is parsed
once and remembered by its bytes, and the records are handed out with their own bytes, which an archive can
keep without encoding anything again.

The container format is that of the Avro 1.11 specification, section "Object Container Files".
"""

import bz2
import json
import lzma
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Protocol

import cramjam
from fastavro.schema import SchemaParseException, parse_schema

from domain.dead_letter import MalformedPacket, Reason
from surveys.record_reader import RecordReader

MAGIC = b"Obj\x01"
SYNC_SIZE = 16
SCHEMAS_REMEMBERED = 256
MAX_BLOCK_BYTES = 256 * 1024 * 1024
"""A block that unpacks to more is refused: surveys send some 100 kB, and some codecs pack zeros 30,000 to 1."""

Record = dict[str, Any]

DECODING_ERRORS: tuple[type[Exception], ...] = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    MemoryError,
    OSError,
    RecursionError,
    TypeError,
    ValueError,
    cramjam.DecompressionError,
    lzma.LZMAError,
    struct.error,
    zlib.error,
)
"""What fastavro and the codecs raise for damaged bytes beside its own SchemaParseException."""
SCHEMA_ERRORS: tuple[type[Exception], ...] = (*DECODING_ERRORS, SchemaParseException)


@dataclass(frozen=True, slots=True)
class WriterSchema:
    """A schema as it stood in a container: its bytes, what fastavro made of them, and the reader of its records."""

    text: bytes
    parsed: Any = field(compare=False)
    reader: RecordReader = field(compare=False)

    @property
    def name(self) -> str:
        """Full name of the outermost record."""
        return str(self.parsed.get("name", "")) if isinstance(self.parsed, dict) else ""

    @property
    def field_names(self) -> frozenset[str]:
        """Names of the outermost record's fields."""
        fields = self.parsed.get("fields", []) if isinstance(self.parsed, dict) else []
        return frozenset(field["name"] for field in fields)

    def field_names_of(self, name: str) -> frozenset[str]:
        """Names of the fields of the record, or array of records, that the outermost record's field `name` holds.

        Empty when there is no such field, and when the record was defined before, in another field.
        """
        fields = self.parsed.get("fields", []) if isinstance(self.parsed, dict) else []
        return frozenset().union(*(_fields_within(field["type"]) for field in fields if field["name"] == name))


def _fields_within(kind: Any) -> frozenset[str]:
    if isinstance(kind, list):
        return frozenset().union(*map(_fields_within, kind))
    if not isinstance(kind, dict):
        return frozenset()
    return _fields_within(kind.get("items")) | {field["name"] for field in kind.get("fields", ())}


@dataclass(frozen=True, slots=True)
class AvroRecord:
    """One record, decoded, with the schema and the bytes it was written with."""

    schema: WriterSchema
    datum: bytes
    record: Record


@lru_cache(maxsize=SCHEMAS_REMEMBERED)
def writer_schema(text: bytes) -> WriterSchema:
    """Parse a schema, or recall it by its bytes. Raises MalformedPacket(UNREADABLE_SCHEMA)."""
    try:
        parsed = parse_schema(json.loads(text))
        _smallest_datum(parsed, {})
    except SCHEMA_ERRORS as error:
        raise MalformedPacket(
            Reason.UNREADABLE_SCHEMA, f"the schema in the container is not valid Avro: {error}"
        ) from error
    return WriterSchema(text, parsed, RecordReader(parsed))


def _smallest_datum(schema: Any, known: dict[str, int | None]) -> int:
    """Bytes that a datum takes at least (or fewer). Raises ValueError for schemas that a few bytes could
    make endless: one that contains itself overflows the C stack, an array of nothing fills the memory.

    `known` holds the named types seen so far, None while we are inside of one.
    """
    if isinstance(schema, list):
        return 1 + min((_smallest_datum(branch, known) for branch in schema), default=0)
    kind = schema["type"] if isinstance(schema, dict) else schema
    if not isinstance(kind, str):
        return _smallest_datum(kind, known)
    match kind:
        case "null":
            return 0
        case "array":
            if _smallest_datum(schema["items"], known) == 0:
                raise ValueError("an array of items that take no bytes")
            return 1
        case "map":
            _smallest_datum(schema["values"], known)
            return 1
        case "record" | "error":
            known[schema["name"]] = None
            known[schema["name"]] = sum(_smallest_datum(field["type"], known) for field in schema["fields"])
            return known[schema["name"]] or 0
        case "fixed" | "enum":
            known[schema["name"]] = int(schema.get("size", 1))
            return known[schema["name"]] or 0
    size = known.get(kind, 1)
    if size is None:
        raise ValueError(f"{kind} contains itself")
    return size


def read_container(content: bytes) -> Iterator[AvroRecord]:
    """Every record of a container.

    Records of whole blocks are yielded before a damaged block raises. Raises MalformedPacket: NOT_AVRO,
    UNREADABLE_SCHEMA, DAMAGED, or EMPTY when there is no record at all.
    """
    if not content.startswith(MAGIC):
        raise MalformedPacket(Reason.NOT_AVRO, f"no Avro container: {_describe(content)}")
    cursor = _Cursor(content, len(MAGIC))
    header = cursor.guarded(_read_header, "its header")
    schema = writer_schema(header.schema)
    count = 0
    while cursor.offset < len(content):
        for record in cursor.guarded(lambda at: _read_block(at, header, schema), f"after {count} records"):
            count += 1
            yield record
    if count == 0:
        raise MalformedPacket(Reason.EMPTY, "an Avro container without a single record")


def read_datum(schema: WriterSchema, datum: bytes) -> AvroRecord:
    """The one record in a datum that stands alone, without a container. Raises MalformedPacket(DAMAGED)."""
    try:
        (record,) = _split_records(datum, 1, schema)
    except DECODING_ERRORS as error:
        said = str(error) or type(error).__name__
        raise MalformedPacket(
            Reason.DAMAGED, f"the Avro datum does not fit its schema {schema.name or '(unnamed)'}: {said}"
        ) from error
    return record


@dataclass(frozen=True, slots=True)
class _Header:
    schema: bytes
    codec: str
    sync: bytes


class _Cursor:
    """A place in the container's bytes."""

    __slots__ = ("content", "offset")

    def __init__(self, content: bytes, offset: int) -> None:
        self.content = content
        self.offset = offset

    def guarded(self, read: Any, where: str) -> Any:
        """Run a read, turning whatever damaged bytes make it raise into MalformedPacket(DAMAGED)."""
        start = self.offset
        try:
            return read(self)
        except MalformedPacket:
            raise
        except DECODING_ERRORS as error:
            said = str(error) or type(error).__name__
            raise MalformedPacket(
                Reason.DAMAGED, f"the Avro container is damaged {where} (near byte {start}): {said}"
            ) from error

    def take(self, size: int) -> bytes:
        end = self.offset + size
        if size < 0 or end > len(self.content):
            raise EOFError(
                f"it ends too early, {size} bytes are wanted where {len(self.content) - self.offset} are left"
            )
        taken = self.content[self.offset : end]
        self.offset = end
        return taken

    def long(self) -> int:
        """A zigzag variable-length integer."""
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return (value >> 1) ^ -(value & 1)
            shift += 7
            if shift > 63:
                raise ValueError("a number longer than 64 bits")


def _read_header(cursor: _Cursor) -> _Header:
    metadata: dict[str, bytes] = {}
    while (entries := cursor.long()) != 0:
        if entries < 0:
            cursor.long()
        for _ in range(abs(entries)):
            key = cursor.take(cursor.long()).decode()
            metadata[key] = cursor.take(cursor.long())
    if "avro.schema" not in metadata:
        raise ValueError("its header has no avro.schema")
    codec = metadata.get("avro.codec", b"null").decode()
    return _Header(metadata["avro.schema"], codec, cursor.take(SYNC_SIZE))


def _read_block(cursor: _Cursor, header: _Header, schema: WriterSchema) -> list[AvroRecord]:
    count, size = cursor.long(), cursor.long()
    if count < 0:
        raise ValueError("a block with a negative number of records")
    payload = _decompress(header.codec, cursor.take(size))
    if count > len(payload):
        raise ValueError(f"a block of {len(payload)} bytes cannot hold {count} records")
    if cursor.take(SYNC_SIZE) != header.sync:
        raise ValueError("expected sync marker not found behind a block")
    return _split_records(payload, count, schema)


def _split_records(payload: bytes, count: int, schema: WriterSchema) -> list[AvroRecord]:
    offset = 0
    records = []
    for _ in range(count):
        record, end = schema.reader.read(payload, offset)
        records.append(AvroRecord(schema, payload[offset:end], record))
        offset = end
    if offset != len(payload):
        raise ValueError(f"{len(payload) - offset} bytes too many in a block")
    return records


def _decompress(codec: str, data: bytes) -> bytes:
    match codec:
        case "null":
            return data
        case "deflate":
            return _bounded(zlib.decompressobj(-15), data)
        case "snappy":
            return _unsnappy(data)
        case "zstandard":
            return _unzstandard(data)
        case "bzip2":
            return _bounded(bz2.BZ2Decompressor(), data)
        case "xz":
            return _bounded(lzma.LZMADecompressor(memlimit=MAX_BLOCK_BYTES), data)
        case _:
            raise ValueError(f"unknown codec {codec!r}")


class _Unpacker(Protocol):
    @property
    def eof(self) -> bool: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def _bounded(unpacker: _Unpacker, data: bytes) -> bytes:
    plain = unpacker.decompress(data, MAX_BLOCK_BYTES + 1)
    if not unpacker.eof:
        raise _too_large() if len(plain) > MAX_BLOCK_BYTES else EOFError("a compressed block ends too early")
    return plain


def _too_large() -> ValueError:
    return ValueError(f"a block of more than {MAX_BLOCK_BYTES} bytes")


def _unzstandard(data: bytes) -> bytes:
    """Into a buffer that grows until it suffices; the frame need not say how large it is."""
    size = 8 * len(data) + 4096
    while True:
        buffer = bytearray(min(size, MAX_BLOCK_BYTES))
        try:
            return bytes(memoryview(buffer)[: cramjam.zstd.decompress_into(data, buffer)])
        except cramjam.DecompressionError as error:
            if "whole buffer" not in str(error):
                raise
        if size >= MAX_BLOCK_BYTES:
            raise _too_large()
        size *= 8


def _unsnappy(data: bytes) -> bytes:
    """Avro's snappy blocks end with the CRC-32 of the uncompressed bytes."""
    if cramjam.snappy.decompress_raw_len(data[:-4]) > MAX_BLOCK_BYTES:
        raise _too_large()
    plain = bytes(cramjam.snappy.decompress_raw(data[:-4]))
    if zlib.crc32(plain) != int.from_bytes(data[-4:], "big"):
        raise ValueError("the checksum of a snappy block does not match")
    return plain


def _describe(content: bytes) -> str:
    """What the first bytes say the content is, for a person."""
    signatures = {
        b"PAR1": "a Parquet file",
        b"\x1f\x8b": "gzip data that holds no Avro",
        b"%PDF": "a PDF",
        b"PK\x03\x04": "a zip archive",
        b"SIMPLE": "a FITS file",
        b"<": "HTML or XML text",
        b"{": "JSON text",
        b"\x00": "it may be a Kafka message with a schema registry header",
    }
    if not content:
        return "no bytes at all"
    for signature, meaning in signatures.items():
        if content.lstrip()[: len(signature)] == signature:
            return f"{meaning} ({len(content)} bytes)"
    return f"it begins with {content[:16]!r} ({len(content)} bytes)"
