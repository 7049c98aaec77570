"""What classifiers read of objects: the first alert with stamps, and the light curve."""

from collections.abc import Sequence
from typing import NamedTuple

from psycopg import Connection

from domain.light_curve import LightCurve
from domain.packet import Packet, Span
from domain.survey import SurveyName
from storage.light_curves import read_light_curves
from storage.packet_archive import Location, PacketArchive, PacketLost


class Material(NamedTuple):
    """An object with what is stored of it; None where it was not asked for, or is not there.

    In place of a packet that the archive has lost, the reason.
    """

    survey: SurveyName
    name: str
    packet: Packet | PacketLost | None
    light_curve: LightCurve | None


def read_material(
    connection: Connection, archive: PacketArchive, object_ids: Sequence[int], *, packets: bool, light_curves: bool
) -> dict[int, Material]:
    """What is stored of objects; unknown ones are missing. Raises ArchiveUnavailable."""
    rows = connection.execute("SELECT object_id, survey, name FROM object WHERE object_id = ANY(%s)", (object_ids,))
    first = _first_packets(connection, archive, object_ids) if packets else {}
    curves = read_light_curves(connection, object_ids) if light_curves else {}
    return {
        object_id: Material(SurveyName(survey), name, first.get(object_id), curves.get(object_id))
        for object_id, survey, name in rows
    }


def _first_packets(
    connection: Connection, archive: PacketArchive, object_ids: Sequence[int]
) -> dict[int, Packet | PacketLost]:
    """Of each object, the packet of its first alert with stamps; objects without one are missing."""
    rows = connection.execute(
        "SELECT DISTINCT ON (object_id) object_id, archive_file, packet_offset, packet_length FROM alert "
        "WHERE object_id = ANY(%s) AND stamp_spans IS NOT NULL ORDER BY object_id, mjd, candid",
        (object_ids,),
    ).fetchall()
    places = [Location(file, Span(offset, length)) for _, file, offset, length in rows]
    return {row[0]: packet for row, packet in zip(rows, archive.read_packets(places), strict=True)}
