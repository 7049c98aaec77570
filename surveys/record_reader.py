"""Reading one Avro record: by fastavro, but for arrays of flat records, which `surveys.avro_rows` reads."""

import io
from collections.abc import Callable, Sequence
from typing import Any

import fastavro

from surveys.avro_rows import FlatArray, read_long

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
    """How to read the fields, in their order; None when there is no array of flat records among them."""
    parts: list[Part] = []
    plain: list[Schema] = []
    named = schema.get("__named_schemas", {})
    found = False
    for field in schema["fields"]:
        array, null = _flat_array(field["type"], named)
        if array is None:
            plain.append(field)
            continue
        found = True
        if plain:
            parts.append(_plain(plain, named))
            plain = []
        parts.append(_rows(field["name"], array, null))
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


def _rows(name: str, array: FlatArray, null: int | None) -> Part:
    """An array of flat records; `null` is the branch that says it is null, None when it cannot be."""

    def part(data: bytes, offset: int, record: dict[str, Any]) -> int:
        if null is not None:
            branch, offset = read_long(data, offset)
            if branch == null:
                record[name] = None
                return offset
            if branch != 1 - null:
                raise ValueError(f"{name} is neither null nor an array")
        record[name], offset = array.read(data, offset)
        return offset

    return part


def _flat_array(kind: Schema, named: dict[str, Schema]) -> tuple[FlatArray | None, int | None]:
    """The reader of a field, when it is an array of flat records that may be null, and its branch that is null."""
    null = None
    if isinstance(kind, list):
        if len(kind) != 2 or "null" not in kind:
            return None, None
        null = kind.index("null")
        kind = kind[1 - null]
    if not isinstance(kind, dict) or kind.get("type") != "array":
        return None, None
    items = kind["items"]
    return FlatArray.of(named.get(items, items) if isinstance(items, str) else items), null
