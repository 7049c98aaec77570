"""Rows for COPY, packed a column at a time: for tables of many millions of rows, none of them null."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection, sql

SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
END = b"\xff\xff"
POSTGRES_EPOCH_MJD = 51544.0
"""2000-01-01: timestamptz counts microseconds from here."""
MICROSECONDS_PER_DAY = 86_400_000_000

Columns = Mapping[str, NDArray[Any]]
"""Columns of equal length: int64, int32, float64, float32, bool, or S1 for text of one letter."""


def timestamps(mjd: NDArray[np.float64]) -> NDArray[np.int64]:
    """MJDs as the server keeps instants."""
    return np.rint((mjd - POSTGRES_EPOCH_MJD) * MICROSECONDS_PER_DAY).astype(np.int64)


def copy_columns(connection: Connection, table: str, columns: Columns) -> None:
    """COPY rows into a table."""
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(SIGNATURE)
        copy.write(_packed(columns))
        copy.write(END)


def _packed(columns: Columns) -> bytes:
    """Each row as the number of its fields, then size and value of each; all big-endian."""
    fields: list[tuple[str, str]] = [("fields of the row", ">i2")]
    for name, values in columns.items():
        fields += [(f"size of {name}", ">i4"), (name, _big_endian(values.dtype))]
    rows = np.empty(len(next(iter(columns.values()))), dtype=fields)
    rows["fields of the row"] = len(columns)
    for name, values in columns.items():
        rows[f"size of {name}"] = values.dtype.itemsize
        rows[name] = values
    return rows.tobytes()


def _big_endian(kind: np.dtype[Any]) -> str:
    return kind.newbyteorder(">").str
