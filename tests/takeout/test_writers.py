"""Whatever a table holds comes back from each format, value by value, read by libraries of others."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from domain.table_format import TableFormat
from takeout.column import Column, Extent, Kind, Table
from takeout.fits_writer import ascii_of
from takeout.writer import table_writer
from tests.support.read_tables import read_table, read_tables, without_nan

COLUMNS = tuple(
    Column(f"{'optional_' if nullable else ''}{kind.value}", kind, f"A {kind.value}, é <&>.", nullable=nullable)
    for nullable in (False, True)
    for kind in Kind
)
TABLE = Table("things", "Things & others.", (*COLUMNS, Column("letters", Kind.TEXT, "Letters.", ascii=False)))

LETTERS = some.characters(exclude_categories=("Cs", "Cc", "Cn"), exclude_characters="\ufffe\uffff")
ASCII = some.characters(min_codepoint=33, max_codepoint=126)


def values(column: Column) -> some.SearchStrategy[Any]:
    """Values of a column, and None where it may be missing. The smallest integer stands for that in FITS, and a
    blank text in all but Parquet."""
    of_kind: dict[Kind, some.SearchStrategy[Any]] = {
        Kind.INT32: some.integers(-(2**31) + 1, 2**31 - 1),
        Kind.INT64: some.integers(-(2**63) + 1, 2**63 - 1),
        Kind.FLOAT32: some.floats(width=32),
        Kind.FLOAT64: some.floats(),
        Kind.BOOLEAN: some.booleans(),
        Kind.TEXT: some.text(ASCII if column.ascii else LETTERS, max_size=20).map(str.strip).filter(bool),
    }
    return some.none() | of_kind[column.kind] if column.nullable else of_kind[column.kind]


ROWS = some.lists(some.tuples(*map(values, TABLE.columns)), max_size=6)


def written(form: TableFormat, rows: Sequence[Sequence[Any]], *, truncated: bool = False, batch: int = 2) -> bytes:
    """A file of one table, written in small batches."""
    writer = table_writer(form)
    parts = [writer.begin(), writer.begin_table(TABLE, extent_of(rows, truncated=truncated))]
    parts += [writer.rows(rows[start : start + batch]) for start in range(0, len(rows), batch)]
    return b"".join([*parts, writer.end_table(), writer.end()])


def extent_of(rows: Sequence[Sequence[Any]], *, truncated: bool = False) -> Extent:
    widths = {
        column.name: max((len(ascii_of(row[place] or "")) for row in rows), default=0)
        for place, column in enumerate(TABLE.columns)
        if column.kind is Kind.TEXT
    }
    return Extent(len(rows), truncated, widths)


@pytest.mark.parametrize("form", list(TableFormat))
@given(rows=ROWS)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_rows_come_back(form: TableFormat, rows: list[tuple[Any, ...]]) -> None:
    expected = without_nan(rows)
    if form is TableFormat.FITS:
        expected = [(*row[:-1], ascii_of(row[-1]).decode()) for row in expected]
    assert read_table(form, written(form, rows), TABLE) == expected


def test_a_32_bit_float_is_the_same_double_in_csv_and_elsewhere() -> None:
    table = Table("t", "T.", [Column("single", Kind.FLOAT32, "A number.")])
    value = float(np.float32(18.1))
    for form in TableFormat:
        writer = table_writer(form)
        content = writer.begin() + writer.begin_table(table, Extent(1, False, {}))
        content += writer.rows([(value,)]) + writer.end_table() + writer.end()
        assert read_table(form, content, table) == [(value,)], form


@pytest.mark.parametrize("form", [TableFormat.VOTABLE, TableFormat.FITS])
def test_a_file_holds_several_tables(form: TableFormat) -> None:
    first, second = (Table(name, "Numbers.", [Column("n", Kind.INT64, "A number.")]) for name in ("one", "two"))
    writer = table_writer(form)
    content = writer.begin()
    for table, rows in ((first, [(1,), (-(2**62),)]), (second, [])):
        content += writer.begin_table(table, Extent(len(rows), False, {}))
        content += (writer.rows(rows) if rows else b"") + writer.end_table()
    content += writer.end()
    assert read_tables(form, content, [first, second]) == {"one": [(1,), (-(2**62),)], "two": []}


@pytest.mark.parametrize(
    ("letter", "read"), [("\x00", "\ufffd"), ("\r", "\r"), ("\x1b", "\ufffd"), ("\ud800", None)]
)
def test_what_xml_cannot_hold_is_replaced(letter: str, read: str | None) -> None:
    table = Table("t", "T.", [Column("a", Kind.TEXT, "A.", ascii=False)])
    writer = table_writer(TableFormat.VOTABLE)
    content = writer.begin() + writer.begin_table(table, Extent(1, False, {}))
    content += writer.rows([(f"a{letter}b",)]) + writer.end_table() + writer.end()
    assert read_table(TableFormat.VOTABLE, content, table) == [(f"a{read or chr(0xFFFD)}b",)]


def test_large_parquet_files_are_given_out_group_by_group() -> None:
    table = Table("t", "T.", [Column("n", Kind.INT64, "N.")])
    writer = table_writer(TableFormat.PARQUET)
    writer.begin_table(table, Extent(120_000, False, {}))
    sizes = [len(writer.rows([(n,) for n in range(2000)])) for _ in range(60)]
    assert [place for place, size in enumerate(sizes) if size] == [24, 49]
    assert writer.end_table()
