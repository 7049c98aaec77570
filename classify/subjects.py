"""From what is stored of an object to what a classifier is given."""

from collections.abc import Sequence
from typing import NamedTuple

from psycopg import Connection

from classify.classifier import Classifier, Need, Subject
from domain.alert import Alert
from domain.classification import Deferral, Failure
from domain.dead_letter import MalformedPacket
from domain.packet import Packet
from storage.classification_work import Claimed
from storage.packet_archive import PacketArchive, PacketLost
from storage.subjects import Material, read_material
from surveys.avro import read_datum, writer_schema
from surveys.registry import survey_of_schema

NO_OBJECT = "the object is not there any more"
NO_STAMPS = "none of its alerts has stamps"
NO_LIGHT_CURVE = "none of its detections is kept any more"


class Gathered(NamedTuple):
    """Subjects, and the objects that cannot be any."""

    subjects: list[Subject]
    others: list[Failure | Deferral]


class _Unfit(Exception):
    """Why an object cannot be a subject."""


class _TooLittle(Exception):
    """Why an object cannot be a subject yet."""


def gather_subjects(
    connection: Connection, archive: PacketArchive, classifier: Classifier, work: Sequence[Claimed]
) -> Gathered:
    """Read what a classifier needs of the objects of its work. Raises ArchiveUnavailable."""
    needs_alert = bool(classifier.needs & (Need.STAMPS | Need.METADATA))
    needs_curve = Need.LIGHT_CURVE in classifier.needs
    ids = [row.object_id for row in work]
    found = read_material(connection, archive, ids, packets=needs_alert, light_curves=needs_curve)
    gathered = Gathered([], [])
    for row in work:
        try:
            gathered.subjects.append(_subject(row, found.get(row.object_id), classifier.needs))
        except _Unfit as unfit:
            gathered.others.append(Failure(row.object_id, str(unfit)))
        except _TooLittle as few:
            gathered.others.append(Deferral(row.object_id, str(few)))
    return gathered


def _subject(work: Claimed, material: Material | None, needs: Need) -> Subject:
    if material is None:
        raise _Unfit(NO_OBJECT)
    if Need.LIGHT_CURVE in needs and material.light_curve is None:
        raise _TooLittle(NO_LIGHT_CURVE)
    if Need.LIGHT_CURVE not in needs and material.packet is None:
        raise _Unfit(NO_STAMPS)
    alert = _alert(material.packet)
    return Subject(work.object_id, material.survey, material.name, work.candid, alert, material.light_curve)


def _alert(packet: Packet | PacketLost | None) -> Alert | None:
    if packet is None:
        return None
    if isinstance(packet, PacketLost):
        raise _Unfit(str(packet))
    try:
        record = read_datum(writer_schema(packet.schema), packet.datum)
        return survey_of_schema(record.schema).parse(record.record)
    except (MalformedPacket, AttributeError, LookupError, TypeError, ValueError, ArithmeticError) as error:
        raise _Unfit(f"its archived packet cannot be read: {error}") from error
