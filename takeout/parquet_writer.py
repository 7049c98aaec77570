"""Parquet: one table, in groups of rows that are written as soon as they are full."""

import io
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from takeout.arrow import arrow_schema, record_batch
from takeout.column import Extent, Row, Table

ROWS_PER_GROUP = 50_000
COMPRESSION = "zstd"


class _Taken(io.RawIOBase):
    """A file that forgets what was taken from it."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []
        self._position = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._position

    def write(self, data: Any) -> int:
        part = bytes(data)
        self._parts.append(part)
        self._position += len(part)
        return len(part)

    def take(self) -> bytes:
        parts, self._parts = self._parts, []
        return b"".join(parts)


class ParquetWriter:
    """Writes one table."""

    def __init__(self) -> None:
        self._file = _Taken()
        self._table = Table("", "", ())
        self._waiting: list[Row] = []
        self._writer: Any = None

    def begin(self) -> bytes:
        return b""

    def begin_table(self, table: Table, extent: Extent) -> bytes:
        self._table = table
        more = {"rows": str(extent.rows), "truncated": str(extent.truncated).lower()}
        self._schema = arrow_schema(table, more)
        sink = pa.PythonFile(self._file, mode="w")
        self._writer = pq.ParquetWriter(sink, self._schema, compression=COMPRESSION, store_schema=True)
        return self._file.take()

    def rows(self, batch: Sequence[Row]) -> bytes:
        self._waiting += batch
        if len(self._waiting) >= ROWS_PER_GROUP:
            self._write_group()
        return self._file.take()

    def end_table(self) -> bytes:
        if self._waiting:
            self._write_group()
        self._writer.close()
        return self._file.take()

    def end(self) -> bytes:
        return b""

    def _write_group(self) -> None:
        rows, self._waiting = self._waiting, []
        self._writer.write_batch(record_batch(self._table.columns, self._schema, rows), ROWS_PER_GROUP)
