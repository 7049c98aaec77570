"""From the bytes of a file or message to alerts and dead letters. Nothing is dropped."""

from collections.abc import Iterator

from domain.alert import Alert
from domain.dead_letter import DeadLetter, MalformedPacket, Origin, Reason
from domain.packet import Packet, ReceivedAlert
from storage.packet_archive import single_record_container
from surveys.avro import AvroRecord, read_container
from surveys.confluent import MAGIC as MESSAGE_MAGIC
from surveys.confluent import read_message
from surveys.parquet import MAGIC as PARQUET_MAGIC
from surveys.parquet import ParquetRow, read_rows
from surveys.registry import survey_of_schema
from surveys.schema_registry import BUNDLED_SCHEMAS, SchemaRegistry
from surveys.survey import Survey

Decoded = ReceivedAlert | DeadLetter


def decode(
    source: str, content: bytes, survey: Survey | None = None, schemas: SchemaRegistry = BUNDLED_SCHEMAS
) -> Iterator[Decoded]:
    """Every alert in a container, message or Parquet file, and a dead letter for each record, or rest, that is
    none.

    The survey is recognised by the schema unless one is given. `schemas` knows the schemas of messages that
    carry only its number; raises SchemaRegistryUnavailable.
    """
    offset = 0
    try:
        for offset, found in enumerate(_open(content, schemas)):
            origin = Origin(source, offset=offset)
            if isinstance(found, ParquetRow):
                yield _decode_row(origin, found, survey)
            else:
                yield _decode_record(origin, found, survey)
            offset += 1
    except MalformedPacket as error:
        name = None if survey is None else survey.name
        yield DeadLetter(Origin(source, offset=offset), error.reason, error.message, content, name)


def _open(content: bytes, schemas: SchemaRegistry) -> Iterator[AvroRecord | ParquetRow]:
    """What is in some bytes, by how they begin."""
    if content.startswith(MESSAGE_MAGIC):
        yield read_message(content, schemas)
    elif content.startswith(PARQUET_MAGIC):
        yield from read_rows(content)
    else:
        yield from read_container(content)


def _decode_row(origin: Origin, row: ParquetRow, survey: Survey | None) -> Decoded:
    try:
        record = row.as_avro()
    except MalformedPacket as error:
        name = None if survey is None else survey.name
        return DeadLetter(origin, error.reason, error.message, row.content(), name)
    return _decode_record(origin, record, survey)


def _decode_record(origin: Origin, record: AvroRecord, survey: Survey | None) -> Decoded:
    packet = Packet(record.schema.text, record.datum)
    reader = survey
    try:
        reader = reader or survey_of_schema(record.schema)
        return ReceivedAlert.of(_parse(reader, record), packet, origin)
    except MalformedPacket as error:
        name = None if reader is None else reader.name
        return DeadLetter(origin, error.reason, error.message, single_record_container(packet), name)


def _parse(survey: Survey, record: AvroRecord) -> Alert:
    if not isinstance(record.record, dict):
        raise MalformedPacket(Reason.MISSING_FIELD, "the packet holds no record but a bare value")
    try:
        return survey.parse(record.record)
    except (AttributeError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise MalformedPacket(
            Reason.INVALID_VALUE, f"a field has a form that {survey.name} alerts do not have: {error!r}"
        ) from error
