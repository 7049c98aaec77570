"""Tables as Apache Arrow has them."""

from collections.abc import Sequence
from typing import Any

import pyarrow as pa

from takeout.column import Column, Kind, Row, Table
from takeout.votable_writer import votable_of

_TYPES = {
    Kind.INT32: pa.int32(),
    Kind.INT64: pa.int64(),
    Kind.FLOAT32: pa.float32(),
    Kind.FLOAT64: pa.float64(),
    Kind.BOOLEAN: pa.bool_(),
    Kind.TEXT: pa.string(),
}
_FLOATS = (Kind.FLOAT32, Kind.FLOAT64)


def arrow_schema(table: Table, more: dict[str, str]) -> Any:
    """Columns with their unit, UCD and description; and the same as a VOTable without rows (VOParquet 1.0), which
    TOPCAT and astropy read. `more` is kept beside it."""
    metadata = {
        "name": table.name,
        "description": table.description,
        "timesys": "MJD, UTC",
        "radesys": "ICRS",
        "IVOA.VOTable-Parquet.version": "1.0",
        "IVOA.VOTable-Parquet.content": votable_of(table),
        **more,
    }
    return pa.schema(list(map(arrow_field, table.columns)), metadata)


def arrow_field(column: Column) -> Any:
    """A column, with what is known of it."""
    known = {"unit": column.unit, "ucd": column.ucd, "description": column.description}
    metadata = {name: value for name, value in known.items() if value is not None}
    nullable = column.nullable or column.kind in _FLOATS
    return pa.field(column.name, _TYPES[column.kind], nullable, metadata)


def record_batch(columns: Sequence[Column], schema: Any, rows: Sequence[Row]) -> Any:
    """Rows as columns; a NaN becomes null."""
    values = list(zip(*rows, strict=True)) or [() for _ in columns]
    arrays = [arrow_array(column, of_column) for column, of_column in zip(columns, values, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def arrow_array(column: Column, values: Sequence[Any]) -> Any:
    """The values of a column; a NaN becomes null."""
    return pa.array(values, _TYPES[column.kind], from_pandas=column.kind in _FLOATS)
