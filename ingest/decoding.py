"""From the bytes of a file or message to alerts and dead letters. Nothing is dropped."""

from collections.abc import Iterator

from domain.alert import Alert
from domain.dead_letter import DeadLetter, MalformedPacket, Origin, Reason
from domain.packet import Packet, ReceivedAlert
from storage.packet_archive import single_record_container
from surveys.avro import AvroRecord, read_container
from surveys.registry import survey_of_schema
from surveys.survey import Survey

Decoded = ReceivedAlert | DeadLetter


def decode(source: str, content: bytes, survey: Survey | None = None) -> Iterator[Decoded]:
    """Every alert in a container, and a dead letter for each record, or rest, that is none.

    The survey is recognised by the schema unless one is given.
    """
    offset = 0
    try:
        for offset, record in enumerate(read_container(content)):
            yield _decode_record(Origin(source, offset=offset), record, survey)
            offset += 1
    except MalformedPacket as error:
        name = None if survey is None else survey.name
        yield DeadLetter(Origin(source, offset=offset), error.reason, error.message, content, name)


def _decode_record(origin: Origin, record: AvroRecord, survey: Survey | None) -> Decoded:
    packet = Packet(record.schema.text, record.datum)
    reader = survey
    try:
        reader = reader or survey_of_schema(record.schema)
        return ReceivedAlert(_parse(reader, record), packet, origin)
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
