"""Keeping the summaries of objects equal to their light curves."""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from domain.statistics import (
    BandStatistics,
    DetectionTable,
    NonDetectionTable,
    ObjectSummary,
    dubious_flags,
    summarise,
)
from storage.copying import Staging, update_matching, upsert
from storage.tables import band_statistics, detection, sky_object

BAND_ROWS = Staging(band_statistics, BandStatistics._fields)
SUMMARY_ROWS = Staging(sky_object, ObjectSummary._fields)
DUBIOUS_ROWS = Staging(detection, ("object_id", "ts", "candid", "dubious"), name="stage_dubious")


def refresh_summaries(connection: Connection, object_ids: Sequence[int]) -> None:
    """Recompute what is derived from the light curves of some objects; the caller holds their rows.

    Everything is computed from the rows as they are, so the answer does not depend on what came first.
    """
    if not object_ids:
        return
    rows = _detections(connection, object_ids)
    table = _detection_table(rows)
    summaries = summarise(table, _non_detection_table(_non_detections(connection, object_ids)))
    _correct_dubious(connection, rows, dubious_flags(table))
    BAND_ROWS.copy(connection, summaries.bands)
    upsert(connection, BAND_ROWS, ("object_id", "band"))
    SUMMARY_ROWS.copy(connection, summaries.objects)
    update_matching(connection, SUMMARY_ROWS, ("object_id",))


def _detections(connection: Connection, object_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    with connection.cursor(binary=True) as cursor:
        return cursor.execute(
            "SELECT object_id, band, mjd, candid, ra, dec, is_positive, magnitude, magnitude_error, "
            "apparent_magnitude, corrected, stellar, ts, dubious "
            "FROM detection WHERE object_id = ANY(%s)",
            (object_ids,),
        ).fetchall()


def _non_detections(connection: Connection, object_ids: Sequence[int]) -> list[tuple[Any, ...]]:
    with connection.cursor(binary=True) as cursor:
        return cursor.execute(
            "SELECT object_id, band, mjd, limiting_magnitude FROM non_detection WHERE object_id = ANY(%s)",
            (object_ids,),
        ).fetchall()


def _detection_table(rows: Sequence[tuple[Any, ...]]) -> DetectionTable:
    columns = list(zip(*rows, strict=True)) if rows else [()] * 14
    return DetectionTable(
        object_id=np.array(columns[0], dtype=np.int64),
        band=np.array(columns[1], dtype=np.str_),
        mjd=_floats(columns[2]),
        candid=np.array(columns[3], dtype=np.int64),
        ra=_floats(columns[4]),
        dec=_floats(columns[5]),
        is_positive=np.array(columns[6], dtype=bool),
        magnitude=_floats(columns[7]),
        magnitude_error=_floats(columns[8]),
        apparent_magnitude=_floats(columns[9]),
        corrected=np.array(columns[10], dtype=bool),
        stellar=_floats(columns[11]),
    )


def _non_detection_table(rows: Sequence[tuple[Any, ...]]) -> NonDetectionTable:
    columns = list(zip(*rows, strict=True)) if rows else [()] * 4
    return NonDetectionTable(
        np.array(columns[0], dtype=np.int64),
        np.array(columns[1], dtype=np.str_),
        np.array(columns[2], dtype=np.float64),
        _floats(columns[3]),
    )


def _floats(column: Iterable[float | None]) -> NDArray[np.float64]:
    """Nulls become NaN."""
    return np.array(column, dtype=np.float64)


def _correct_dubious(connection: Connection, rows: Sequence[tuple[Any, ...]], flags: NDArray[np.bool_]) -> None:
    """An earlier detection that arrives late can change what the later ones are compared with."""
    wrong = [
        (row[0], row[12], row[3], flag) for row, flag in zip(rows, flags.tolist(), strict=True) if row[13] != flag
    ]
    if wrong:
        DUBIOUS_ROWS.copy(connection, wrong)
        update_matching(connection, DUBIOUS_ROWS, ("object_id", "ts", "candid"))
