"""Finding the stamps of alerts: which alert has them, and their bytes in the packet archive."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import anyio.to_thread

from domain.band import Band
from domain.packet import Span
from domain.stamp import StampKind
from domain.survey import SurveyName
from storage.packet_archive import PacketArchive
from storage.reader import Reader

_COLUMNS = "a.object_id, a.candid, a.mjd, a.band, a.archive_file, a.packet_offset, a.stamp_spans"


class AlertStamps(NamedTuple):
    """An alert that has stamps, and where they are: a file of the archive and a span per kind."""

    object_id: int
    candid: int
    mjd: float
    band: Band
    archive_file: str
    spans: dict[StampKind, Span]


async def first_stamps_of(reader: Reader, object_ids: Sequence[int]) -> dict[int, AlertStamps]:
    """Of each object, the first alert that has stamps; objects without one are missing."""
    rows = await reader.rows(
        f"SELECT DISTINCT ON (a.object_id) {_COLUMNS} FROM alert a "  # noqa: S608
        "WHERE a.object_id = ANY(%s) AND a.stamp_spans IS NOT NULL ORDER BY a.object_id, a.mjd, a.candid",
        (list(object_ids),),
    )
    return {row[0]: _alert_stamps(row) for row in rows}


async def stamps_of_alerts(reader: Reader, keys: Sequence[tuple[int, int]]) -> dict[tuple[int, int], AlertStamps]:
    """Stamps of alerts by (object_id, candid); alerts without stamps are missing."""
    rows = await reader.rows(
        f"SELECT {_COLUMNS} FROM unnest(%s::bigint[], %s::bigint[]) AS given(object_id, candid) "  # noqa: S608
        "JOIN alert a USING (object_id, candid) WHERE a.stamp_spans IS NOT NULL",
        ([object_id for object_id, _ in keys], [candid for _, candid in keys]),
    )
    return {(row[0], row[1]): _alert_stamps(row) for row in rows}


async def stamps_of_candid(reader: Reader, survey: SurveyName, candid: int) -> AlertStamps | None:
    """Stamps of a survey's alert, or None."""
    rows = await reader.rows(
        f"SELECT {_COLUMNS} FROM alert a JOIN object o USING (object_id) "  # noqa: S608
        "WHERE a.candid = %s AND o.survey = %s AND a.stamp_spans IS NOT NULL",
        (candid, survey),
    )
    return _alert_stamps(rows[0]) if rows else None


async def read_stamp(archive: PacketArchive, stamps: AlertStamps, kind: StampKind) -> bytes | None:
    """A stamp's bytes as the survey encoded them; None when the packet lacks that kind.

    Raises ArchiveUnavailable.
    """
    span = stamps.spans.get(kind)
    if span is None:
        return None
    return await anyio.to_thread.run_sync(archive.read, stamps.archive_file, span.offset, span.length)


def _alert_stamps(row: tuple[Any, ...]) -> AlertStamps:
    object_id, candid, mjd, band, file, packet_offset, numbers = row
    spans = {
        kind: Span(packet_offset + offset, length)
        for kind, offset, length in zip(StampKind, numbers[::2], numbers[1::2], strict=True)
        if length
    }
    return AlertStamps(object_id, candid, mjd, Band(band), file, spans)
