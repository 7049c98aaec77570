"""Rows of tables, made sources of a catalogue: identifier, position in degrees ICRS, and values as text."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray

from catalogs.positions import (
    FEW_ROWS,
    Angle,
    Problem,
    angle_by_cells,
    angle_by_unit,
    declinations,
    right_ascension_by_unit,
    right_ascensions,
)
from catalogs.roles import Roles
from catalogs.table import BrokenRow, Piece, TableFile, UnreadableTable
from domain.errors import ArrayanError

EMPTY = frozenset({"", "nan", "null", "none", "--"})
LONGEST_EMPTY = 4
MOST_HOURS = 24.0


class BadRow(ArrayanError):
    """A row that cannot be used, where nobody said to go on without such rows."""


class Sources(NamedTuple):
    """Usable rows that follow each other, one array or list per column; and the rows that are not usable."""

    rows: Sequence[int]
    """Their numbers, from 1 below the header."""
    ids: Sequence[str]
    ra: NDArray[np.float64]
    dec: NDArray[np.float64]
    values: Sequence[str]
    """Of each row a JSON array, in the order of the columns that were asked for."""
    bad: Sequence[BrokenRow]
    position: float
    """How much of the file is read, in its `size`."""


class SourceReader:
    """Reads a table as sources. `ra_written` and `dec_written` are None to go by units, then by the first rows."""

    def __init__(
        self,
        table: TableFile,
        roles: Roles,
        columns: Sequence[str],
        ra_written: Angle | None = None,
        dec_written: Angle | None = None,
    ) -> None:
        self.table = table
        self._roles = roles
        self._columns = columns
        self._ra_written = ra_written or right_ascension_by_unit(roles.ra)
        self._dec_written = dec_written or angle_by_unit(roles.dec)
        self._may_be_hours = self._ra_written is None

    def read(self) -> Iterator[Sources]:
        """All rows, in pieces. Raises UnreadableTable, also when right ascensions may be hours."""
        roles = self._roles
        places = [column.name for column in (roles.id, roles.ra, roles.dec) if column is not None]
        count, largest = 0, 0.0
        for piece in self.table.pieces(list(dict.fromkeys([*places, *self._columns]))):
            sources = self.sources(piece)
            count += len(sources.ids)
            largest = max(largest, float(sources.ra.max(initial=0.0)))
            yield sources
        if self.may_be_hours(count, largest):
            raise UnreadableTable(
                f"{self.table.name}: no right ascension in {roles.ra.name!r} is above 24, and nothing says its "
                "unit. Are they hours? Say --ra-unit hours or --ra-unit degrees"
            )

    def may_be_hours(self, count: int, largest: float) -> bool:
        """Whether right ascensions that nobody explained, so many and none above the largest, may well be hours."""
        is_guessed = self._may_be_hours and self._ra_written is Angle.DEGREES
        return is_guessed and count > FEW_ROWS and largest <= MOST_HOURS

    @property
    def written(self) -> tuple[Angle | None, Angle | None]:
        """How right ascensions and declinations are written; None before the first rows are read."""
        return self._ra_written, self._dec_written

    def problem(self, bad: BrokenRow) -> str:
        """What is wrong with a row, in one line."""
        where = f"column {bad.column!r}: " if bad.column is not None else ""
        return f"{self.table.name}, row {bad.row}, {where}{bad.why}"

    def sources(self, piece: Piece) -> Sources:
        """The rows of a piece that has the columns of identifier and position, and those that were asked for."""
        ra_cells, dec_cells = piece.cells[self._roles.ra.name], piece.cells[self._roles.dec.name]
        if self._ra_written is None:
            self._ra_written = angle_by_cells(ra_cells)
        if self._dec_written is None:
            self._dec_written = angle_by_cells(dec_cells)
        ra, ra_problems = right_ascensions(ra_cells, self._ra_written, self._roles.ra.name)
        dec, dec_problems = declinations(dec_cells, self._dec_written, self._roles.dec.name)
        rows, ids = piece.rows, self._ids(piece)
        values = values_of([piece.cells[name] for name in self._columns], len(rows))
        problems = _first_of_each([*ra_problems, *dec_problems])
        if problems:
            good = [index for index in range(len(rows)) if index not in problems]
            bad = [BrokenRow(rows[index], problem.column, problem.why) for index, problem in problems.items()]
            rows, ids = [rows[index] for index in good], [ids[index] for index in good]
            values = [values[index] for index in good]
            ra, dec = ra[good], dec[good]
        else:
            bad = []
        return Sources(rows, ids, ra, dec, values, sorted([*piece.broken, *bad]), piece.position)

    def _ids(self, piece: Piece) -> Sequence[str]:
        if self._roles.id is None:
            return list(map(str, piece.rows))
        cells = piece.cells[self._roles.id.name]
        return [
            cell.strip()
            if isinstance(cell, str) and cell.strip()
            else str(row)
            if cell in (None, "")
            else str(cell)
            for cell, row in zip(cells, piece.rows, strict=True)
        ]


def values_of(columns: Sequence[Sequence[Any]], count: int) -> Sequence[str]:
    """Of each row a JSON array of its cells."""
    if not columns:
        return ["[]"] * count
    dumps = orjson.dumps
    plain = [plain_cells(column) for column in columns]
    return [dumps(row).decode() for row in zip(*plain, strict=True)]


def plain_cells(cells: Sequence[Any]) -> Sequence[Any]:
    """Cells that JSON can hold; what means nothing is None."""
    return [
        (None if len(text := cell.strip()) <= LONGEST_EMPTY and text.lower() in EMPTY else text)
        if isinstance(cell, str)
        else cell
        if cell is None or isinstance(cell, int | float | bool)
        else _told(cell)
        for cell in cells
    ]


def _told(cell: Any) -> Any:
    """Arrays and whatever else as text."""
    if isinstance(cell, bytes):
        return cell.decode("utf-8", "replace")
    if isinstance(cell, list | tuple | dict):
        return orjson.dumps(cell, default=str).decode()
    return str(cell)


def _first_of_each(problems: Sequence[Problem]) -> dict[int, Problem]:
    found: dict[int, Problem] = {}
    for problem in problems:
        found.setdefault(problem.place, problem)
    return dict(sorted(found.items()))
