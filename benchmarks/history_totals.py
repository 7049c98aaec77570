"""The summaries that follow from many millions of detections, added up a column at a time.

The same totals as domain.tally's, to the last step: whole numbers throughout.
"""

import numpy as np
import psycopg
from numpy.typing import NDArray

from benchmarks.packed_rows import Columns, copy_columns
from domain.tally import DIRECTION_STEPS, MAGNITUDE_STEPS

HALF_BITS = 14
"""Squares of magnitudes in steps fill 57 bits and their sums more than 64: they are added up in three parts."""

GIVEN_BANDS = """
CREATE TEMPORARY TABLE given_band (object_id bigint, band text, count integer, first_mjd float8, last_mjd float8,
    first_magnitude float8, first_error float8, last_magnitude float8, smallest float8, largest float8,
    total bigint, high bigint, middle bigint, low bigint)
"""
BAND_STATISTICS = """
WITH summed AS (SELECT *, high * 2 ^ 28::numeric + middle * 2 ^ 15::numeric + low AS square FROM given_band)
INSERT INTO band_statistics (object_id, band, detection_count, dubious_count, first_mjd, last_mjd,
    magnitude_mean, magnitude_min, magnitude_max, magnitude_sigma, magnitude_first, magnitude_last,
    apparent_magnitude_mean, apparent_magnitude_min, apparent_magnitude_max, saturation_rate,
    corrected_count, saturated_count, first_magnitude_error, first_corrected,
    magnitude_count, magnitude_total, magnitude_square_total,
    apparent_magnitude_count, apparent_magnitude_total, apparent_magnitude_square_total)
SELECT object_id, band, count, 0, first_mjd, last_mjd,
    total / (count * 2 ^ 24), smallest, largest,
    sqrt(count * square - total::numeric * total)::float8 / (count * 2 ^ 24), first_magnitude, last_magnitude,
    total / (count * 2 ^ 24), smallest, largest, 0, count, 0, first_error, true,
    count, total, square, count, total, square
FROM summed
"""
GIVEN_OBJECTS = """
CREATE TEMPORARY TABLE given_object (object_id bigint, ra float8, dec float8, hpx bigint, count integer,
    first_mjd float8, last_mjd float8, last_candid bigint, x bigint, y bigint, z bigint)
"""
OBJECTS = """
INSERT INTO object (object_id, survey, name, ra, dec, hpx, detection_count, non_detection_count, first_mjd,
    last_mjd, corrected, stellar, direction_x, direction_y, direction_z, last_candid)
SELECT object_id, 'ZTF', name, ra, dec, hpx, count, 0, first_mjd, last_mjd, true, false, x, y, z, last_candid
FROM given_object JOIN given_name USING (object_id)
"""

Integers = NDArray[np.int64]
Floats = NDArray[np.float64]


class _Ends:
    """Of each of many keys the first and the last value in the order of time."""

    def __init__(self, keys: int) -> None:
        self.first = np.full(keys, np.nan)
        self.last = np.full(keys, np.nan)

    def add(self, key: Integers, values: Floats) -> None:
        self.last[key] = values  # of several for one key the last one stays
        earliest = np.full(self.first.size, np.nan)
        earliest[key[::-1]] = values[::-1]
        self.first = np.where(np.isnan(self.first), earliest, self.first)


class Totals:
    """Grows block by block, in the order of time."""

    def __init__(self, objects: int, bands: NDArray[np.bytes_]) -> None:
        self._bands = bands
        keys = objects * bands.size
        self._count = np.zeros(keys, np.int64)
        self._total, self._high, self._middle, self._low = (np.zeros(keys, np.int64) for _ in range(4))
        self._smallest, self._largest = np.full(keys, np.inf), np.full(keys, -np.inf)
        self._mjd, self._magnitude, self._error = _Ends(keys), _Ends(keys), _Ends(keys)
        self._object_mjd = _Ends(objects)
        self._last_candid = np.zeros(objects, np.int64)
        self._directions = np.zeros((3, objects), np.int64)

    def add(self, whose: Integers, band: Integers, rows: Columns) -> None:
        """`rows` as they are copied, `band` the number of each row's band."""
        key = whose * self._bands.size + band
        magnitude = rows["magnitude"].astype(float)
        steps = np.rint(magnitude * MAGNITUDE_STEPS).astype(np.int64)
        high, low = steps >> HALF_BITS, steps & (1 << HALF_BITS) - 1
        for total, values in (
            (self._count, np.ones_like(steps)),
            (self._total, steps),
            (self._high, high * high),
            (self._middle, high * low),
            (self._low, low * low),
        ):
            np.add.at(total, key, values)
        np.minimum.at(self._smallest, key, magnitude)
        np.maximum.at(self._largest, key, magnitude)
        for ends, values in (
            (self._mjd, rows["mjd"]),
            (self._magnitude, magnitude),
            (self._error, rows["magnitude_error"].astype(float)),
        ):
            ends.add(key, values)
        self._object_mjd.add(whose, rows["mjd"])
        self._last_candid[whose] = rows["candid"]
        ra, dec = np.radians(rows["ra"]), np.radians(rows["dec"])
        for total, component in zip(
            self._directions, (np.cos(dec) * np.cos(ra), np.cos(dec) * np.sin(ra), np.sin(dec)), strict=True
        ):
            np.add.at(total, whose, np.rint(component * DIRECTION_STEPS).astype(np.int64))

    def store(
        self, session: psycopg.Connection, object_id: Integers, ra: Floats, dec: Floats, hpx: Integers
    ) -> None:
        """Fill the tables of objects and of their bands; names are in the temporary table given_name."""
        session.execute(GIVEN_BANDS)
        copy_columns(session, "given_band", self._band_columns(object_id))
        session.execute(BAND_STATISTICS)
        session.execute(GIVEN_OBJECTS)
        copy_columns(
            session,
            "given_object",
            {
                "object_id": object_id,
                "ra": ra,
                "dec": dec,
                "hpx": hpx,
                "count": self._count.reshape(-1, self._bands.size).sum(1).astype(np.int32),
                "first_mjd": self._object_mjd.first,
                "last_mjd": self._object_mjd.last,
                "last_candid": self._last_candid,
                **dict(zip("xyz", self._directions, strict=True)),
            },
        )
        session.execute(OBJECTS)

    def _band_columns(self, object_id: Integers) -> Columns:
        seen = np.flatnonzero(self._count)
        columns = {
            "object_id": np.repeat(object_id, self._bands.size),
            "band": np.tile(self._bands, object_id.size),
            "count": self._count.astype(np.int32),
            "first_mjd": self._mjd.first,
            "last_mjd": self._mjd.last,
            "first_magnitude": self._magnitude.first,
            "first_error": self._error.first,
            "last_magnitude": self._magnitude.last,
            "smallest": self._smallest,
            "largest": self._largest,
            "total": self._total,
            "high": self._high,
            "middle": self._middle,
            "low": self._low,
        }
        return {name: values[seen] for name, values in columns.items()}
