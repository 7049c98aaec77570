"""VOTable 1.4 with its rows as TABLEDATA, so that it can be sent as it is written.

What is not there is an empty cell. Coordinates refer to a COOSYS (ICRS), times to a TIMESYS (MJD, UTC). A table
that a limit cut short is followed by an INFO named QUERY_STATUS with the value OVERFLOW.
"""

import re
from collections.abc import Callable, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from takeout.column import Column, Extent, Kind, Row, Table

HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<VOTABLE version="1.4" xmlns="http://www.ivoa.net/xml/VOTable/v1.3" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://www.ivoa.net/xml/VOTable/v1.3 http://www.ivoa.net/xml/VOTable/v1.3">\n'
)
RESULTS = (
    '<RESOURCE type="results">\n'
    '<INFO name="QUERY_STATUS" value="OK"/>\n'
    '<COOSYS ID="icrs" system="ICRS"/>\n'
    '<TIMESYS ID="mjd_utc" timeorigin="2400000.5" timescale="UTC" refposition="TOPOCENTER"/>\n'
)
OVERFLOW = '<INFO name="QUERY_STATUS" value="OVERFLOW"/>\n'
TAIL = "</RESOURCE>\n</VOTABLE>\n"

_DATATYPES = {
    Kind.INT32: "int",
    Kind.INT64: "long",
    Kind.FLOAT32: "float",
    Kind.FLOAT64: "double",
    Kind.BOOLEAN: "boolean",
}
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


class VOTableWriter:
    """Writes tables of one resource."""

    def __init__(self) -> None:
        self._cells: list[Callable[[Sequence[Any]], list[str]]] = []
        self._truncated = False

    def begin(self) -> bytes:
        return f"{HEAD}{RESULTS}".encode()

    def begin_table(self, table: Table, extent: Extent) -> bytes:
        self._cells = [CELLS[column.kind] for column in table.columns]
        self._truncated = extent.truncated
        return f"{table_head(table, extent.rows)}<DATA>\n<TABLEDATA>\n".encode()

    def rows(self, batch: Sequence[Row]) -> bytes:
        columns = zip(*batch, strict=True)
        cells = [convert(values) for convert, values in zip(self._cells, columns, strict=False)]
        lines = ("</TD><TD>".join(row) for row in zip(*cells, strict=True))
        return "".join(f"<TR><TD>{line}</TD></TR>\n" for line in lines).encode()

    def end_table(self) -> bytes:
        return f"</TABLEDATA>\n</DATA>\n</TABLE>\n{OVERFLOW if self._truncated else ''}".encode()

    def end(self) -> bytes:
        return TAIL.encode()


def votable_of(table: Table) -> str:
    """A VOTable of the columns alone, without any row."""
    return f"{HEAD}{RESULTS}{table_head(table, None)}</TABLE>\n{TAIL}"


def table_head(table: Table, rows: int | None) -> str:
    """A table as far as its columns; `rows` is told when it is known."""
    counted = "" if rows is None else f' nrows="{rows}"'
    fields = "".join(map(_field, table.columns))
    return f"<TABLE name={attribute(table.name)}{counted}>\n{_description(table.description)}{fields}"


def _field(column: Column) -> str:
    attributes = {"name": column.name, **_type_of(column)}
    attributes |= {name: value for name, value in (("ucd", column.ucd), ("unit", column.unit)) if value}
    if column.is_place:
        attributes["ref"] = "icrs"
    elif column.is_time:
        attributes["ref"] = "mjd_utc"
    text = " ".join(f"{name}={attribute(value)}" for name, value in attributes.items())
    return f"<FIELD {text}>\n{_description(column.description)}</FIELD>\n"


def _type_of(column: Column) -> dict[str, str]:
    if column.kind is not Kind.TEXT:
        return {"datatype": _DATATYPES[column.kind]}
    return {"datatype": "char" if column.ascii else "unicodeChar", "arraysize": "*"}


def _description(text: str) -> str:
    return f"<DESCRIPTION>{_text(text)}</DESCRIPTION>\n"


def attribute(text: str) -> str:
    """A text as the value of an attribute, in quotes."""
    return quoteattr(_NOT_XML.sub(REPLACEMENT, text))


def _text(text: str) -> str:
    return escape(_NOT_XML.sub(REPLACEMENT, text), {"\r": "&#13;"})


def _texts(values: Sequence[str | None]) -> list[str]:
    return ["" if value is None else _text(value) for value in values]


def _integers(values: Sequence[int | None]) -> list[str]:
    return ["" if value is None else str(value) for value in values]


def _booleans(values: Sequence[bool | None]) -> list[str]:
    return ["" if value is None else "T" if value else "F" for value in values]


def _doubles(values: Sequence[float | None]) -> list[str]:
    return ["" if value is None else _SPECIAL.get(text := repr(value), text) for value in values]


def _singles(values: Sequence[float | None]) -> list[str]:
    """Nine digits tell every 32-bit float from its neighbours."""
    return ["" if value is None else _SPECIAL.get(text := f"{value:.9g}", text) for value in values]


_SPECIAL = {"nan": "", "inf": "+Inf", "-inf": "-Inf"}
CELLS: dict[Kind, Callable[[Sequence[Any]], list[str]]] = {
    Kind.INT32: _integers,
    Kind.INT64: _integers,
    Kind.FLOAT32: _singles,
    Kind.FLOAT64: _doubles,
    Kind.BOOLEAN: _booleans,
    Kind.TEXT: _texts,
}
