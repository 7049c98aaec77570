"""Light curves as they are read back: rows in order of time."""

from collections.abc import Sequence
from typing import NamedTuple

from domain.band import Band


class StoredDetection(NamedTuple):
    """A detection (domain.alert.Detection) with its object, and `dubious`: its correction is in doubt."""

    object_id: int
    candid: int
    mjd: float
    band: Band
    ra: float
    dec: float
    is_positive: bool
    magnitude: float | None
    magnitude_error: float | None
    apparent_magnitude: float | None
    apparent_magnitude_error: float | None
    apparent_magnitude_error_extended: float | None
    flux: float | None
    flux_error: float | None
    limiting_magnitude: float | None
    real_bogus: float | None
    deep_real_bogus: float | None
    corrected: bool
    dubious: bool
    has_stamps: bool


class StoredNonDetection(NamedTuple):
    """A non-detection (domain.alert.NonDetection) with its object."""

    object_id: int
    mjd: float
    band: Band
    limiting_magnitude: float


class StoredForcedPhotometry(NamedTuple):
    """Forced photometry (domain.alert.ForcedPhotometry) with its object."""

    object_id: int
    mjd: float
    band: Band
    flux: float | None
    flux_error: float | None
    magnitude: float | None
    magnitude_error: float | None
    is_positive: bool | None
    apparent_magnitude: float | None
    apparent_magnitude_error: float | None
    limiting_magnitude: float | None


class Window(NamedTuple):
    """Part of a light curve: bands (None for all) and MJD limits, both included (None for open)."""

    bands: tuple[Band, ...] | None = None
    after_mjd: float | None = None
    before_mjd: float | None = None


class LightCurve(NamedTuple):
    """All that was measured of one object, each list in order of time."""

    detections: Sequence[StoredDetection]
    non_detections: Sequence[StoredNonDetection]
    forced_photometry: Sequence[StoredForcedPhotometry]
