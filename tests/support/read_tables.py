"""Tables read back by libraries of others: rows as tuples, None for what is not there."""

import csv
import io
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow.parquet as pq
from astropy.io import fits
from astropy.io.votable import parse
from astropy.table import Table as AstropyTable

from domain.table_format import TableFormat
from takeout.column import Column, Kind, Table

ReadRow = tuple[Any, ...]


def read_table(form: TableFormat, content: bytes, table: Table) -> list[ReadRow]:
    """The rows of the one table in a file."""
    (rows,) = read_tables(form, content, [table]).values()
    return rows


def read_tables(form: TableFormat, content: bytes, tables: Sequence[Table]) -> dict[str, list[ReadRow]]:
    """The rows of every table of a file, by the table's name. CSV has no types: the columns say what to read."""
    match form:
        case TableFormat.CSV:
            (table,) = tables
            return {table.name: list(_csv_rows(content, table.columns))}
        case TableFormat.VOTABLE:
            return {table.name: list(_astropy_rows(found)) for table, found in _votables(content, tables)}
        case TableFormat.FITS:
            return {table.name: list(_fits_rows(content, table)) for table in tables}
        case TableFormat.PARQUET:
            (table,) = tables
            found = pq.read_table(io.BytesIO(content))
            assert found.column_names == [column.name for column in table.columns]
            return {table.name: [tuple(row.values()) for row in found.to_pylist()]}


def without_nan(rows: Iterable[Sequence[Any]]) -> list[ReadRow]:
    """Rows with None for NaN, as every format has it."""
    return [tuple(None if value != value else value for value in row) for row in rows]


def _csv_rows(content: bytes, columns: Sequence[Column]) -> Iterable[ReadRow]:
    names, *rows = csv.reader(io.StringIO(content.decode(), newline=""))
    assert names == [column.name for column in columns]
    kinds: Mapping[Kind, Any] = {
        Kind.TEXT: str,
        Kind.BOOLEAN: {"true": True, "false": False}.__getitem__,
        Kind.INT32: int,
        Kind.INT64: int,
        Kind.FLOAT32: float,
        Kind.FLOAT64: float,
    }
    for row in rows:
        yield tuple(
            None if text == "" else kinds[column.kind](text) for text, column in zip(row, columns, strict=True)
        )


def _votables(content: bytes, tables: Sequence[Table]) -> list[tuple[Table, AstropyTable]]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = list(parse(io.BytesIO(content), verify="exception").iter_tables())
    assert [one.name for one in found] == [table.name for table in tables]
    return [(table, one.to_table(use_names_over_ids=True)) for table, one in zip(tables, found, strict=True)]


def _fits_rows(content: bytes, table: Table) -> Iterable[ReadRow]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with fits.open(io.BytesIO(content), checksum=False) as hdus:
            hdus.verify("exception")
            assert [hdu.name for hdu in hdus][1:]
        found = AstropyTable.read(io.BytesIO(content), hdu=table.name.upper(), format="fits")
    found.convert_bytestring_to_unicode()
    for row in _astropy_rows(found):
        yield tuple(_as_kept_in_fits(value, column) for value, column in zip(row, table.columns, strict=True))


def _as_kept_in_fits(value: Any, column: Column) -> Any:
    """Booleans that may be missing are numbers there."""
    return bool(value) if column.kind is Kind.BOOLEAN and value is not None else value


def _astropy_rows(found: AstropyTable) -> Iterable[ReadRow]:
    columns = [_values(found[name]) for name in found.colnames]
    return zip(*columns, strict=True)


def _values(column: Any) -> list[Any]:
    masked = np.ma.masked_array(column)
    values = masked.filled().tolist() if masked.dtype.kind != "f" else masked.filled(np.nan).tolist()
    missing = np.ma.getmaskarray(masked).tolist()
    return [
        None if gone or value != value or value == "" else value
        for value, gone in zip(values, missing, strict=True)
    ]
