"""VOTables, read as they come: TABLEDATA, BINARY and BINARY2, plain or compressed with gzip."""

import base64
import binascii
import gzip
import math
import struct
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any
from xml.parsers import expat

import numpy as np

from catalogs.table import ROWS_AT_ONCE, BrokenRow, Column, Piece, TableFile, UnreadableTable

CHUNK_BYTES = 256 * 1024
NOT_READ = {"FITS": "a FITS file inside a VOTable: give the FITS file itself"}

Attributes = Mapping[str, str]
Cell = Any
Decode = Callable[[bytes, int], tuple[Cell, int]]
"""Reads a value at an offset; the value, and where the next one begins. Raises _Short."""


class _Short(Exception):
    """The bytes of a value have not all come yet."""


class VOTableFile(TableFile):
    """The first table with rows of a VOTable. Cells of TABLEDATA are texts, those of BINARY are values."""

    format = "VOTable"

    def __init__(self, path: Path) -> None:
        self.path = path
        found = _Parser(self.name, until_data=True)
        for _ in found.read(path):
            pass
        if not found.fields:
            raise UnreadableTable(f"{self.name} is a VOTable without a table that has rows")
        self.columns = [_column(field) for field in found.fields]
        self.frame = found.frame
        self.description = found.description

    def pieces(self, columns: Sequence[str]) -> Iterator[Piece]:
        parser = _Parser(self.name, until_data=False)
        names = [column.name for column in self.columns]
        places = {name: names.index(name) for name in columns}
        first = 1
        for rows, position in parser.read(self.path):
            for start in range(0, len(rows), ROWS_AT_ONCE):
                yield _piece(rows[start : start + ROWS_AT_ONCE], first + start, places, len(names), position)
            first += len(rows)


class _Field:
    """A FIELD element."""

    def __init__(self, attributes: Attributes, name: str) -> None:
        self.name = name
        self.attributes = attributes
        self.description: str | None = None
        self.null: str | None = None


class _Parser:
    """Follows the elements of a VOTable up to the end of its first table with rows."""

    def __init__(self, name: str, *, until_data: bool) -> None:
        self.fields: list[_Field] = []
        self.description: str | None = None
        self._name = name
        self._until_data = until_data
        self._systems: dict[str, str] = {}
        self._path: list[str] = []
        self._text: list[str] | None = None
        self._row: list[str | None] = []
        self._rows: list[list[Cell]] = []
        self._stream: _Stream | None = None
        self._is_done = False

    @property
    def frame(self) -> str | None:
        """The system that the fields refer to, else the first that is named."""
        for field in self.fields:
            if (system := self._systems.get(field.attributes.get("ref", ""))) is not None:
                return system
        return next(iter(self._systems.values()), None)

    def read(self, path: Path) -> Iterator[tuple[list[list[Cell]], float]]:
        """Rows as they come, and how many bytes of the file are read."""
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        with path.open("rb") as raw, _unpacked(raw) as content:
            while not self._is_done:
                try:
                    chunk = content.read(CHUNK_BYTES)
                    parser.Parse(chunk, not chunk)
                except (expat.ExpatError, OSError, EOFError, binascii.Error) as error:
                    raise UnreadableTable(f"{self._name} is no VOTable that can be read: {error}") from error
                if len(self._rows) >= ROWS_AT_ONCE or (self._rows and (self._is_done or not chunk)):
                    yield self._rows, float(raw.tell())
                    self._rows = []
                if not chunk:
                    return

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        element = name.rpartition("}")[2]
        self._path.append(element)
        match element:
            case "TD":
                self._text = []
            case "TR":
                self._row = []
            case "COOSYS" if "system" in attributes:
                self._systems[attributes.get("ID", "")] = attributes["system"]
            case "TABLE":
                self.fields = []
            case "FIELD":
                self.fields.append(_Field(attributes, self._free_name(attributes)))
            case "VALUES" if self._parent == "FIELD":
                self.fields[-1].null = attributes.get("null")
            case "DESCRIPTION":
                self._text = []
            case "DATA" if self._until_data:
                self._is_done = True
            case "BINARY" | "BINARY2":
                self._stream = _Stream(self.fields, has_flags=element == "BINARY2")
            case "STREAM" if self._stream is not None:
                if attributes.get("href") or attributes.get("encoding", "base64") != "base64":
                    raise UnreadableTable(f"{self._name} keeps its rows outside of itself, or packed: not read")
            case "FITS":
                raise UnreadableTable(f"{self._name}: {NOT_READ[element]}")

    def _end(self, name: str) -> None:
        element = name.rpartition("}")[2]
        self._path.pop()
        if element == "TD":
            self._row.append("".join(self._text or ()))
            self._text = None
        elif element == "TR":
            self._rows.append(self._row)
        elif element == "DESCRIPTION":
            self._describe(" ".join("".join(self._text or ()).split()))
            self._text = None
        elif element == "DATA":
            if self._stream is not None:
                self._stream.end(self._name)
            self._is_done = True

    def _data(self, text: str) -> None:
        if self._text is not None:
            self._text.append(text)
        elif self._stream is not None and self._path[-1] == "STREAM":
            self._rows += self._stream.feed(text)

    def _describe(self, text: str) -> None:
        parent = self._path[-1] if self._path else ""
        if parent == "FIELD":
            self.fields[-1].description = text or None
        elif parent == "TABLE" or (parent in ("RESOURCE", "VOTABLE") and self.description is None):
            self.description = text or None

    @property
    def _parent(self) -> str:
        return self._path[-2] if len(self._path) > 1 else ""

    def _free_name(self, attributes: Attributes) -> str:
        """The name of a field; one that others have already gets a number."""
        wanted = attributes.get("name") or attributes.get("ID") or f"column{len(self.fields) + 1}"
        taken = {field.name for field in self.fields}
        name, number = wanted, 2
        while name in taken:
            name, number = f"{wanted}_{number}", number + 1
        return name


class _Stream:
    """Rows of BINARY and BINARY2, in base64."""

    def __init__(self, fields: Sequence[_Field], *, has_flags: bool) -> None:
        self._decoders = [_decoder(field) for field in fields]
        self._nulls = [field.null for field in fields]
        self._flag_bytes = (len(fields) + 7) // 8 if has_flags else 0
        self._letters = ""
        self._bytes = b""

    def feed(self, text: str) -> list[list[Cell]]:
        """The rows that are complete with some more text."""
        letters = self._letters + "".join(text.split())
        whole = len(letters) // 4 * 4
        self._letters = letters[whole:]
        self._bytes += base64.b64decode(letters[:whole], validate=True)
        rows, offset = [], 0
        while offset < len(self._bytes):
            try:
                row, offset = self._row(offset)
            except _Short:
                break
            rows.append(row)
        self._bytes = self._bytes[offset:]
        return rows

    def end(self, name: str) -> None:
        if self._bytes or self._letters:
            raise UnreadableTable(f"{name} ends within a row")

    def _row(self, offset: int) -> tuple[list[Cell], int]:
        flags = self._bytes[offset : offset + self._flag_bytes]
        offset += self._flag_bytes
        row: list[Cell] = []
        for place, decode in enumerate(self._decoders):
            value, offset = decode(self._bytes, offset)
            is_null = bool(flags and flags[place // 8] >> (7 - place % 8) & 1)
            row.append(None if is_null or (value is not None and str(value) == self._nulls[place]) else value)
        return row, offset


_FORMATS = {
    "unsignedByte": "B",
    "short": "h",
    "int": "i",
    "long": "q",
    "float": "f",
    "double": "d",
    "char": "s",
    "unicodeChar": "s",
    "boolean": "c",
    "bit": "B",
    "floatComplex": "ff",
    "doubleComplex": "dd",
}
_TRUE, _FALSE = frozenset(b"Tt1"), frozenset(b"Ff0")


def _decoder(field: _Field) -> Decode:
    """How the values of a field are cut out of bytes."""
    datatype, shape = field.attributes.get("datatype", ""), field.attributes.get("arraysize", "1").strip()
    if datatype not in _FORMATS:
        raise UnreadableTable(f"columns of {datatype or 'no datatype'} in BINARY are not read: {field.name!r}")
    is_variable = shape.endswith("*")
    sizes = [int(size) for size in shape.removesuffix("*").split("x") if size]
    if is_variable and "x" not in shape:
        sizes = []
    count = math.prod(sizes)
    width = struct.calcsize(f">{_FORMATS[datatype]}") * (2 if datatype == "unicodeChar" else 1)

    def decode(content: bytes, offset: int) -> tuple[Cell, int]:
        elements = count
        if is_variable:
            if offset + 4 > len(content):
                raise _Short
            elements = int.from_bytes(content[offset : offset + 4], "big") * count
            offset += 4
        end = offset + ((elements + 7) // 8 if datatype == "bit" else elements * width)
        if end > len(content):
            raise _Short
        return _value(datatype, content[offset:end], elements, is_array=shape != "1"), end

    return decode


def _value(datatype: str, content: bytes, count: int, *, is_array: bool) -> Cell:
    if datatype == "char":
        return content.split(b"\0")[0].decode("utf-8", "replace").rstrip()
    if datatype == "unicodeChar":
        return content.decode("utf-16-be", "replace").split("\0")[0].rstrip()
    if datatype == "boolean":
        values: list[Any] = [True if c in _TRUE else False if c in _FALSE else None for c in content]
    elif datatype == "bit" and not is_array:
        values = [content != b"\0"]  # writers differ in which of the eight it is
    elif datatype == "bit":
        values = [bool(content[place // 8] >> (7 - place % 8) & 1) for place in range(count)]
    else:
        values = list(struct.unpack(f">{_FORMATS[datatype] * count}", content))
        if datatype == "float":
            values = [_shortest(value) for value in values]
    return values if is_array else values[0]


def _shortest(value: float) -> float:
    """A 32-bit float as the 64-bit one of its shortest text."""
    return float(str(np.float32(value)))


def _column(field: _Field) -> Column:
    given = field.attributes
    return Column(field.name, given.get("unit") or None, given.get("ucd") or None, field.description)


def _piece(rows: Sequence[list[Cell]], first: int, places: Mapping[str, int], width: int, position: float) -> Piece:
    numbers: Sequence[int] = range(first, first + len(rows))
    broken: list[BrokenRow] = []
    if any(len(row) != width for row in rows):
        broken = [
            BrokenRow(first + index, None, f"it has {len(row)} cells, and the table has {width} columns")
            for index, row in enumerate(rows)
            if len(row) != width
        ]
        numbers = [first + index for index, row in enumerate(rows) if len(row) == width]
        rows = [row for row in rows if len(row) == width]
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    return Piece(numbers, {name: columns[place] for name, place in places.items()}, broken, position)


def _unpacked(raw: IO[bytes]) -> Any:
    is_packed = raw.read(2) == b"\x1f\x8b"
    raw.seek(0)
    return gzip.GzipFile(fileobj=raw) if is_packed else raw
