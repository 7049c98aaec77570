"""CSV (RFC 4180, with plain line ends): a line of names, then the rows.

What is not there is an empty field. Numbers have all their digits; booleans are `true` and `false`.
"""

import csv
import io
from collections.abc import Callable, Sequence
from typing import Any

from takeout.column import Extent, Kind, Row, Table

Convert = Callable[[Sequence[Any]], Sequence[Any]]


class CsvWriter:
    """Writes one table."""

    def __init__(self) -> None:
        self._converters: list[Convert] = []

    def begin(self) -> bytes:
        return b""

    def begin_table(self, table: Table, extent: Extent) -> bytes:
        del extent
        self._converters = [_CONVERTERS.get(column.kind, _as_they_are) for column in table.columns]
        return _lines([[column.name for column in table.columns]])

    def rows(self, batch: Sequence[Row]) -> bytes:
        columns = zip(*batch, strict=True)
        converted = [convert(values) for convert, values in zip(self._converters, columns, strict=False)]
        return _lines(list(zip(*converted, strict=True)))

    def end_table(self) -> bytes:
        return b""

    def end(self) -> bytes:
        return b""


def _lines(rows: Sequence[Row]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _as_they_are(values: Sequence[Any]) -> Sequence[Any]:
    return values


def _floats(values: Sequence[float | None]) -> Sequence[float | None]:
    return [None if value != value else value for value in values]


def _booleans(values: Sequence[bool | None]) -> Sequence[str | None]:
    return [None if value is None else "true" if value else "false" for value in values]


_CONVERTERS: dict[Kind, Convert] = {
    Kind.FLOAT32: _floats,
    Kind.FLOAT64: _floats,
    Kind.BOOLEAN: _booleans,
}
