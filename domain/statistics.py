"""Summaries of light curves: per object and band, and per object.

Many light curves are summarised at once, as columns sorted by object, band, time and candid; so the answer
does not depend on the order in which alerts arrived. The quantities are those of Förster et al. 2021
(AJ 161 242), section 3.4, with population standard deviations.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.sky import direction, healpix, position_of_direction

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Integers = NDArray[np.int64]
Texts = NDArray[np.str_]

SATURATION_MAGNITUDE = 13.2
"""Apparent magnitude above which ZTF's detections are linear; brighter ones are saturated."""
RISE_GAP_DAYS = 0.5
"""Limits closer than this to the first detection say nothing about its rise."""


class DetectionTable(NamedTuple):
    """Detections of many objects, one array per column. Missing numbers are NaN."""

    object_id: Integers
    band: Texts
    mjd: Floats
    candid: Integers
    ra: Floats
    dec: Floats
    is_positive: Bools
    magnitude: Floats
    magnitude_error: Floats
    apparent_magnitude: Floats
    corrected: Bools
    stellar: Floats
    """1 star, 0 not, NaN unknown."""


class NonDetectionTable(NamedTuple):
    """Non-detections of many objects, one array per column. Missing limits are NaN."""

    object_id: Integers
    band: Texts
    mjd: Floats
    limiting_magnitude: Floats


class BandStatistics(NamedTuple):
    """Summary of one object in one band. Magnitudes are difference magnitudes unless named apparent."""

    object_id: int
    band: str
    detection_count: int
    dubious_count: int
    first_mjd: float
    last_mjd: float
    magnitude_mean: float | None
    magnitude_median: float | None
    magnitude_min: float | None
    magnitude_max: float | None
    magnitude_sigma: float | None
    magnitude_first: float | None
    magnitude_last: float | None
    apparent_magnitude_mean: float | None
    apparent_magnitude_median: float | None
    apparent_magnitude_min: float | None
    apparent_magnitude_max: float | None
    rise_rate: float | None
    """Fastest brightening (mag/day, positive) that a limit before the first detection proves."""
    saturation_rate: float | None
    """Fraction of the corrected detections that are brighter than SATURATION_MAGNITUDE."""


class ObjectSummary(NamedTuple):
    """Summary of one object over all bands."""

    object_id: int
    ra: float
    dec: float
    hpx: int
    detection_count: int
    non_detection_count: int
    first_mjd: float
    last_mjd: float
    corrected: bool
    """Of the first detection."""
    stellar: bool | None
    """Of the first detection that can tell."""
    mean_color: float | None
    mean_apparent_color: float | None


class Summaries(NamedTuple):
    """All that can be derived from the light curves of some objects."""

    objects: list[ObjectSummary]
    bands: list[BandStatistics]


def dubious_flags(detections: DetectionTable) -> Bools:
    """Whether each detection's correction is in doubt, in the order given.

    A negative difference without a reference source, or one that is corrected while the first of its object
    and band is not, or the reverse.
    """
    order = _light_curve_order(detections)
    groups = _Groups.by(detections.object_id[order], detections.band[order])
    corrected = detections.corrected[order]
    first = corrected[groups.start][groups.index]
    doubtful = (~corrected & ~detections.is_positive[order]) | (corrected != first)
    flags = np.empty(len(order), dtype=bool)
    flags[order] = doubtful
    return flags


def summarise(detections: DetectionTable, non_detections: NonDetectionTable) -> Summaries:
    """Summaries of every object that has a detection. Non-detections of others are ignored."""
    flags = dubious_flags(detections)
    order = _light_curve_order(detections)
    table = _reordered(detections, order)
    if len(table.object_id) == 0:
        return Summaries([], [])
    bands = _band_statistics(table, flags[order], non_detections)
    return Summaries(_object_summaries(table, bands, non_detections), bands)


def _reordered(table: DetectionTable, order: Integers) -> DetectionTable:
    columns: list[Any] = [column[order] for column in table]
    return DetectionTable(*columns)


def _light_curve_order(table: DetectionTable) -> Integers:
    return np.lexsort((table.candid, table.mjd, table.band, table.object_id))


@dataclass(frozen=True, slots=True)
class _Groups:
    """Runs of equal keys in sorted columns."""

    start: Integers
    end: Integers
    """Index of the last member."""
    index: Integers
    """Group of every row."""

    @classmethod
    def by(cls, *keys: NDArray[Any]) -> "_Groups":
        size = len(keys[0])
        changes = np.zeros(size, dtype=bool)
        changes[:1] = True
        for key in keys:
            changes[1:] |= key[1:] != key[:-1]
        start = np.flatnonzero(changes)
        end = np.append(start[1:], size) - 1 if size else start
        return cls(start, end, np.cumsum(changes) - 1)

    @property
    def count(self) -> int:
        return len(self.start)

    @property
    def sizes(self) -> Integers:
        return self.end - self.start + 1

    def total(self, values: Floats | Bools) -> Floats:
        sums: Floats = np.bincount(self.index, weights=values, minlength=self.count).astype(np.float64)
        return sums

    def mean(self, values: Floats) -> Floats:
        """Mean of the finite values; NaN where there is none."""
        known = np.isfinite(values)
        with np.errstate(invalid="ignore"):
            return self.total(np.where(known, values, 0.0)) / self.total(known)

    def sigma(self, values: Floats) -> Floats:
        """Population standard deviation of the finite values."""
        return np.sqrt(self.mean((values - self.mean(values)[self.index]) ** 2))

    def smallest(self, values: Floats) -> Floats:
        lowest = np.minimum.reduceat(np.where(np.isfinite(values), values, np.inf), self.start)
        return np.where(np.isfinite(lowest), lowest, np.nan)

    def largest(self, values: Floats) -> Floats:
        return -self.smallest(-values)

    def median(self, values: Floats) -> Floats:
        known = np.isfinite(values)
        ranked = values[np.lexsort((np.where(known, values, np.inf), self.index))]
        counts = self.total(known).astype(np.int64)
        low = np.minimum(self.start + np.maximum(counts - 1, 0) // 2, self.end)
        high = np.minimum(self.start + counts // 2, self.end)
        return np.where(counts > 0, (ranked[low] + ranked[high]) / 2, np.nan)


def _band_statistics(
    table: DetectionTable, dubious: Bools, non_detections: NonDetectionTable
) -> list[BandStatistics]:
    groups = _Groups.by(table.object_id, table.band)
    magnitude, apparent = table.magnitude, table.apparent_magnitude
    first_mjd = table.mjd[groups.start]
    with np.errstate(invalid="ignore"):
        saturated = groups.total(apparent < SATURATION_MAGNITUDE) / groups.total(table.corrected)
    columns = (
        table.object_id[groups.start].tolist(),
        table.band[groups.start].tolist(),
        groups.sizes.tolist(),
        groups.total(dubious).astype(np.int64).tolist(),
        first_mjd.tolist(),
        table.mjd[groups.end].tolist(),
        *(
            _nullable(column)
            for column in (
                groups.mean(magnitude),
                groups.median(magnitude),
                groups.smallest(magnitude),
                groups.largest(magnitude),
                groups.sigma(magnitude),
                magnitude[groups.start],
                magnitude[groups.end],
                groups.mean(apparent),
                groups.median(apparent),
                groups.smallest(apparent),
                groups.largest(apparent),
                _rise_rates(table, groups, non_detections),
                saturated,
            )
        ),
    )
    return [BandStatistics(*row) for row in zip(*columns, strict=True)]


def _rise_rates(table: DetectionTable, groups: _Groups, limits: NonDetectionTable) -> Floats:
    """max over earlier limits of (limit - (first magnitude + its error)) / (time between), NaN without."""
    rates = np.full(groups.count, -np.inf)
    keys = {
        key: index
        for index, key in enumerate(
            zip(table.object_id[groups.start].tolist(), table.band[groups.start].tolist(), strict=True)
        )
    }
    owner = np.array(
        [keys.get(key, -1) for key in zip(limits.object_id.tolist(), limits.band.tolist(), strict=True)],
        dtype=np.int64,
    )
    first = groups.start[owner]
    gap = table.mjd[first] - limits.mjd
    error = table.magnitude_error[first]
    faintest = table.magnitude[first] + np.where(np.isfinite(error), error, 0.0)
    usable = (owner >= 0) & (gap > RISE_GAP_DAYS) & (limits.limiting_magnitude > 0) & np.isfinite(faintest)
    np.maximum.at(
        rates, owner[usable], ((limits.limiting_magnitude - faintest) / np.where(usable, gap, 1.0))[usable]
    )
    return np.where(np.isfinite(rates), rates, np.nan)


def _object_summaries(
    table: DetectionTable, bands: list[BandStatistics], non_detections: NonDetectionTable
) -> list[ObjectSummary]:
    """The table is sorted by object and band, so it is sorted again by object and time."""
    order = np.lexsort((table.candid, table.mjd, table.object_id))
    table = _reordered(table, order)
    groups = _Groups.by(table.object_id)
    ids = table.object_id[groups.start]
    places = _mean_places(table, groups)
    limits = np.bincount(*_membership(ids, non_detections.object_id)) if len(ids) else np.zeros(0)
    colors = _colors(bands)
    rows = zip(
        ids.tolist(),
        places[:, 0].tolist(),
        places[:, 1].tolist(),
        healpix(places[:, 0], places[:, 1]).tolist(),
        groups.sizes.tolist(),
        limits[: groups.count].astype(np.int64).tolist(),
        table.mjd[groups.start].tolist(),
        table.mjd[groups.end].tolist(),
        table.corrected[groups.start].tolist(),
        _first_known(table.stellar, groups),
        strict=True,
    )
    return [ObjectSummary._make((*row, *colors[row[0]])) for row in rows]


def _membership(ids: Integers, others: Integers) -> tuple[Integers, None, int]:
    """Arguments for bincount: index of each other in sorted ids (the last bin for strangers)."""
    place = np.searchsorted(ids, others)
    known = (place < len(ids)) & (ids[np.minimum(place, len(ids) - 1)] == others)
    return np.where(known, place, len(ids)), None, len(ids) + 1


def _mean_places(table: DetectionTable, groups: _Groups) -> Floats:
    """Mean positions, shape (groups, 2): the direction of the sum of unit vectors."""
    vectors = direction(table.ra, table.dec)
    sums = np.stack([groups.total(vectors[:, axis]) for axis in range(3)], axis=-1)
    return np.array([position_of_direction(*vector) for vector in sums.tolist()])


def _first_known(stellar: Floats, groups: _Groups) -> list[bool | None]:
    known = np.flatnonzero(np.isfinite(stellar))
    first: list[bool | None] = [None] * groups.count
    for row in known[::-1].tolist():
        first[groups.index[row]] = bool(stellar[row])
    return first


def _colors(bands: list[BandStatistics]) -> dict[int, tuple[float | None, float | None]]:
    """Mean g - mean r of every object: difference and apparent."""
    by_key = {(row.object_id, row.band): row for row in bands}
    colors: dict[int, tuple[float | None, float | None]] = {}
    for object_id in {row.object_id for row in bands}:
        g, r = by_key.get((object_id, "g")), by_key.get((object_id, "r"))
        if g is None or r is None:
            colors[object_id] = (None, None)
        else:
            colors[object_id] = (
                _difference(g.magnitude_mean, r.magnitude_mean),
                _difference(g.apparent_magnitude_mean, r.apparent_magnitude_mean),
            )
    return colors


def _difference(a: float | None, b: float | None) -> float | None:
    return None if a is None or b is None else a - b


def _nullable(values: Floats) -> list[float | None]:
    return [value if value == value else None for value in values.tolist()]
