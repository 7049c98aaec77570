"""LSST alerts that another broker keeps as rows of Parquet, made Avro again.

Parquet has no packets. LSST's alerts are read all the same, since schema 10.0 is public in no other form: the
fields of the survey's own schema, and only those, are written as the datum that the survey would have sent.
Rows of other surveys are refused: their packets are to be had.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any

import fastavro

from domain.dead_letter import MalformedPacket, Reason
from surveys.avro import DECODING_ERRORS, AvroRecord, Record, WriterSchema, read_datum
from surveys.schema_registry import BUNDLED_SCHEMAS

MAGIC = b"PAR1"
ROWS_AT_ONCE = 16
VERSION_COLUMN = "lsst_schema_version"
VERSION = re.compile(r"lsst\.v(\d+)_(\d+)")
ALERT_COLUMNS = frozenset({"diaSource", "prvDiaSources", "cutoutScience"})
TELLING_COLUMNS = ("diaSource", "prvDiaForcedSources")
"""The fields of these differ from version to version, all but 10 and 11.0."""


@dataclass(frozen=True)
class ParquetRow:
    """One alert of a Parquet file, not decoded yet."""

    batch: Any
    """A record batch of this one row."""

    def as_avro(self) -> AvroRecord:
        """The alert as a packet in its survey's schema. Raises MalformedPacket."""
        row = {name: _unset(value) for name, value in self._values.items()}
        schema = _schema_of(self.batch.schema, row)
        datum = io.BytesIO()
        try:
            fastavro.schemaless_writer(datum, schema.parsed, row)
        except DECODING_ERRORS as error:
            raise MalformedPacket(
                Reason.INVALID_VALUE, f"the row cannot be written in the schema {schema.name}: {error}"
            ) from error
        return read_datum(schema, datum.getvalue())

    def content(self) -> bytes:
        """The row as a Parquet file of its own."""
        pyarrow = _pyarrow()
        file = io.BytesIO()
        pyarrow.parquet.write_table(pyarrow.Table.from_batches([self.batch]), file)
        return file.getvalue()

    @cached_property
    def _values(self) -> Record:
        (values,) = self.batch.to_pylist()
        return dict(values)


def read_rows(content: bytes) -> Iterator[ParquetRow]:
    """Every row of a Parquet file of LSST alerts.

    Raises MalformedPacket: NOT_AVRO for a file of anything else, and where there is no pyarrow to read it;
    DAMAGED; or EMPTY.
    """
    pyarrow = _pyarrow()
    count = 0
    try:
        file = pyarrow.parquet.ParquetFile(pyarrow.BufferReader(content))
        _check_columns(file.schema_arrow.names)
        for batch in file.iter_batches(batch_size=ROWS_AT_ONCE):
            for index in range(batch.num_rows):
                yield ParquetRow(batch.slice(index, 1))
                count += 1
    except (pyarrow.ArrowException, *DECODING_ERRORS) as error:
        raise MalformedPacket(Reason.DAMAGED, f"the Parquet file is damaged after {count} rows: {error}") from error
    if count == 0:
        raise MalformedPacket(Reason.EMPTY, "a Parquet file without a single row")


def _pyarrow() -> ModuleType:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MalformedPacket(
            Reason.NOT_AVRO,
            "a Parquet file, and pyarrow, which reads it, is not installed: pip install 'arrayan[parquet]'",
        ) from error
    module: ModuleType = pyarrow
    return module


def _check_columns(names: list[str]) -> None:
    if set(names) >= ALERT_COLUMNS:
        return
    shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
    raise MalformedPacket(
        Reason.NOT_AVRO,
        "a Parquet file: it keeps rows that somebody made of alerts, not the packets that the survey sent. "
        f"Of these only LSST's are read; here the columns are {shown or '(none)'}",
    )


def _unset(value: Any) -> Any:
    """None for a record of nothing but nulls: in some files there is no other way to say null."""
    if isinstance(value, dict) and all(field is None for field in value.values()):
        return None
    return value


def _schema_of(columns: Any, row: Record) -> WriterSchema:
    """The bundled schema that the row says it had; else the one whose sources have the fields of the columns."""
    said = row.get(VERSION_COLUMN)
    if isinstance(said, str) and (version := VERSION.match(said)):
        return BUNDLED_SCHEMAS.version(int(version[1]), int(version[2]))
    for schema in BUNDLED_SCHEMAS.all().values():
        if all(schema.field_names_of(name) == _field_names(columns, name) for name in TELLING_COLUMNS):
            return schema
    raise MalformedPacket(
        Reason.UNKNOWN_SCHEMA,
        f"the Parquet file has no {VERSION_COLUMN}, and its fields are those of no schema that comes with Arrayán",
    )


def _field_names(columns: Any, name: str) -> frozenset[str]:
    """Names of the fields of a column of records, or of lists of records."""
    kind = columns.field(name).type if name in columns.names else None
    kind = getattr(kind, "value_type", kind)
    return frozenset() if kind is None else frozenset(field.name for field in getattr(kind, "fields", ()))
