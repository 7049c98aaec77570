"""The beginning of a table, as it can be shown and kept when its file has gone."""

from collections.abc import Iterator, Mapping, Sequence
from math import isfinite, isnan
from pathlib import Path
from typing import Any, NamedTuple

from catalogs.sources import plain_cells
from catalogs.table import BrokenRow, Column, Piece, TableFile
from catalogs.targets import TooManyRows

SHOWN_ROWS = 10


class FirstRows(TableFile):
    """The first rows of a table: cells are texts, numbers, truths or None."""

    def __init__(self, told: Mapping[str, Any]) -> None:
        """From what `as_told` gave."""
        self.path = Path(told["name"])
        self.format = told["format"]
        self.columns = [Column(*column) for column in told["columns"]]
        self.frame = told["frame"]
        self.rows: Sequence[int] = told["rows"]
        self.cells: Sequence[Sequence[Any]] = told["cells"]
        """Column by column."""
        self.broken = [BrokenRow(*broken) for broken in told["broken"]]

    @property
    def size(self) -> float:
        return float(len(self.rows))

    def pieces(self, columns: Sequence[str]) -> Iterator[Piece]:
        cells = {column.name: cells for column, cells in zip(self.columns, self.cells, strict=True)}
        yield Piece(self.rows, {name: cells[name] for name in columns}, self.broken, self.size)

    def as_told(self) -> Mapping[str, Any]:
        """What JSON can hold, to make it again of."""
        return {
            "name": self.path.name,
            "format": self.format,
            "columns": [tuple(column) for column in self.columns],
            "frame": self.frame,
            "rows": list(self.rows),
            "cells": self.cells,
            "broken": [tuple(broken) for broken in self.broken],
        }


class LookedThrough(NamedTuple):
    """A table that was read to its end: how many rows it has, broken ones among them, and the first of them."""

    row_count: int
    first: FirstRows


def look_through(table: TableFile, most_rows: int) -> LookedThrough:
    """Read a table to its end. Raises UnreadableTable, TooManyRows."""
    names = [column.name for column in table.columns]
    count, first = 0, None
    for piece in table.pieces(names):
        count += len(piece.rows) + len(piece.broken)
        if count > most_rows:
            raise TooManyRows(f"{table.name} has more than {most_rows:,} rows; send it in parts")
        first = first or _beginning(table, piece)
    return LookedThrough(count, first or _beginning(table, Piece((), dict.fromkeys(names, ()), (), 0.0)))


def _beginning(table: TableFile, piece: Piece) -> FirstRows:
    return FirstRows(
        {
            "name": table.name,
            "format": table.format,
            "columns": table.columns,
            "frame": table.frame,
            "rows": list(piece.rows[:SHOWN_ROWS]),
            "cells": [_told(piece.cells[column.name][:SHOWN_ROWS]) for column in table.columns],
            "broken": piece.broken[:SHOWN_ROWS],
        }
    )


def _told(cells: Sequence[Any]) -> Sequence[Any]:
    """Cells that JSON can hold: numbers that are none, or no end, are what a text would say of them."""
    return [
        cell if not isinstance(cell, float) or isfinite(cell) else None if isnan(cell) else str(cell)
        for cell in plain_cells(cells)
    ]
