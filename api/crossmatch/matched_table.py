"""The table that comes of a crossmatch: the targets' own columns, then what lies near."""

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeVar

from anyio import to_thread

from api.crossmatch.matching import KIND_OF_CELLS, as_rows
from api.table_response import FilledTable
from catalogs.table import ROWS_AT_ONCE
from catalogs.table import Column as FileColumn
from catalogs.targets import CellKind, CellReader, cells_as
from domain.table_format import TableFormat
from takeout.column import Column, Extent, Kind, Row, Table


class OwnColumn(NamedTuple):
    """A column of the targets, and what its cells turned out to be."""

    column: FileColumn
    kind: CellKind
    width: int
    """Letters of its longest text."""

    @classmethod
    def of(cls, column: FileColumn, seen: CellReader) -> "OwnColumn":
        return cls(column, seen.kind, seen.width)


class MatchedTarget(NamedTuple):
    """A row of the targets: its number in the file, from 1; its position, degrees ICRS; its cells as they are;
    and its matches."""

    row: int
    ra: float
    dec: float
    cells: Sequence[Any]
    matches: Sequence[Sequence[Any]]
    """Of each, the values and the separation in arcsec."""


class MatchedTable(NamedTuple):
    """A table that was matched, but for its rows. Columns of matches have the separation last."""

    format: str
    own: Sequence[OwnColumn]
    matched: Sequence[Column]
    widths: Mapping[str, int]
    """Letters of the longest text of columns of matches."""
    row_count: int
    """Rows of the table to be: a target without a match has one."""


def filled(table: MatchedTable, targets: AsyncIterator[Sequence[MatchedTarget]], form: TableFormat) -> FilledTable:
    """The table of an answer. From CSV to CSV, cells stay as they are, letter by letter."""
    as_they_are = form is TableFormat.CSV and table.format == "CSV"
    own = [
        Column(
            one.column.name,
            Kind.TEXT if as_they_are else KIND_OF_CELLS[one.kind],
            one.column.description or "",
            one.column.unit,
            one.column.ucd,
            nullable=True,
            ascii=False,
        )
        for one in table.own
    ]
    columns = [*own, *table.matched]
    known = [one.width for one in table.own] + [table.widths.get(column.name, 0) for column in table.matched]
    if form is TableFormat.FITS:
        columns = [column._replace(name=_ascii(column.name), unit=_ascii(column.unit)) for column in columns]
    names = _free_names([column.name for column in columns])
    widths = dict(zip(names, known, strict=True))
    named = [column._replace(name=name) for column, name in zip(columns, names, strict=True)]
    head = Table("crossmatch", "Targets, and what lies near them", named)
    kinds = None if as_they_are else [one.kind for one in table.own]
    return FilledTable(head, Extent(table.row_count, False, widths), _batches(table, targets, kinds))


async def _batches(
    table: MatchedTable, targets: AsyncIterator[Sequence[MatchedTarget]], kinds: Sequence[CellKind] | None
) -> AsyncGenerator[Sequence[Row], None]:
    async for some in targets:
        rows = await to_thread.run_sync(_rows, table, some, kinds)
        for start in range(0, len(rows), ROWS_AT_ONCE):
            yield rows[start : start + ROWS_AT_ONCE]


def _rows(table: MatchedTable, targets: Sequence[MatchedTarget], kinds: Sequence[CellKind] | None) -> list[Row]:
    if not targets:
        return []
    own: list[Sequence[Any]] = [target.cells for target in targets]
    if kinds is not None:
        columns = [cells_as(kind, cells) for kind, cells in zip(kinds, zip(*own, strict=True), strict=True)]
        own = list(zip(*columns, strict=True))
    nothing: Row = (None,) * len(table.matched)
    matches = iter(as_rows(table.matched, [match for target in targets for match in target.matches]))
    rows: list[Row] = []
    for cells, target in zip(own, targets, strict=True):
        if not target.matches:
            rows.append((*cells, *nothing))
        for _ in target.matches:
            rows.append((*cells, *next(matches)))
    return rows


def _free_names(wanted: Sequence[str]) -> list[str]:
    """Names that differ, capitals aside: a table that was matched before may come again."""
    known: set[str] = set()
    names = []
    for name in wanted:
        free, number = name, 2
        while free.lower() in known:
            free, number = f"{name}_{number}", number + 1
        known.add(free.lower())
        names.append(free)
    return names


Text = TypeVar("Text", str, str | None)


def _ascii(text: Text) -> Text:
    """The letters that the head of a FITS file can hold."""
    return None if text is None else text.encode("ascii", "replace").decode()
