"""Avro arrays of flat records: found by a pattern, decoded where somebody asks.

An alert brings the history of its object as an array of up to thousands of records of some hundred numbers, of
which ten are wanted. A general reader decodes them all, one by one. Yet a record of numbers, each of which may be
null, is a regular expression: the pattern says where each field lies, and a row decodes a field when it is read.
That is several times faster.
"""

import re
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

Schema = Any
"""A schema as JSON has it, references to other types by their full names."""

SHORT = 0x80
"""Numbers below fill one byte."""

FLOAT, DOUBLE = struct.Struct("<f"), struct.Struct("<d")

VARIABLE_LENGTH = rb"(?:[\x80-\xff]{0,8}+[\x00-\x7f]|[\x80-\xff]{9}[\x00\x01])"
"""Seven bits a byte, 64 bits at most."""
NUMBERS = {
    "boolean": rb"[\x00\x01]",
    "int": VARIABLE_LENGTH,
    "long": VARIABLE_LENGTH,
    "float": rb"(?s:.{4})",
    "double": rb"(?s:.{8})",
}
BRANCH_TAGS = (b"\x00", b"\x02")
"""How a union says that its first, or second, branch follows."""


def _long(raw: bytes, start: int) -> int:
    value = shift = 0
    for byte in raw[start:]:
        value |= (byte & 0x7F) << shift
        shift += 7
    return (value >> 1) ^ -(value & 1)


DECODERS: Mapping[str, Callable[[bytes, int], Any]] = {
    "boolean": lambda raw, start: raw[start] == 1,
    "int": _long,
    "long": _long,
    "float": lambda raw, start: FLOAT.unpack_from(raw, start)[0],
    "double": lambda raw, start: DOUBLE.unpack_from(raw, start)[0],
}


class _Field(NamedTuple):
    """A field of a flat record. `null` is the tag that says it is null, None when it cannot be."""

    name: str
    kind: str
    null: bytes | None
    present: bytes
    """The tag that says it is not null; empty when it cannot be null."""


class _Place(NamedTuple):
    """Where a row has a field: in which of its parts, and as which group of that part's pattern."""

    part: int
    group: int
    decode: Callable[[bytes, int], Any] | None
    """None for text, which is decoded already."""
    start: int
    """Where the number begins, behind the tag of its branch."""


class FlatRow(Mapping[str, Any]):
    """A record whose fields are decoded when they are asked for; equal to the dict of all of them."""

    __slots__ = ("_parts", "_places")

    def __init__(self, places: dict[str, _Place], parts: Sequence[Any]) -> None:
        self._places = places
        self._parts = parts

    def __getitem__(self, name: str) -> Any:
        part, group, decode, start = self._places[name]
        found = self._parts[part]
        if decode is None:
            return found
        raw = found[group]
        return decode(raw, start) if len(raw) > start else None

    def get(self, name: str, default: Any = None) -> Any:
        place = self._places.get(name)
        if place is None:
            return default
        part, group, decode, start = place  # as in __getitem__: a call more would cost as much as the rest
        found = self._parts[part]
        if decode is None:
            return found
        raw = found[group]
        return decode(raw, start) if len(raw) > start else None

    def __contains__(self, name: object) -> bool:
        return name in self._places

    def __iter__(self) -> Iterator[str]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)

    def __repr__(self) -> str:
        return repr(dict(self))


class FlatArray:
    """Reads an array of one kind of flat record."""

    def __init__(self, fields: Sequence[_Field]) -> None:
        self._places: dict[str, _Place] = {}
        self._steps: list[Callable[[bytes, int], tuple[Any, int]]] = []
        run: list[_Field] = []
        for field in fields:
            if field.kind in NUMBERS:
                self._places[field.name] = _Place(
                    len(self._steps), len(run) + 1, DECODERS[field.kind], len(field.present)
                )
                run.append(field)
                continue
            if run:
                self._steps.append(_numbers(run))
                run = []
            self._places[field.name] = _Place(len(self._steps), 0, None, 0)
            self._steps.append(_text(field))
        if run:
            self._steps.append(_numbers(run))

    @classmethod
    def of(cls, items: Schema) -> "FlatArray | None":
        """The reader of an array of `items`; None when these are no records of numbers and text alone."""
        if not isinstance(items, dict) or items.get("type") != "record":
            return None
        fields = [_field(field["name"], field["type"]) for field in items["fields"]]
        known = [field for field in fields if field is not None]
        return cls(known) if known and len(known) == len(fields) else None

    def read(self, data: bytes, offset: int) -> tuple[list[FlatRow], int]:
        """The rows of the array that begins at `offset`, and where it ends. Raises ValueError and IndexError."""
        rows: list[FlatRow] = []
        while True:
            count, offset = read_long(data, offset)
            if count == 0:
                return rows, offset
            if count < 0:
                count = -count
                _, offset = read_long(data, offset)
            for _ in range(count):
                offset = self._append_row(rows, data, offset)

    def _append_row(self, rows: list[FlatRow], data: bytes, offset: int) -> int:
        parts = []
        for step in self._steps:
            part, offset = step(data, offset)
            parts.append(part)
        rows.append(FlatRow(self._places, parts))
        return offset


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
        return _Field(name, kind, None, b"") if kind in NUMBERS or kind == "string" else None
    if not isinstance(kind, list) or len(kind) != 2 or "null" not in kind:
        return None
    null = kind.index("null")
    other = kind[1 - null]
    if not isinstance(other, str) or (other not in NUMBERS and other != "string"):
        return None
    return _Field(name, other, BRANCH_TAGS[null], BRANCH_TAGS[1 - null])


def _numbers(fields: Sequence[_Field]) -> Callable[[bytes, int], tuple[Any, int]]:
    """Finds a run of numbers; its part of a row is the match."""
    match = re.compile(b"".join(b"(" + _pattern(field) + b")" for field in fields)).match

    def step(data: bytes, offset: int) -> tuple[Any, int]:
        found = match(data, offset)
        if found is None:
            raise ValueError(f"no row of an array at byte {offset}, where {fields[0].name} should begin")
        return found, found.end()

    return step


def _pattern(field: _Field) -> bytes:
    number = NUMBERS[field.kind]
    if field.null is None:
        return number
    return re.escape(field.null) + b"|" + re.escape(field.present) + number


def _text(field: _Field) -> Callable[[bytes, int], tuple[Any, int]]:
    """Reads a string; its part of a row is the string, or None."""
    null, present = field.null, field.present

    def step(data: bytes, offset: int) -> tuple[Any, int]:
        if null is not None:
            tag = data[offset : offset + 1]
            offset += 1
            if tag == null:
                return None, offset
            if tag != present:
                raise ValueError(f"{field.name} is neither null nor text at byte {offset}")
        size, start = read_long(data, offset)
        end = start + size
        if size < 0 or end > len(data):
            raise EOFError(f"{field.name} goes on behind the end")
        return data[start:end].decode(), end

    return step
