"""The light curve that features are made from: one kind of magnitude, sorted by band and time."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import NamedTuple

import numpy as np

from classify.features.arrays import Floats, Integers
from domain.band import Band
from domain.light_curve import LightCurve, StoredDetection, StoredForcedPhotometry

BANDS: tuple[Band, ...] = tuple(Band)
"""All bands that features know, of any survey: u g r i z y. A survey's light curve fills those that it has."""

LARGEST_ERROR = 1.0
"""Magnitudes with a larger error are left out (Sánchez-Sáez et al. 2021, section 2)."""
ERROR_FLOOR = 0.005
"""Added in quadrature [mag]: no survey is calibrated better, and weights stay bounded."""
FORCED_SIGNIFICANCE = 3.0
"""Forced photometry below this signal-to-noise ratio counts as a non-detection."""


class Measurement(NamedTuple):
    """One magnitude. `sign` is +1 or -1 as the difference is brighter or fainter than the reference, 0 when that
    is not known."""

    mjd: float
    band: Band
    magnitude: float
    error: float
    sign: int


class Limit(NamedTuple):
    """An epoch without a detection, and how deep it was."""

    mjd: float
    band: Band
    magnitude: float


@dataclass(frozen=True, slots=True)
class Photometry:
    """Arrays sorted by band, then time; band b of BANDS is `start[b]:start[b + 1]`."""

    time: Floats
    """Days since the object's first measurement."""
    magnitude: Floats
    error: Floats
    sign: Floats
    start: Integers
    limit_time: Floats
    """Days since the first measurement; negative before it."""
    limit: Floats
    limit_start: Integers
    first_mjd: float
    is_apparent: bool
    """Apparent magnitudes (True) or difference magnitudes."""
    corrected_fraction: float
    """Of the detections, those on a reference source; NaN when the survey does not say."""

    @property
    def points(self) -> Integers:
        """Number of measurements by band."""
        return np.diff(self.start)


def photometry_of(light_curve: LightCurve) -> Photometry:
    """The measurements of a stored light curve.

    Which magnitude. A variable star or nucleus is in the reference image, so its own light is the apparent
    magnitude; a supernova is not, so its own light is the difference, even on top of a galaxy. Apparent magnitudes
    are taken when at least half of the detections sit on a reference source and have one, and some detection is
    fainter than the reference, which no new source can be; difference magnitudes otherwise. Detections without the
    chosen magnitude, without an error, or with one above 1 mag, are left out.

    Limits are non-detections and the forced photometry below 3 sigma.
    """
    detections = light_curve.detections
    apparent = _takes_apparent(detections)
    corrected = sum(item.corrected for item in detections) / len(detections) if detections else float("nan")
    measurements = [_measurement(item, apparent) for item in detections]
    limits = [Limit(item.mjd, item.band, item.limiting_magnitude) for item in light_curve.non_detections]
    limits += [_forced_limit(item) for item in light_curve.forced_photometry if _is_limit(item)]
    return sorted_photometry(measurements, limits, is_apparent=apparent, corrected_fraction=corrected)


def _takes_apparent(detections: Sequence[StoredDetection]) -> bool:
    usable = sum(item.corrected and item.apparent_magnitude is not None for item in detections)
    return 2 * usable >= len(detections) and any(not item.is_positive for item in detections)


def _measurement(item: StoredDetection, apparent: bool) -> Measurement:
    magnitude = item.apparent_magnitude if apparent else item.magnitude
    error = item.magnitude_error
    if apparent:
        error = item.apparent_magnitude_error
        if error is None:
            error = item.apparent_magnitude_error_extended
    missing = float("nan")
    return Measurement(
        item.mjd,
        item.band,
        missing if magnitude is None else magnitude,
        missing if error is None else error,
        1 if item.is_positive else -1,
    )


def _is_limit(item: StoredForcedPhotometry) -> bool:
    if item.flux is None or item.flux_error is None or item.limiting_magnitude is None:
        return False
    return abs(item.flux) < FORCED_SIGNIFICANCE * item.flux_error


def _forced_limit(item: StoredForcedPhotometry) -> Limit:
    return Limit(item.mjd, item.band, float("nan") if item.limiting_magnitude is None else item.limiting_magnitude)


def sorted_photometry(
    measurements: Iterable[Measurement],
    limits: Iterable[Limit],
    *,
    is_apparent: bool,
    corrected_fraction: float = float("nan"),
) -> Photometry:
    """Photometry of rows in any order; rows that are not numbers, or too uncertain, are left out."""
    index = {band: number for number, band in enumerate(BANDS)}
    kept = sorted(
        (index[item.band], item.mjd, item.magnitude, item.error, item.sign)
        for item in measurements
        if isfinite(item.mjd) and isfinite(item.magnitude) and 0 <= item.error <= LARGEST_ERROR
    )
    shallow = sorted(
        (index[item.band], item.mjd, item.magnitude)
        for item in limits
        if isfinite(item.mjd) and isfinite(item.magnitude)
    )
    rows = np.array(kept, dtype=np.float64).reshape(-1, 5)
    limit_rows = np.array(shallow, dtype=np.float64).reshape(-1, 3)
    first = float(rows[:, 1].min()) if len(rows) else float("nan")
    edges = np.arange(len(BANDS) + 1)
    return Photometry(
        time=np.ascontiguousarray(rows[:, 1] - first),
        magnitude=np.ascontiguousarray(rows[:, 2]),
        error=np.hypot(rows[:, 3], ERROR_FLOOR),
        sign=np.ascontiguousarray(rows[:, 4]),
        start=np.searchsorted(rows[:, 0], edges),
        limit_time=np.ascontiguousarray(limit_rows[:, 1] - first),
        limit=np.ascontiguousarray(limit_rows[:, 2]),
        limit_start=np.searchsorted(limit_rows[:, 0], edges),
        first_mjd=first,
        is_apparent=is_apparent,
        corrected_fraction=corrected_fraction,
    )
