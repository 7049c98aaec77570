"""Summaries of light curves: per object and band, and per object.

The quantities are those of Förster et al. 2021 (AJ 161 242), section 3.4, with population standard deviations.
They follow from tallies (domain.tally), which grow with every detection. Medians do not: they are taken from
the light curve when somebody asks.
"""

from typing import NamedTuple


class BandStatistics(NamedTuple):
    """Summary of one object in one band. Magnitudes are difference magnitudes unless named apparent."""

    object_id: int
    band: str
    detection_count: int
    dubious_count: int
    first_mjd: float
    last_mjd: float
    magnitude_mean: float | None
    magnitude_min: float | None
    magnitude_max: float | None
    magnitude_sigma: float | None
    magnitude_first: float | None
    magnitude_last: float | None
    apparent_magnitude_mean: float | None
    apparent_magnitude_min: float | None
    apparent_magnitude_max: float | None
    rise_rate: float | None
    """Fastest brightening (mag/day, positive) that a limit before the first detection proves."""
    saturation_rate: float | None
    """Fraction of the corrected detections that are brighter than domain.tally.SATURATION_MAGNITUDE."""


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
