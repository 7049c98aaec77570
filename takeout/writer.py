"""Writing tables, whatever the format."""

from collections.abc import Sequence
from typing import Protocol

from domain.table_format import TableFormat
from takeout.column import Extent, Row, Table
from takeout.csv_writer import CsvWriter
from takeout.fits_writer import FitsWriter
from takeout.votable_writer import VOTableWriter


class TableWriter(Protocol):
    """Makes a file, part by part: begin, then for each table begin_table, rows in batches, end_table; then end.

    Every call gives the bytes to append. Formats that hold one table are given one.
    """

    def begin(self) -> bytes: ...

    def begin_table(self, table: Table, extent: Extent) -> bytes: ...

    def rows(self, batch: Sequence[Row]) -> bytes: ...

    def end_table(self) -> bytes: ...

    def end(self) -> bytes: ...


def table_writer(form: TableFormat) -> TableWriter:
    """A writer of one file."""
    match form:
        case TableFormat.CSV:
            return CsvWriter()
        case TableFormat.VOTABLE:
            return VOTableWriter()
        case TableFormat.FITS:
            return FitsWriter()
        case TableFormat.PARQUET:
            from takeout.parquet_writer import ParquetWriter  # pyarrow takes long to load, and most never need it

            return ParquetWriter()
