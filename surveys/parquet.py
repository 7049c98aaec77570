"""Alerts that another broker keeps as rows of Parquet, made Avro again.

Parquet has no packets. Rows that hold whole alerts of LSST or ZTF are read all the same: some alerts are public
in no other form. The fields of the survey's own schema, and only those, are written as the datum that the survey
would have sent. Tables of anything else, such as light curves, are refused.
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
from surveys.schema_registry import BUNDLED_SCHEMAS, ztf_schema

MAGIC = b"PAR1"
_LENGTH_BYTES = 4
ROWS_AT_ONCE = 16
SHOWN = 200
"""Of an error that shows the whole row."""
VERSION_COLUMN = "lsst_schema_version"
VERSION = re.compile(r"lsst\.v(\d+)_(\d+)")
LSST_COLUMNS = frozenset({"diaSource", "prvDiaSources", "cutoutScience"})
ZTF_COLUMNS = frozenset({"objectId", "candidate", "prv_candidates", "cutoutScience"})
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
        _check_identifiers(row)
        schema = ztf_schema() if row.keys() >= ZTF_COLUMNS else _lsst_schema(self.batch.schema, row)
        datum = io.BytesIO()
        try:
            fastavro.schemaless_writer(datum, schema.parsed, row)
        except DECODING_ERRORS as error:
            raise MalformedPacket(
                Reason.INVALID_VALUE, f"the row cannot be written in the schema {schema.name}: {str(error)[:SHOWN]}"
            ) from error
        return read_datum(schema, datum.getvalue())

    def content(self) -> bytes:
        """The row as a Parquet file of its own."""
        import pyarrow.parquet

        file = io.BytesIO()
        pyarrow.parquet.write_table(pyarrow.Table.from_batches([self.batch]), file)
        return file.getvalue()

    @cached_property
    def _values(self) -> Record:
        (values,) = self.batch.to_pylist()
        return dict(values)


def read_rows(content: bytes) -> Iterator[ParquetRow]:
    """Every row of a Parquet file of alerts.

    Raises MalformedPacket: NOT_AVRO for a file of anything else, and where there is no pyarrow to read alerts;
    DAMAGED; or EMPTY.
    """
    pyarrow = _pyarrow(content)
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


def _pyarrow(content: bytes) -> ModuleType:
    """Raises MalformedPacket where it is missing: only a file that it would read is worth installing it for."""
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        footer = _footer(content)
        if not any(all(name.encode() in footer for name in columns) for columns in (LSST_COLUMNS, ZTF_COLUMNS)):
            raise _refused("") from error
        raise MalformedPacket(
            Reason.NOT_AVRO,
            "a Parquet file, and pyarrow, which reads it, is not installed: pip install 'arrayan[parquet]'",
        ) from error
    module: ModuleType = pyarrow
    return module


def _footer(content: bytes) -> bytes:
    """Where the names of the columns stand, unpacked; its length comes after it."""
    end = len(content) - len(MAGIC) - _LENGTH_BYTES
    length = int.from_bytes(content[end : end + _LENGTH_BYTES], "little") if end > 0 else 0
    return content[max(end - length, 0) : max(end, 0)]


def _check_columns(names: list[str]) -> None:
    if not (set(names) >= LSST_COLUMNS or set(names) >= ZTF_COLUMNS):
        shown = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "")
        raise _refused(f". Here the columns are {shown or '(none)'}")


def _refused(found: str) -> MalformedPacket:
    return MalformedPacket(
        Reason.NOT_AVRO,
        "a Parquet file whose rows are not alerts. Alerts are read from rows that hold the whole packet, stamps "
        f"and history included: ZTF's have {_named(ZTF_COLUMNS)}, LSST's {_named(LSST_COLUMNS)}{found}",
    )


def _named(columns: frozenset[str]) -> str:
    return ", ".join(sorted(columns))


def _check_identifiers(row: Record) -> None:
    """A table tool turns a column of whole numbers with gaps into floats: 53 bits, and a candid has 62."""
    if any(isinstance(one.get("candid"), float) for one in row.get("prv_candidates") or ()):
        raise MalformedPacket(
            Reason.INVALID_VALUE,
            "the file keeps the candid of previous detections as a floating-point number, whose last digits are "
            "lost: it would be another detection. Read the packets themselves, or a copy that keeps whole numbers",
        )


def _unset(value: Any) -> Any:
    """None for a record of nothing but nulls: in some files there is no other way to say null."""
    if isinstance(value, dict) and all(field is None for field in value.values()):
        return None
    return value


def _lsst_schema(columns: Any, row: Record) -> WriterSchema:
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
