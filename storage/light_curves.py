"""Light curves: what was measured of objects, in order of time."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

from psycopg import Connection

from domain.light_curve import LightCurve, StoredDetection, StoredForcedPhotometry, StoredNonDetection, Window
from domain.region import Region
from domain.time import MJD_EPOCH, datetime_from_mjd
from storage.cursor import decode_cursor, encode_cursor
from storage.reader import Columns, Reader, Rows
from storage.regions import RANGES, region_condition, region_parameters
from storage.skymaps import drawn

FIRST_MJD, LAST_MJD = 0.0, 100_000.0
ROUNDING = timedelta(microseconds=1)

_DETECTION_COLUMNS = ", ".join(f"d.{column}" for column in StoredDetection._fields)
STATEMENTS_REMEMBERED = 1024


class MeasuredTable(NamedTuple):
    """A table of what was measured, one row of a kind for every instant and key."""

    name: str
    row: type[StoredDetection] | type[StoredNonDetection] | type[StoredForcedPhotometry]
    key: str

    @property
    def columns(self) -> tuple[str, ...]:
        return self.row._fields


DETECTIONS = MeasuredTable("detection", StoredDetection, "candid")
NON_DETECTIONS = MeasuredTable("non_detection", StoredNonDetection, "measurement_id")
FORCED_PHOTOMETRY = MeasuredTable("forced_photometry", StoredForcedPhotometry, "measurement_id")

_CONDITIONS = {
    "id": "object_id = %(id)s",
    "ids": "object_id = ANY(%(ids)s)",
    "bands": "band = ANY(%(bands)s)",
    "mjd_first": "mjd >= %(mjd_first)s",
    "mjd_last": "mjd <= %(mjd_last)s",
    "ts_first": "ts >= %(ts_first)s",
    "ts_last": "ts <= %(ts_last)s",
}
"""What a statement asks of rows, by the name of the value it compares with."""


def _condition(values: Mapping[str, Any]) -> str:
    return " AND ".join(_CONDITIONS[name] for name in values)


@lru_cache(maxsize=STATEMENTS_REMEMBERED)
def _rows_statement(table: MeasuredTable, condition: str) -> str:
    return (
        f"SELECT {', '.join(table.columns)} FROM {table.name} WHERE {condition} "  # noqa: S608
        f"ORDER BY object_id, ts, {table.key}"
    )


@lru_cache(maxsize=STATEMENTS_REMEMBERED)
def _columns_statement(table: MeasuredTable, columns: tuple[str, ...], condition: str) -> str:
    arrays = ", ".join(_array(column, f"ORDER BY ts, {table.key}") for column in columns)
    return f"SELECT object_id, {arrays} FROM {table.name} WHERE {condition} GROUP BY object_id"  # noqa: S608


def _array(column: str, order: str) -> str:
    """A column of many rows as one value. Bands are single letters, which as a text are read the quickest."""
    return f"string_agg(band, '' {order})" if column == "band" else f"array_agg({column} {order})"


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


async def columns_of(
    reader: Reader,
    table: MeasuredTable,
    object_ids: Sequence[int],
    window: Window = Window(),
    columns: Collection[str] | None = None,
    *,
    arrays: bool = False,
) -> dict[int, Columns]:
    """The chosen columns (None: all) of each object's rows, sorted by time; objects without any are missing.

    No row is made into anything: for long light curves of which few columns are wanted. With `arrays`, floats come
    as arrays of numpy where none is null.
    """
    chosen = tuple(name for name in table.columns if name != "object_id" and (columns is None or name in columns))
    chosen = chosen or ("mjd",)
    values = _values(object_ids, window)
    statement = _columns_statement(table, chosen, _condition(values))
    rows = await reader.rows(statement, values, arrays=arrays)
    return {object_id: _columns(object_id, chosen, arrays) for object_id, *arrays in rows}


def _columns(object_id: int, names: Sequence[str], arrays: Sequence[Sequence[Any]]) -> Columns:
    columns = {"object_id": [object_id] * len(arrays[0]), **dict(zip(names, arrays, strict=True))}
    if "band" in columns:
        columns["band"] = list(columns["band"])
    return columns


async def detections_of(
    reader: Reader, object_ids: Sequence[int], window: Window = Window()
) -> dict[int, list[StoredDetection]]:
    """Detections of each object, sorted by time; objects without any are missing."""
    return _by_object(list(map(StoredDetection._make, await _rows(reader, DETECTIONS, object_ids, window))))


async def non_detections_of(
    reader: Reader, object_ids: Sequence[int], window: Window = Window()
) -> dict[int, list[StoredNonDetection]]:
    """Non-detections of each object, sorted by time; objects without any are missing."""
    return _by_object(list(map(StoredNonDetection._make, await _rows(reader, NON_DETECTIONS, object_ids, window))))


async def forced_photometry_of(
    reader: Reader, object_ids: Sequence[int], window: Window = Window()
) -> dict[int, list[StoredForcedPhotometry]]:
    """Forced photometry of each object, sorted by time; objects without any are missing."""
    rows = await _rows(reader, FORCED_PHOTOMETRY, object_ids, window)
    return _by_object(list(map(StoredForcedPhotometry._make, rows)))


async def _rows(reader: Reader, table: MeasuredTable, object_ids: Sequence[int], window: Window) -> Rows:
    values = _values(object_ids, window)
    return await reader.rows(_rows_statement(table, _condition(values)), values)


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
    values = {"ids": list(object_ids)}
    with connection.cursor(binary=True) as cursor:
        detections, limits, forced = (
            cursor.execute(_rows_statement(table, _condition(values)), values, prepare=True).fetchall()
            for table in (DETECTIONS, NON_DETECTIONS, FORCED_PHOTOMETRY)
        )
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


def _values(object_ids: Sequence[int], window: Window) -> dict[str, Any]:
    """Limits of time as MJD, and as instants one rounding wider: they let the server leave out chunks."""
    values: dict[str, Any] = {"id": object_ids[0]} if len(object_ids) == 1 else {"ids": list(object_ids)}
    if window.bands is not None:
        values["bands"] = [band.value for band in window.bands]
    if window.after_mjd is not None:
        values |= {"mjd_first": window.after_mjd, "ts_first": _instant(window.after_mjd) - ROUNDING}
    if window.before_mjd is not None:
        values |= {"mjd_last": window.before_mjd, "ts_last": _instant(window.before_mjd) + ROUNDING}
    return values


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
