"""A table of targets: its positions, and what its columns hold, so that it can be written again in any format.

It is read twice: once for positions and kinds, and once more, piece by piece, when it is written.
"""

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from catalogs.positions import Angle, check_frame
from catalogs.roles import Named, Roles, find_roles
from catalogs.sources import SourceReader, plain_cells
from catalogs.table import TableFile, UnclearColumn, UnreadableTable

NUMBERS = re.compile(r"[0-9+.eE-]+")
"""The letters of numbers, but for infinity."""
ZERO_BEFORE_DIGITS = re.compile(r"[+-]?0[0-9]+")
"""Texts that numbers would not be the same as."""
DIGITS_OF_ANY_INTEGER = 18
"""So many always fit into 64 bits."""
LETTERS_OF_A_NUMBER = 24
"""No number is longer as a text."""
SHOWN_PROBLEMS = 10


class TooManyRows(UnreadableTable):
    """A table with more rows than may be matched at once."""


class CellKind(StrEnum):
    """What all cells of a column are, those without a value aside."""

    BOOLEAN = "boolean"
    INTEGER = "integer"
    FLOAT = "float"
    TEXT = "text"


class CellReader:
    """Finds out what a column holds, and reads it so. Texts that are all numbers are numbers."""

    def __init__(self) -> None:
        self._kinds: set[CellKind] = set()
        self.width = 0
        """Bytes of the longest text, in ASCII with escapes for other letters."""

    @property
    def kind(self) -> CellKind:
        """Texts where there is no value at all."""
        if self._kinds == {CellKind.INTEGER, CellKind.FLOAT}:
            return CellKind.FLOAT
        return next(iter(self._kinds)) if len(self._kinds) == 1 else CellKind.TEXT

    def look(self, cells: Sequence[Any]) -> None:
        """See some more cells."""
        seen = [cell for cell in plain_cells(cells) if cell is not None]
        if not seen:
            return
        if CellKind.TEXT not in self._kinds:
            self._kinds |= _kinds_of(seen)
        self.width = max(self.width, _longest(seen))

    def read(self, cells: Sequence[Any]) -> Sequence[Any]:
        """Cells as values of the kind; None where there is none."""
        return cells_as(self.kind, cells)


def cells_as(kind: CellKind, cells: Sequence[Any]) -> Sequence[Any]:
    """Cells of a column as values of its kind; None where there is none."""
    plain = plain_cells(cells)
    match kind:
        case CellKind.INTEGER:
            return [None if cell is None else int(cell) for cell in plain]
        case CellKind.FLOAT:
            return [None if cell is None else float(cell) for cell in plain]
        case CellKind.TEXT:
            return [cell if cell is None or isinstance(cell, str) else str(cell) for cell in plain]
        case _:
            return plain


class Targets(NamedTuple):
    """A table that was read once. `places` are the good rows by their number in the file."""

    table: TableFile
    roles: Roles
    cells: dict[str, CellReader]
    places: dict[int, int]
    ra: NDArray[np.float64]
    dec: NDArray[np.float64]
    problems: Sequence[str]
    """What is wrong with the first of the rows that cannot be used."""
    bad_count: int

    def rows(self, *, as_they_are: bool) -> Iterator[list[tuple[int, tuple[Any, ...]]]]:
        """The good rows again, piece by piece: each with its place among them, and its cells in the order of the
        columns, as values or `as_they_are` in the file."""
        names = [column.name for column in self.table.columns]
        for piece in self.table.pieces(names):
            columns = [
                piece.cells[name] if as_they_are else self.cells[name].read(piece.cells[name]) for name in names
            ]
            yield [
                (self.places[row], cells)
                for row, cells in zip(piece.rows, zip(*columns, strict=True), strict=True)
                if row in self.places
            ]


def read_targets(
    table: TableFile,
    named: Named,
    *,
    ra_written: Angle | None = None,
    dec_written: Angle | None = None,
    most_rows: int,
) -> Targets:
    """Read a table of targets once. Raises UnreadableTable, UnclearColumn, TooManyRows."""
    check_frame(table)
    roles = find_roles(table, named)
    reader = SourceReader(table, roles, (), ra_written, dec_written)
    cells = {column.name: CellReader() for column in table.columns}
    places: dict[int, int] = {}
    ras, decs, problems, bad_count, count = [np.empty(0)], [np.empty(0)], list[str](), 0, 0
    for piece in table.pieces(list(cells)):
        count += len(piece.rows) + len(piece.broken)
        if count > most_rows:
            raise TooManyRows(f"{table.name} has more than {most_rows:,} rows; send it in parts")
        sources = reader.sources(piece)
        for name, cell_reader in cells.items():
            cell_reader.look(piece.cells[name])
        for row in sources.rows:
            places[row] = len(places)
        ras.append(sources.ra)
        decs.append(sources.dec)
        bad_count += len(sources.bad)
        problems += map(reader.problem, sources.bad[: SHOWN_PROBLEMS - len(problems)])
    if reader.may_be_hours(len(places), max(float(part.max(initial=0.0)) for part in ras)):
        raise UnclearColumn(
            "raUnit",
            f"{table.name}: no right ascension in {roles.ra.name!r} is above 24, and nothing says its unit: say "
            "whether they are hours or degrees",
        )
    return Targets(
        table, roles, cells, places, np.concatenate(ras), np.concatenate(decs), tuple(problems), bad_count
    )


def _kinds_of(cells: Sequence[Any]) -> set[CellKind]:
    """The kinds of cells that have a value."""
    kinds = set()
    types = set(map(type, cells))
    if str in types:
        kinds |= _kinds_of_texts([cell for cell in cells if isinstance(cell, str)])
    if bool in types:
        kinds.add(CellKind.BOOLEAN)
    if float in types:
        kinds.add(CellKind.FLOAT)
    if int in types:
        fit = all(_fits(cell) for cell in cells if type(cell) is int)
        kinds.add(CellKind.INTEGER if fit else CellKind.TEXT)
    return kinds


def _kinds_of_texts(texts: Sequence[str]) -> set[CellKind]:
    if NUMBERS.fullmatch("".join(texts)) is None:
        kinds = set()
        for text in texts:
            kinds.add(_kind_of_text(text))
            if CellKind.TEXT in kinds:
                break
        return kinds
    try:
        for text in texts:
            float(text)
    except ValueError:
        return {CellKind.TEXT}
    whole = [text for text in texts if text.lstrip("+-").isdigit()]
    if not all(map(_is_integer, whole)):
        return {CellKind.TEXT}
    return ({CellKind.INTEGER} if whole else set()) | ({CellKind.FLOAT} if len(whole) < len(texts) else set())


def _kind_of_text(text: str) -> CellKind:
    try:
        float(text)
    except ValueError:
        return CellKind.TEXT
    if "_" in text or not text.isascii():
        return CellKind.TEXT
    if text.lstrip("+-").isdigit():
        return CellKind.INTEGER if _is_integer(text) else CellKind.TEXT
    return CellKind.FLOAT


def _is_integer(whole: str) -> bool:
    """Whether a text of digits is an integer of 64 bits, written as integers are."""
    if whole[0] in "0+-" and ZERO_BEFORE_DIGITS.fullmatch(whole):
        return False
    return len(whole) <= DIGITS_OF_ANY_INTEGER or _fits(int(whole))


def _fits(value: int) -> bool:
    return -(2**63) < value < 2**63


def _longest(cells: Sequence[Any]) -> int:
    """Letters of the longest cell as a text, or a few more where it is a number."""
    texts = [cell for cell in cells if isinstance(cell, str)]
    longest = 0 if len(texts) == len(cells) else LETTERS_OF_A_NUMBER
    if all(map(str.isascii, texts)):
        return max(longest, max(map(len, texts), default=0))
    return max(longest, max(len(text.encode("ascii", "backslashreplace")) for text in texts))
