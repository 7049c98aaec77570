"""A table in a file, read in pieces, whatever its format."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from domain.errors import ArrayanError

ROWS_AT_ONCE = 20_000
"""Rows in a piece: some megabytes of memory, whatever the size of the file."""


class UnreadableTable(ArrayanError):
    """A file that cannot be read as a table; the message says which, where and why."""


class UnclearColumn(UnreadableTable):
    """A table whose columns of identifier or position cannot be told; `role` is what would have to be
    told: id, ra, dec or raUnit."""

    def __init__(self, role: str, message: str) -> None:
        super().__init__(message)
        self.role = role


class Column(NamedTuple):
    """What a file says of a column. `unit`, `ucd` and `description` are None where it says nothing."""

    name: str
    unit: str | None = None
    ucd: str | None = None
    description: str | None = None


class BrokenRow(NamedTuple):
    """A row that is not even cut into cells, counted from 1 below the header; `column` is None for all of it."""

    row: int
    column: str | None
    why: str


class Piece(NamedTuple):
    """Rows that follow each other. Cells are texts as they are in the file, or values; None where there are none.

    `rows` are the numbers of the rows, from 1 below the header; `position` is how much of the file is read, in
    its `size`.
    """

    rows: Sequence[int]
    cells: Mapping[str, Sequence[Any]]
    broken: Sequence[BrokenRow]
    position: float


class TableFile(ABC):
    """A table in a file, opened: its columns are known, its rows are still to be read."""

    path: Path
    format: str
    """CSV, VOTable, FITS, Parquet or HATS."""
    columns: Sequence[Column]
    frame: str | None = None
    """The frame of its positions, as the file names it; None where it names none."""
    description: str | None = None

    @property
    def size(self) -> float:
        """What `position` grows to: bytes."""
        return float(self.path.stat().st_size)

    @property
    def name(self) -> str:
        """The file as messages call it."""
        return self.path.name

    @abstractmethod
    def pieces(self, columns: Sequence[str]) -> Iterator[Piece]:
        """The rows from the beginning, with these columns only. Raises UnreadableTable."""

    def column(self, name: str) -> Column:
        """A column by its name, capitals aside where that is plain. Raises UnreadableTable."""
        for column in self.columns:
            if column.name == name:
                return column
        alike = [column for column in self.columns if column.name.lower() == name.lower()]
        if len(alike) == 1:
            return alike[0]
        raise UnreadableTable(f"{self.name} has no column {name!r}; there are {told_names(self.columns)}")


def told_names(columns: Sequence[Column], most: int = 30) -> str:
    """Names of columns for a message."""
    names = ", ".join(column.name for column in columns[:most])
    return f"{names}, ... ({len(columns)} in all)" if len(columns) > most else names or "none"
