"""Keeping the summaries of objects equal to their light curves.

Tallies (domain.tally) are kept beside the summaries that follow from them. Detections that are later than all
before are added to the tallies, at a cost that does not depend on the length of the light curve. When one comes
late, or a stored one is replaced, the tallies of its object are made anew from its rows; the result is the same.
Rows that were dropped since go on counting through storage.past_tallies.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from psycopg import Connection

from domain.growth import Counts, Growth
from domain.statistics import BandStatistics, ObjectSummary
from domain.tally import (
    BandTally,
    CountedDetection,
    CountedLimit,
    MagnitudeTally,
    ObjectTally,
    object_summaries,
)
from domain.time import datetime_from_mjd
from storage.copying import Row, Staging, update_matching, upsert
from storage.past_tallies import KeptSince, is_since, past_tallies
from storage.tables import band_statistics, detection, sky_object

OBJECT_TALLY_COLUMNS = ("direction_x", "direction_y", "direction_z", "last_candid")
BAND_TALLY_COLUMNS = (
    "corrected_count",
    "saturated_count",
    "first_magnitude_error",
    "first_corrected",
    "magnitude_count",
    "magnitude_total",
    "magnitude_square_total",
    "apparent_magnitude_count",
    "apparent_magnitude_total",
    "apparent_magnitude_square_total",
)

BAND_ROWS = Staging(band_statistics, (*BandStatistics._fields, *BAND_TALLY_COLUMNS))
SUMMARY_ROWS = Staging(sky_object, (*ObjectSummary._fields, *OBJECT_TALLY_COLUMNS))
DUBIOUS_ROWS = Staging(detection, ("object_id", "ts", "candid", "dubious"), name="stage_dubious")

_DETECTIONS = (
    f"SELECT {', '.join(CountedDetection._fields)}, dubious FROM detection "  # noqa: S608
    "WHERE object_id = ANY(%s)"
)
_LIMITS = (
    f"SELECT {', '.join(CountedLimit._fields)} FROM non_detection "  # noqa: S608
    "WHERE object_id = ANY(%s)"
)

_OBJECT_TALLIES = (
    "SELECT object_id, detection_count, non_detection_count, direction_x, direction_y, direction_z, first_mjd, "
    "last_mjd, last_candid, corrected, stellar FROM object WHERE object_id = ANY(%s)"
)
_BAND_TALLIES = f"SELECT {', '.join(BAND_ROWS.columns)} FROM band_statistics WHERE object_id = ANY(%s)"  # noqa: S608

Flagged = tuple[CountedDetection, bool]
"""A detection with the dubious flag that its row has."""


def refresh_summaries(
    connection: Connection,
    inserted: Sequence[Flagged],
    inserted_limits: Sequence[CountedLimit],
    rewritten: Iterable[int],
    kept_since: KeptSince,
) -> list[Growth]:
    """Bring the summaries of objects up to rows that were inserted or rewritten; the caller holds the objects.

    How many detections each of them had and has. `kept_since` is of objects whose older rows were dropped: those
    count through their past tallies.
    """
    detections = _by_object(inserted, lambda row: row[0].object_id)
    limits = _by_object(inserted_limits, lambda row: row.object_id)
    touched = sorted({*detections, *limits, *rewritten})
    if not touched:
        return []
    tallies = _stored_tallies(connection, touched)
    before = {object_id: _counts(tallies[object_id]) for object_id in touched}
    again = sorted({*rewritten, *(key for key in touched if not _grows(tallies[key], detections.get(key, [])))})
    if again:
        tallies |= {object_id: ObjectTally(object_id) for object_id in again}
        detections |= _stored_detections(connection, again)
        limits |= _stored_limits(connection, again)
    if cut := [object_id for object_id in again if object_id in kept_since]:
        tallies |= past_tallies(connection, cut)
        for object_id in cut:
            since = kept_since[object_id]
            detections[object_id] = [row for row in detections.get(object_id, []) if is_since(row[0], since)]
            limits[object_id] = [row for row in limits.get(object_id, []) if is_since(row, since)]
    wrong_flags: list[Flagged] = []
    for object_id in touched:
        rows = detections.get(object_id, [])
        flags = tallies[object_id].add(row for row, _ in rows)
        wrong_flags += set(flags) - set(rows)
        tallies[object_id].add_limits(limits.get(object_id, []))
    _store_flags(connection, wrong_flags)
    _store_tallies(connection, [tallies[object_id] for object_id in touched])
    return [Growth(object_id, before[object_id], _counts(tallies[object_id])) for object_id in touched]


def _counts(tally: ObjectTally) -> Counts:
    best = max((band.detection_count for band in tally.bands.values()), default=0)
    return Counts(tally.detection_count, best)


def _grows(tally: ObjectTally, rows: Sequence[Flagged]) -> bool:
    """Whether detections can be added to a tally. The first of a band cannot: earlier limits wait for it."""
    if tally.detection_count == 0:
        return True
    detections = [row for row, _ in rows]
    return tally.can_append(detections) and all(detection.band in tally.bands for detection in detections)


Item = TypeVar("Item")


def _by_object(items: Iterable[Item], key: Callable[[Item], int]) -> dict[int, list[Item]]:
    found: dict[int, list[Item]] = defaultdict(list)
    for item in items:
        found[key(item)].append(item)
    return dict(found)


def _rows(connection: Connection, statement: str, object_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    with connection.cursor(binary=True) as cursor:
        return cursor.execute(statement, (object_ids,)).fetchall()


def _stored_detections(connection: Connection, object_ids: Sequence[int]) -> dict[int, list[Flagged]]:
    rows = [(CountedDetection._make(row[:-1]), row[-1]) for row in _rows(connection, _DETECTIONS, object_ids)]
    return _by_object(rows, lambda row: row[0].object_id)


def _stored_limits(connection: Connection, object_ids: Sequence[int]) -> dict[int, list[CountedLimit]]:
    return _by_object(map(CountedLimit._make, _rows(connection, _LIMITS, object_ids)), lambda row: row.object_id)


def _stored_tallies(connection: Connection, object_ids: Sequence[int]) -> dict[int, ObjectTally]:
    tallies = {row[0]: ObjectTally(*row) for row in _rows(connection, _OBJECT_TALLIES, object_ids)}
    for row in _rows(connection, _BAND_TALLIES, object_ids):
        tally = _band_tally(dict(zip(BAND_ROWS.columns, row, strict=True)))
        tallies[tally.object_id].bands[tally.band] = tally
    return tallies


def _band_tally(row: Mapping[str, Any]) -> BandTally:
    return BandTally(
        object_id=row["object_id"],
        band=row["band"],
        first_mjd=row["first_mjd"],
        first_magnitude=row["magnitude_first"],
        first_magnitude_error=row["first_magnitude_error"],
        first_corrected=row["first_corrected"],
        last_mjd=row["last_mjd"],
        last_magnitude=row["magnitude_last"],
        detection_count=row["detection_count"],
        dubious_count=row["dubious_count"],
        corrected_count=row["corrected_count"],
        saturated_count=row["saturated_count"],
        rise_rate=row["rise_rate"],
        magnitude=MagnitudeTally(
            row["magnitude_count"],
            row["magnitude_total"],
            int(row["magnitude_square_total"]),
            row["magnitude_min"],
            row["magnitude_max"],
        ),
        apparent=MagnitudeTally(
            row["apparent_magnitude_count"],
            row["apparent_magnitude_total"],
            int(row["apparent_magnitude_square_total"]),
            row["apparent_magnitude_min"],
            row["apparent_magnitude_max"],
        ),
    )


def _band_row(tally: BandTally) -> Row:
    return (
        *tally.statistics(),
        tally.corrected_count,
        tally.saturated_count,
        tally.first_magnitude_error,
        tally.first_corrected,
        tally.magnitude.count,
        tally.magnitude.total,
        Decimal(tally.magnitude.square_total),
        tally.apparent.count,
        tally.apparent.total,
        Decimal(tally.apparent.square_total),
    )


def _store_tallies(connection: Connection, tallies: Sequence[ObjectTally]) -> None:
    BAND_ROWS.copy(connection, (_band_row(band) for tally in tallies for band in tally.bands.values()))
    upsert(connection, BAND_ROWS, ("object_id", "band"))
    summaries = object_summaries(tallies)
    SUMMARY_ROWS.copy(
        connection,
        (
            (*summary, tally.direction_x, tally.direction_y, tally.direction_z, tally.last_candid)
            for summary, tally in zip(summaries, tallies, strict=True)
        ),
    )
    update_matching(connection, SUMMARY_ROWS, ("object_id",))


def _store_flags(connection: Connection, flags: Sequence[Flagged]) -> None:
    """A flag depends on the first detection of the band, which may have come late."""
    if flags:
        DUBIOUS_ROWS.copy(
            connection,
            ((row.object_id, datetime_from_mjd(row.mjd), row.candid, dubious) for row, dubious in flags),
        )
        update_matching(connection, DUBIOUS_ROWS, ("object_id", "ts", "candid"))
