"""Columns as tables of astropy, pandas, polars and pyarrow, as text, and as files."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from arrayan_client.columns import Column, Kind
from arrayan_client.errors import InvalidInput
from arrayan_client.optional import optional

Values = Mapping[str, list[Any]]

FORMATS = ("table", "csv", "json", "parquet", "vot", "fits")
BLANK = {Kind.TEXT: "", Kind.IDENTIFIER: 0, Kind.INT: 0, Kind.BOOL: False, Kind.FLOAT: float("nan")}
NUMPY_TYPES = {
    Kind.IDENTIFIER: "int64",
    Kind.INT: "int64",
    Kind.BOOL: "bool",
    Kind.FLOAT: "float64",
    Kind.TEXT: "str",
}
PANDAS_TYPES = {Kind.IDENTIFIER: "Int64", Kind.INT: "Int64", Kind.BOOL: "boolean"}


def astropy_table(values: Values, columns: Sequence[Column]) -> Any:
    """See Rows.to_table."""
    table = optional("astropy.table", "to_table()")
    numpy = optional("numpy", "to_table()")
    made = table.Table()
    for column in columns:
        items = values[column.name]
        if column.kind is Kind.TIME:
            items = [None if item is None else item.isoformat() for item in items]
        kind = Kind.TEXT if column.kind is Kind.TIME else column.kind
        missing = numpy.array([item is None for item in items], dtype=bool)
        filled = [BLANK[kind] if item is None else item for item in items]
        data = numpy.array(filled, dtype=NUMPY_TYPES[kind])
        options = {"name": column.name, "unit": column.unit, "description": column.description}
        if missing.any() and kind is not Kind.FLOAT:
            made[column.name] = table.MaskedColumn(data, mask=missing, **options)
        else:
            made[column.name] = table.Column(data, **options)
    return made


def pandas_frame(values: Values, columns: Sequence[Column]) -> Any:
    """See Rows.to_pandas."""
    pandas = optional("pandas", "to_pandas()")
    frame = pandas.DataFrame({column.name: _series(pandas, values[column.name], column.kind) for column in columns})
    frame.attrs["units"] = {column.name: column.unit for column in columns if column.unit}
    return frame


def polars_frame(values: Values, columns: Sequence[Column]) -> Any:
    """See Rows.to_polars."""
    polars = optional("polars", "to_polars()")
    types = {
        Kind.TEXT: polars.String,
        Kind.IDENTIFIER: polars.Int64,
        Kind.INT: polars.Int64,
        Kind.FLOAT: polars.Float64,
        Kind.BOOL: polars.Boolean,
        Kind.TIME: polars.Datetime("us", "UTC"),
    }
    return polars.DataFrame(dict(values), schema={column.name: types[column.kind] for column in columns})


def arrow_table(values: Values, columns: Sequence[Column]) -> Any:
    """See Rows.to_arrow."""
    arrow = optional("pyarrow", "a table of Arrow or Parquet")
    types = {
        Kind.TEXT: arrow.string(),
        Kind.IDENTIFIER: arrow.int64(),
        Kind.INT: arrow.int64(),
        Kind.FLOAT: arrow.float64(),
        Kind.BOOL: arrow.bool_(),
        Kind.TIME: arrow.timestamp("us", "UTC"),
    }
    fields = [
        arrow.field(
            column.name,
            types[column.kind],
            metadata={"description": column.description, **({"unit": column.unit} if column.unit else {})},
        )
        for column in columns
    ]
    return arrow.table(dict(values), schema=arrow.schema(fields))


def write(values: Values, columns: Sequence[Column], path: Path, form: str) -> None:
    """A file of one of FORMATS. Raises InvalidInput, MissingPackage."""
    if form in {"csv", "json", "table"}:
        path.write_text(as_document(values, form), encoding="utf-8")
    elif form == "parquet":
        optional("pyarrow.parquet", "Parquet").write_table(arrow_table(values, columns), path)
    elif form in {"vot", "votable", "xml"}:
        astropy_table(values, columns).write(path, format="votable", overwrite=True)
    elif form in {"fits", "fit"}:
        astropy_table(values, columns).write(path, format="fits", overwrite=True)
    else:
        raise InvalidInput(f"there is no format {form!r}", hint=f"Take one of {', '.join(FORMATS)}.")


def as_document(values: Values, form: str) -> str:
    """As CSV, JSON or aligned text."""
    if form == "csv":
        return as_csv(values)
    return as_json(values) if form == "json" else as_text(values) + "\n"


def as_csv(values: Values) -> str:
    """A line for each row, under one of names; empty where there is no value."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(values)
    writer.writerows([csv_cell(value) for value in row] for row in zip(*values.values(), strict=True))
    return text.getvalue()


def as_json(values: Values) -> str:
    """A list of objects, one a line."""
    rows = (
        json.dumps(dict(zip(values, map(plain, row), strict=True)), ensure_ascii=False)
        for row in zip(*values.values(), strict=False)
    )
    return "[" + ",\n ".join(rows) + "]\n"


def as_text(values: Values) -> str:
    """Aligned for reading; numbers are rounded."""
    cells = [[name, *map(cell, items)] for name, items in values.items()]
    widths = [max(map(len, column)) for column in cells]
    is_text = [any(isinstance(item, str) for item in items) for items in values.values()]
    lines = (
        "  ".join(
            text.ljust(width) if left else text.rjust(width)
            for text, width, left in zip(row, widths, is_text, strict=True)
        )
        for row in zip(*cells, strict=True)
    )
    return "\n".join(line.rstrip() for line in lines)


def plain(value: Any) -> Any:
    """A value that JSON has."""
    return value.isoformat() if isinstance(value, datetime) else value


def csv_cell(value: Any) -> Any:
    """A value in a file of CSV, with all its digits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else plain(value)


def cell(value: Any) -> str:
    """A value for reading."""
    if value is None:
        return "-"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:.6g}" if abs(value) < 1000 else f"{value:.5f}"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    return " ".join(str(value).split())


def _series(pandas: Any, items: list[Any], kind: Kind) -> Any:
    if kind is Kind.TIME:
        return pandas.to_datetime(pandas.Series(items, dtype="object"), utc=True)
    if kind is Kind.FLOAT:
        return pandas.Series(items, dtype="float64")
    if kind is Kind.TEXT:
        return pandas.Series(items, dtype="object")
    if any(item is None for item in items):
        return pandas.Series(items, dtype=PANDAS_TYPES[kind])
    return pandas.Series(items, dtype=NUMPY_TYPES[kind])
