"""Light curves: what was measured of objects, in order of time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from psycopg import Connection

from domain.light_curve import LightCurve, StoredDetection, StoredForcedPhotometry, StoredNonDetection, Window
from domain.region import Region
from domain.time import MJD_EPOCH, datetime_from_mjd
from storage.cursor import decode_cursor, encode_cursor
from storage.reader import Reader
from storage.regions import RANGES, region_condition, region_parameters
from storage.skymaps import drawn

FIRST_MJD, LAST_MJD = 0.0, 100_000.0
ROUNDING = timedelta(microseconds=1)

_DETECTION_COLUMNS = ", ".join(f"d.{column}" for column in StoredDetection._fields)
_IN_WINDOW = (
    "object_id = ANY(%(ids)s) AND ts BETWEEN %(ts_first)s AND %(ts_last)s "
    "AND mjd BETWEEN %(mjd_first)s AND %(mjd_last)s "
    "AND (%(bands)s::text[] IS NULL OR band = ANY(%(bands)s))"
)


def _statement(table: str, columns: Sequence[str], key: str) -> str:
    return (
        f"SELECT {', '.join(columns)} FROM {table} WHERE {_IN_WINDOW} "  # noqa: S608
        f"ORDER BY object_id, ts, {key}"
    )


_DETECTIONS = _statement("detection", StoredDetection._fields, "candid")
_NON_DETECTIONS = _statement("non_detection", StoredNonDetection._fields, "measurement_id")
_FORCED_PHOTOMETRY = _statement("forced_photometry", StoredForcedPhotometry._fields, "measurement_id")


class DetectionKey(NamedTuple):
    """What names a detection: its object, its instant, and the survey's number."""

    object_id: int
    at: datetime
    candid: int

    @classmethod
    def of(cls, object_id: int, mjd: float, candid: int) -> "DetectionKey":
        return cls(object_id, datetime_from_mjd(mjd), candid)


class PlacedDetection(NamedTuple):
    """A detection in a list sorted by time."""

    detection: StoredDetection
    cursor: str


async def detections_of(
    reader: Reader, object_ids: Sequence[int], window: Window = Window()
) -> dict[int, list[StoredDetection]]:
    """Detections of each object, sorted by time; objects without any are missing."""
    rows = await reader.rows(_DETECTIONS, _window_values(object_ids, window))
    return _by_object(list(map(StoredDetection._make, rows)))


async def non_detections_of(
    reader: Reader, object_ids: Sequence[int], window: Window = Window()
) -> dict[int, list[StoredNonDetection]]:
    """Non-detections of each object, sorted by time; objects without any are missing."""
    rows = await reader.rows(_NON_DETECTIONS, _window_values(object_ids, window))
    return _by_object(list(map(StoredNonDetection._make, rows)))


async def forced_photometry_of(
    reader: Reader, object_ids: Sequence[int], window: Window = Window()
) -> dict[int, list[StoredForcedPhotometry]]:
    """Forced photometry of each object, sorted by time; objects without any are missing."""
    rows = await reader.rows(_FORCED_PHOTOMETRY, _window_values(object_ids, window))
    return _by_object(list(map(StoredForcedPhotometry._make, rows)))


class RowsByObject(NamedTuple):
    """The rows of light curves by object, sorted by time; objects without any are missing."""

    detections: dict[int, list[StoredDetection]]
    non_detections: dict[int, list[StoredNonDetection]]
    forced_photometry: dict[int, list[StoredForcedPhotometry]]


def read_light_curves(connection: Connection, object_ids: Sequence[int]) -> dict[int, LightCurve]:
    """Whole light curves for a worker; objects without any detection are missing."""
    detections, limits, forced = read_light_curve_rows(connection, object_ids)
    return {
        object_id: LightCurve(rows, limits.get(object_id, []), forced.get(object_id, []))
        for object_id, rows in detections.items()
    }


def read_light_curve_rows(connection: Connection, object_ids: Sequence[int]) -> RowsByObject:
    """All that was measured of some objects."""
    values = _window_values(object_ids, Window())
    with connection.cursor(binary=True) as cursor:
        detections = cursor.execute(_DETECTIONS, values, prepare=True).fetchall()
        limits = cursor.execute(_NON_DETECTIONS, values, prepare=True).fetchall()
        forced = cursor.execute(_FORCED_PHOTOMETRY, values, prepare=True).fetchall()
    return RowsByObject(
        _by_object(list(map(StoredDetection._make, detections))),
        _by_object(list(map(StoredNonDetection._make, limits))),
        _by_object(list(map(StoredForcedPhotometry._make, forced))),
    )


async def detection_by_key(reader: Reader, object_id: int, candid: int, time: datetime) -> StoredDetection | None:
    """One detection, or None."""
    rows = await reader.rows(
        f"SELECT {_DETECTION_COLUMNS} FROM detection d "  # noqa: S608
        "WHERE object_id = %s AND ts = %s AND candid = %s",
        (object_id, time, candid),
    )
    return StoredDetection._make(rows[0]) if rows else None


async def detections_by_key(reader: Reader, keys: Sequence[DetectionKey]) -> dict[DetectionKey, StoredDetection]:
    """Detections by key; the unknown ones are missing."""
    if not keys:
        return {}
    times = [key.at for key in keys]
    rows = await reader.rows(
        f"SELECT {_DETECTION_COLUMNS} FROM unnest(%(ids)s::bigint[], %(times)s::timestamptz[], "  # noqa: S608
        "%(candids)s::bigint[]) AS given(object_id, ts, candid) JOIN detection d USING (object_id, ts, candid) "
        "WHERE d.ts BETWEEN %(first)s AND %(last)s",
        {
            "ids": [key.object_id for key in keys],
            "times": times,
            "candids": [key.candid for key in keys],
            "first": min(times),
            "last": max(times),
        },
    )
    found = map(StoredDetection._make, rows)
    return {DetectionKey.of(row.object_id, row.mjd, row.candid): row for row in found}


async def detections_in_region(
    reader: Reader,
    region: Region,
    *,
    after_mjd: float,
    before_mjd: float,
    limit: int,
    after: str | None = None,
    before: str | None = None,
    backwards: bool = False,
) -> list[PlacedDetection]:
    """Detections in a region, a time window (limits included) and between two cursors, whatever their object, by
    time, or with `backwards` the latest first.

    Raises InvalidCursor, UnknownSkymap.
    """
    region = await drawn(reader, region)
    begin = _place(after, FIRST_MJD - 1)
    end = _place(before, LAST_MJD + 1)
    values = {
        **region_parameters(region),
        **_time_values(max(after_mjd, begin.mjd), min(before_mjd, end.mjd)),
        **{f"begin_{name}": value for name, value in begin._asdict().items()},
        **{f"end_{name}": value for name, value in end._asdict().items()},
        "limit": limit,
    }
    way = "DESC" if backwards else "ASC"
    rows = await reader.rows(
        f"SELECT {_DETECTION_COLUMNS} FROM {RANGES} "  # noqa: S608
        "JOIN detection d ON d.hpx BETWEEN range.first AND range.last "
        "AND d.ts BETWEEN %(ts_first)s AND %(ts_last)s "
        f"WHERE {region_condition(region, 'd')} AND d.mjd BETWEEN %(mjd_first)s AND %(mjd_last)s "
        "AND (d.mjd, d.object_id, d.candid) > (%(begin_mjd)s, %(begin_object_id)s, %(begin_candid)s) "
        "AND (d.mjd, d.object_id, d.candid) < (%(end_mjd)s, %(end_object_id)s, %(end_candid)s) "
        f"ORDER BY d.mjd {way}, d.object_id {way}, d.candid {way} LIMIT %(limit)s",
        values,
    )
    return [
        PlacedDetection(item, encode_cursor([item.mjd, item.object_id, item.candid]))
        for item in map(StoredDetection._make, rows)
    ]


class _Place(NamedTuple):
    """A place in a list of detections by time."""

    mjd: float
    object_id: int
    candid: int


def _place(cursor: str | None, otherwise_mjd: float) -> _Place:
    """What a cursor marks."""
    return _Place(otherwise_mjd, 0, 0) if cursor is None else _Place(*decode_cursor(cursor, [float, int, int]))


Row = TypeVar("Row", StoredDetection, StoredNonDetection, StoredForcedPhotometry)


def _by_object(rows: list[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for row in rows:
        found.setdefault(row.object_id, []).append(row)
    return found


def _window_values(object_ids: Sequence[int], window: Window) -> dict[str, Any]:
    after = FIRST_MJD if window.after_mjd is None else window.after_mjd
    before = LAST_MJD if window.before_mjd is None else window.before_mjd
    bands = None if window.bands is None else [band.value for band in window.bands]
    return {"ids": list(object_ids), "bands": bands, **_time_values(after, before)}


def _time_values(after_mjd: float, before_mjd: float) -> dict[str, Any]:
    """Limits as MJD, and as instants one rounding wider: they let the server leave out chunks."""
    return {
        "mjd_first": after_mjd,
        "mjd_last": before_mjd,
        "ts_first": _instant(after_mjd) - ROUNDING,
        "ts_last": _instant(before_mjd) + ROUNDING,
    }


def _instant(mjd: float) -> datetime:
    return datetime_from_mjd(min(max(mjd, FIRST_MJD), LAST_MJD)) if mjd == mjd else MJD_EPOCH
