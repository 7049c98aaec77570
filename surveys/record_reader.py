"""Reading one Avro record: by fastavro, but for flat records in it, which `surveys.avro_rows` reads."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import fastavro

from surveys.avro_rows import FlatRecord, read_long

Schema = Any
Part = Callable[[bytes, int, dict[str, Any]], int]
"""Reads some fields at an offset into a record, and says where they end."""


class RecordReader:
    """Reads records of one schema from the middle of some bytes."""

    def __init__(self, schema: Schema) -> None:
        """`schema` as parse_schema gives it, all its names full."""
        self._parts = _parts(schema) if isinstance(schema, dict) and schema.get("type") == "record" else None
        self._schema = schema

    def read(self, data: bytes, offset: int) -> tuple[Any, int]:
        """The record that begins at `offset`, and where it ends. Raises what fastavro raises."""
        if self._parts is None:
            return _read(self._schema, data, offset)
        record: dict[str, Any] = {}
        for part in self._parts:
            offset = part(data, offset, record)
        return record, offset


def _read(schema: Schema, data: bytes, offset: int) -> tuple[Any, int]:
    stream = io.BytesIO(data)
    stream.seek(offset)
    return fastavro.schemaless_reader(stream, schema, None), stream.tell()


def _parts(schema: Schema) -> Sequence[Part] | None:
    """How to read the fields, in their order; None when there is no flat record among them."""
    parts: list[Part] = []
    plain: list[Schema] = []
    named = schema.get("__named_schemas", {})
    found = False
    for field in schema["fields"]:
        part = _flat_part(field["name"], field["type"], named)
        if part is None:
            plain.append(field)
            continue
        found = True
        if plain:
            parts.append(_plain(plain, named))
            plain = []
        parts.append(part)
    if plain:
        parts.append(_plain(plain, named))
    return parts if found else None


def _plain(fields: Sequence[Schema], named: dict[str, Schema]) -> Part:
    """Fields that fastavro reads, as a record of their own."""
    schema = {
        "type": "record",
        "name": f"fields_from_{fields[0]['name']}",
        "fields": list(fields),
        "__fastavro_parsed": True,
        "__named_schemas": named,
    }

    def part(data: bytes, offset: int, record: dict[str, Any]) -> int:
        found, end = _read(schema, data, offset)
        record.update(found)
        return end

    return part


def _flat_part(name: str, kind: Schema, named: dict[str, Schema]) -> Part | None:
    """How to read a field that holds a flat record, or an array of them, and may be null; None for any other."""
    null = None
    if isinstance(kind, list):
        if len(kind) != 2 or "null" not in kind:
            return None
        null = kind.index("null")
        kind = kind[1 - null]
    is_array = isinstance(kind, dict) and kind.get("type") == "array"
    items = kind["items"] if is_array else kind
    flat = FlatRecord.of(named.get(items, items) if isinstance(items, str) else items)
    if flat is None:
        return None
    return _maybe_null(name, flat.read_array if is_array else flat.read, null)


def _maybe_null(name: str, read: Callable[[bytes, int], tuple[Any, int]], null: int | None) -> Part:
    """A field of a record; `null` is the branch that says it is null, None when it cannot be."""

    def part(data: bytes, offset: int, record: dict[str, Any]) -> int:
        if null is not None:
            branch, offset = read_long(data, offset)
            if branch == null:
                record[name] = None
                return offset
            if branch != 1 - null:
                raise ValueError(f"{name} is neither null nor what it should be")
        record[name], offset = read(data, offset)
        return offset

    return part
