"""Seven years of detections, and the nights after them, by seed.

Objects have few detections or many (log-normal, 2 to 2000), and some exactly 500. Rows come in the order of
time, so those of one object lie scattered, as after years of nights.
"""

from collections.abc import Iterator, Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from benchmarks.synthetic_objects import FIRST_MJD, LAST_MJD, object_ids, places
from domain.sky import healpix
from domain.time import datetime_from_mjd
from storage.alert_store import DETECTION_ROWS
from storage.copying import Row

LONG_LIGHT_CURVES = 1000
LONG_LIGHT_CURVE_ROWS = 500
MOST_LONG_ROWS = 0.2
MEAN_LOG_COUNT, SIGMA_LOG_COUNT = 2.5, 1.35
COUNT_LIMITS = (2, 2000)
SHARE_OF_NEW_OBJECTS = 0.3
ROWS_AT_ONCE = 100_000
BANDS = np.array(["g", "r", "i"])

Columns = Mapping[str, NDArray[np.generic]]


class SyntheticDetections:
    """About `rows` detections, the same for the same arguments."""

    def __init__(self, rows: int, seed: int) -> None:
        self.seed = seed
        long_count = min(LONG_LIGHT_CURVES, int(rows * MOST_LONG_ROWS) // LONG_LIGHT_CURVE_ROWS)
        counts = _counts(rows - long_count * LONG_LIGHT_CURVE_ROWS, seed)
        self.counts = np.concatenate([np.full(long_count, LONG_LIGHT_CURVE_ROWS), counts])
        self.object_id = object_ids(self.counts.size, seed)
        self.ra, self.dec = places(self.counts.size, seed)
        self.long_object_ids: list[int] = self.object_id[:long_count].tolist()

    @cached_property
    def _history(self) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Whose detection, and when, in the order of time."""
        random = np.random.default_rng([self.seed, 3])
        whose = np.repeat(np.arange(self.counts.size), self.counts)
        mjd = random.uniform(FIRST_MJD, LAST_MJD, whose.size)
        order = np.argsort(mjd)
        return whose[order], mjd[order]

    def history(self) -> Iterator[list[Row]]:
        """Everything before LAST_MJD."""
        whose, mjd = self._history
        for start in range(0, whose.size, ROWS_AT_ONCE):
            part = slice(start, start + ROWS_AT_ONCE)
            yield self._rows(whose[part], self.object_id, self.ra, self.dec, mjd[part], 1_000_000_000 + start)

    def night(self, number: int, rows: int) -> list[Row]:
        """Detections of one night after the history, of known and of new objects, each seen once or more."""
        random = np.random.default_rng([self.seed, 4, number])
        fresh = round(rows * SHARE_OF_NEW_OBJECTS)
        new_ra, new_dec = places(fresh, self.seed + 1000 + number)
        whose = random.permutation(
            np.concatenate(
                [random.integers(0, self.counts.size, rows - fresh), self.counts.size + np.arange(fresh)]
            )
        )
        mjd = LAST_MJD + number + np.sort(random.uniform(0.1, 0.5, rows))
        return self._rows(
            whose,
            np.concatenate([self.object_id, object_ids(fresh, self.seed + 1000 + number)]),
            np.concatenate([self.ra, new_ra]),
            np.concatenate([self.dec, new_dec]),
            mjd,
            2_000_000_000 + number * rows,
        )

    def _rows(
        self,
        whose: NDArray[np.int64],
        object_id: NDArray[np.int64],
        ra: NDArray[np.float64],
        dec: NDArray[np.float64],
        mjd: NDArray[np.float64],
        first_candid: int,
    ) -> list[Row]:
        """Rows for storage.alert_store.DETECTION_ROWS."""
        random = np.random.default_rng([self.seed, first_candid])
        jitter = random.normal(0, 0.1 / 3600, (2, whose.size))
        row_ra = (ra[whose] + jitter[0] / np.cos(np.radians(dec[whose]))) % 360.0
        row_dec = np.clip(dec[whose] + jitter[1], -90, 90)
        columns = {
            "object_id": object_id[whose],
            "candid": first_candid + np.arange(whose.size),
            "mjd": mjd,
            "ra": row_ra,
            "dec": row_dec,
            "hpx": healpix(row_ra, row_dec),
            **_measurements(whose.size, random),
        }
        lists = {name: column.tolist() for name, column in columns.items()}
        lists["parent_candid"] = lists["candid"]
        lists["ts"] = [datetime_from_mjd(value) for value in lists["mjd"]]
        _hide_apparent_of_uncorrected(lists)
        return list(zip(*(lists[column] for column in DETECTION_ROWS.columns), strict=True))


def _counts(rows: int, seed: int) -> NDArray[np.int64]:
    """Detections per object, adding up to `rows` or a little more."""
    random = np.random.default_rng([seed, 5])
    drawn = np.clip(
        random.lognormal(MEAN_LOG_COUNT, SIGMA_LOG_COUNT, rows // 2 + 1).astype(np.int64), *COUNT_LIMITS
    )
    counts: NDArray[np.int64] = drawn[: int(np.searchsorted(np.cumsum(drawn), rows)) + 1]
    return counts


def counts_adding_up(objects: int, rows: int, seed: int) -> NDArray[np.int64]:
    """Detections per object, at least two each, adding up to about `rows`."""
    random = np.random.default_rng([seed, 6])
    drawn = np.clip(random.lognormal(MEAN_LOG_COUNT, SIGMA_LOG_COUNT, objects), *COUNT_LIMITS)
    counts: NDArray[np.int64] = np.maximum(drawn * rows / drawn.sum(), COUNT_LIMITS[0]).astype(np.int64)
    return counts


def _measurements(count: int, random: np.random.Generator) -> Columns:
    magnitude = random.uniform(15, 20.5, count)
    flux = 10 ** (0.4 * (31.4 - magnitude))
    error = random.uniform(0.02, 0.2, count)
    corrected = random.uniform(0, 1, count) < 0.5
    is_positive = random.uniform(0, 1, count) < 0.7
    return {
        "band": BANDS[random.integers(0, BANDS.size, count)],
        "is_positive": is_positive,
        "magnitude": magnitude,
        "magnitude_error": error,
        "apparent_magnitude": magnitude - 0.3,
        "apparent_magnitude_error": error * 0.8,
        "apparent_magnitude_error_extended": error * 0.9,
        "flux": flux,
        "flux_error": flux * error,
        "limiting_magnitude": random.uniform(19.5, 21, count),
        "real_bogus": random.uniform(0.5, 1, count),
        "deep_real_bogus": random.uniform(0.5, 1, count),
        "corrected": corrected,
        "dubious": ~corrected & ~is_positive,
        "stellar": random.uniform(0, 1, count) < 0.4,
        "has_stamps": random.uniform(0, 1, count) < 0.5,
    }


def _hide_apparent_of_uncorrected(lists: dict[str, list[object]]) -> None:
    """Nulls where a real packet has none of it."""
    for name in ("apparent_magnitude", "apparent_magnitude_error", "apparent_magnitude_error_extended"):
        lists[name] = [
            value if corrected else None for value, corrected in zip(lists[name], lists["corrected"], strict=True)
        ]
