"""Flat Avro records, alone or in arrays: found by a pattern, decoded where somebody asks.

An alert brings the history of its object as an array of up to thousands of records of some hundred numbers, of
which ten are wanted. A general reader decodes them all, one by one. Yet a record of numbers and short texts, each
of which may be null, is a regular expression: the pattern says where each field lies, and a row decodes a field
when it is read. That is several times faster.
"""

import re
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, Protocol

Schema = Any
"""A schema as JSON has it, references to other types by their full names."""

SHORT = 0x80
"""Numbers below fill one byte."""

FLOAT, DOUBLE = struct.Struct("<f"), struct.Struct("<d")


def _text_pattern(size: int) -> bytes:
    """A string of so many bytes, behind its length: zigzag, in one byte or two."""
    length = bytes([2 * size]) if size < 64 else bytes([2 * size & 0x7F | 0x80, 2 * size >> 7])
    return re.escape(length) + b".{%d}" % size


VARIABLE_LENGTH = rb"(?:[\x80-\xff]{0,8}+[\x00-\x7f]|[\x80-\xff]{9}[\x00\x01])"
"""Seven bits a byte, 64 bits at most."""
NUMBERS = {
    "boolean": rb"[\x00\x01]",
    "int": VARIABLE_LENGTH,
    "long": VARIABLE_LENGTH,
    "float": rb"(?s:.{4})",
    "double": rb"(?s:.{8})",
}
LONGEST_SHORT_TEXT = 127
SHORT_TEXT = rb"(?s:" + b"|".join(_text_pattern(size) for size in range(LONGEST_SHORT_TEXT + 1)) + b")"
"""Longer ones are read field by field."""
BRANCH_TAGS = (b"\x00", b"\x02")
"""How a union says that its first, or second, branch follows."""


def _long(raw: bytes, start: int) -> int:
    if len(raw) == start + 1:
        byte = raw[start]
        return (byte >> 1) ^ -(byte & 1)
    value = shift = 0
    for byte in raw[start:]:
        value |= (byte & 0x7F) << shift
        shift += 7
    return (value >> 1) ^ -(value & 1)


def _text(raw: bytes, start: int) -> str:
    _, begin = read_long(raw, start)
    return raw[begin:].decode()


DECODERS: Mapping[str, Callable[[bytes, int], Any]] = {
    "boolean": lambda raw, start: raw[start] == 1,
    "int": _long,
    "long": _long,
    "float": lambda raw, start: FLOAT.unpack_from(raw, start)[0],
    "double": lambda raw, start: DOUBLE.unpack_from(raw, start)[0],
    "string": _text,
}


class _Field(NamedTuple):
    """A field of a flat record. `null` is the tag that says it is null, None when it cannot be."""

    name: str
    kind: str
    null: bytes | None
    present: bytes
    """The tag that says it is not null; empty when it cannot be null."""


class _Place(NamedTuple):
    """Where a row has a field: as which group of its pattern, and where in that its value begins."""

    group: int
    decode: Callable[[bytes, int], Any]
    start: int


class Raw(Protocol):
    """The bytes of each field of a row, counted from 1: a match, or a list."""

    def __getitem__(self, group: int, /) -> Any: ...


class FlatRow(Mapping[str, Any]):
    """A record whose fields are decoded when they are asked for; equal to the dict of all of them."""

    __slots__ = ("_raw", "_record")

    def __init__(self, record: "FlatRecord", raw: Raw) -> None:
        self._record = record
        self._raw = raw

    def __getitem__(self, name: str) -> Any:
        group, decode, start = self._record.places[name]
        raw = self._raw[group]
        return decode(raw, start) if len(raw) > start else None

    def __contains__(self, name: object) -> bool:
        return name in self._record.places

    def __iter__(self) -> Iterator[str]:
        return iter(self._record.places)

    def __len__(self) -> int:
        return len(self._record.places)

    def __repr__(self) -> str:
        return repr(dict(self))

    def pick(self, picker: "Picker") -> list[Any]:
        """What the picker wants."""
        raws = self._raw
        return [
            None if place is None or len(raw := raws[place[0]]) <= place[2] else place[1](raw, place[2])
            for place in self._record.places_of(picker)
        ]


class Picker:
    """Takes some fields out of a record at once, in their order: the required ones, then the optional ones.

    None for an optional field that the record does not have. Raises KeyError for a required one.
    """

    def __init__(self, required: Sequence[str], optional: Sequence[str] = ()) -> None:
        self.required = tuple(required)
        self.optional = tuple(optional)

    def __call__(self, record: Mapping[str, Any]) -> list[Any]:
        if isinstance(record, FlatRow):
            return record.pick(self)
        return [*(record[name] for name in self.required), *(record.get(name) for name in self.optional)]


class FlatRecord:
    """Reads one kind of flat record."""

    def __init__(self, fields: Sequence[_Field]) -> None:
        self._fields = fields
        self.places = {
            field.name: _Place(group, DECODERS[field.kind], len(field.present))
            for group, field in enumerate(fields, start=1)
        }
        self._picked: dict[Picker, list[_Place | None]] = {}
        self._match = re.compile(b"".join(b"(" + _pattern(field) + b")" for field in fields)).match
        self._texts = [
            (group, len(field.present)) for group, field in enumerate(fields, 1) if field.kind == "string"
        ]

    def places_of(self, picker: Picker) -> list[_Place | None]:
        """Where the fields of a picker are. Raises KeyError when a required one is nowhere."""
        found = self._picked.get(picker)
        if found is None:
            found = [self.places[name] for name in picker.required]
            found += [self.places.get(name) for name in picker.optional]
            self._picked[picker] = found
        return found

    @classmethod
    def of(cls, schema: Schema) -> "FlatRecord | None":
        """The reader of a record; None when it is none of numbers and text alone."""
        if not isinstance(schema, dict) or schema.get("type") != "record":
            return None
        fields = [_field(field["name"], field["type"]) for field in schema["fields"]]
        known = [field for field in fields if field is not None]
        return cls(known) if known and len(known) == len(fields) else None

    def read(self, data: bytes, offset: int) -> tuple[FlatRow, int]:
        """The record that begins at `offset`, and where it ends. Raises ValueError, EOFError and IndexError."""
        found = self._match(data, offset)
        if found is None:
            return self._read_fields(data, offset)
        for group, start in self._texts:
            if len(raw := found[group]) > start and not raw.isascii():
                _text(raw, start)  # raises for what is no UTF-8: damaged records are refused as a whole
        return FlatRow(self, found), found.end()

    def read_array(self, data: bytes, offset: int) -> tuple[list[FlatRow], int]:
        """The records of the array that begins at `offset`, and where it ends. Raises what `read` raises."""
        rows: list[FlatRow] = []
        while True:
            count, offset = read_long(data, offset)
            if count == 0:
                return rows, offset
            if count < 0:
                count = -count
                _, offset = read_long(data, offset)
            for _ in range(count):
                row, offset = self.read(data, offset)
                rows.append(row)

    def _read_fields(self, data: bytes, offset: int) -> tuple[FlatRow, int]:
        """The same one field after the other: with long texts, or damaged."""
        raw = [b""]
        for field in self._fields:
            end = (
                _end_of_text(field, data, offset) if field.kind == "string" else _end_of_number(field, data, offset)
            )
            raw.append(data[offset:end])
            offset = end
        return FlatRow(self, raw), offset


def read_long(data: bytes, offset: int) -> tuple[int, int]:
    """A zigzag variable-length integer, and where it ends. Raises IndexError and ValueError."""
    byte = data[offset]
    if byte < SHORT:
        return (byte >> 1) ^ -(byte & 1), offset + 1
    end = offset + 1
    while data[end] >= SHORT:
        end += 1
    if end - offset > 9 or (end - offset == 9 and data[end] > 1):
        raise ValueError("a number longer than 64 bits")
    return _long(data[offset : end + 1], 0), end + 1


def _field(name: str, kind: Schema) -> _Field | None:
    if isinstance(kind, str):
        return _Field(name, kind, None, b"") if kind in DECODERS else None
    if not isinstance(kind, list) or len(kind) != 2 or "null" not in kind:
        return None
    null = kind.index("null")
    other = kind[1 - null]
    if not isinstance(other, str) or other not in DECODERS:
        return None
    return _Field(name, other, BRANCH_TAGS[null], BRANCH_TAGS[1 - null])


def _pattern(field: _Field) -> bytes:
    value = SHORT_TEXT if field.kind == "string" else NUMBERS[field.kind]
    if field.null is None:
        return value
    return re.escape(field.null) + b"|" + re.escape(field.present) + value


@cache
def _number_match(kind: str) -> Callable[[bytes, int], "re.Match[bytes] | None"]:
    return re.compile(NUMBERS[kind]).match


def _end_of_number(field: _Field, data: bytes, offset: int) -> int:
    start = _value_start(field, data, offset)
    if start is None:
        return offset + 1
    found = _number_match(field.kind)(data, start)
    if found is None:
        raise ValueError(f"{field.name} is no {field.kind} at byte {start}")
    return found.end()


def _end_of_text(field: _Field, data: bytes, offset: int) -> int:
    start = _value_start(field, data, offset)
    if start is None:
        return offset + 1
    size, begin = read_long(data, start)
    end = begin + size
    if size < 0 or end > len(data):
        raise EOFError(f"{field.name} goes on behind the end")
    data[begin:end].decode()
    return end


def _value_start(field: _Field, data: bytes, offset: int) -> int | None:
    """Where the value begins; None when it is null."""
    if field.null is None:
        return offset
    tag = data[offset : offset + 1]
    if tag == field.null:
        return None
    if tag != field.present:
        raise ValueError(f"{field.name} is neither null nor {field.kind} at byte {offset}")
    return offset + 1
