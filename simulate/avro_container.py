"""A record as ZTF sends it: an Avro object container of one record, with its schema inside and no compression."""

import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import fastavro

SCHEMA_PATH = Path(__file__).parent.parent / "surveys" / "schemas" / "ztf" / "4.02" / "alert.avsc"
_MAGIC, _SYNC = b"Obj\x01", b"Arrayan-simulate"


@cache
def raw_schema() -> dict[str, Any]:
    """The bundled schema 4.02 as JSON."""
    schema: dict[str, Any] = json.loads(SCHEMA_PATH.read_text(encoding="utf-8"))
    return schema


@cache
def _parsed_schema() -> Any:
    return fastavro.parse_schema(raw_schema())


def _long(number: int) -> bytes:
    """Avro's variable-length zig-zag integer, of a number that is not negative."""
    number <<= 1
    parts = bytearray()
    while number > 0x7F:
        parts.append((number & 0x7F) | 0x80)
        number >>= 7
    parts.append(number)
    return bytes(parts)


@cache
def _header() -> bytes:
    """The same for every packet: magic, schema and codec, and a fixed sync marker."""
    schema = json.dumps(raw_schema()).encode()
    entries = {b"avro.codec": b"null", b"avro.schema": schema}
    pairs = b"".join(_long(len(name)) + name + _long(len(entry)) + entry for name, entry in entries.items())
    return _MAGIC + _long(len(entries)) + pairs + b"\0" + _SYNC


def pack(record: dict[str, object]) -> bytes:
    """The bytes of the container; raises as fastavro does when a field does not fit the schema."""
    datum = io.BytesIO()
    fastavro.schemaless_writer(datum, _parsed_schema(), record)
    body = datum.getvalue()
    return _header() + _long(1) + _long(len(body)) + body + _SYNC
