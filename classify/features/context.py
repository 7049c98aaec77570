"""Where the object lies, and what lies under it."""

from dataclasses import dataclass
from math import asin, cos, degrees, radians, sin

from domain.alert import Alert

NAN = float("nan")

NAMES = (
    "star_galaxy_score",
    "star_galaxy_distance",
    "stellar",
    "corrected_fraction",
    "is_apparent",
    "galactic_latitude",
    "ecliptic_latitude",
    "timespan",
    "points",
)
"""`star_galaxy_score`: 0 (galaxy) to 1 (star) of the nearest catalogue source, and `star_galaxy_distance` [arcsec];
`stellar`: 1 when the source underneath looks like a star, 0 when not (domain.photometry.is_stellar);
`corrected_fraction`: of the detections, those on a reference source; `is_apparent`: 1 when apparent magnitudes
were used, 0 for difference magnitudes; latitudes [deg]; `timespan` [d] and `points`: of the measurements, all
bands."""

_POLE_RA, _POLE_DEC = radians(192.85948), radians(27.12825)
"""North pole of the Galaxy (ICRS; Hipparcos catalogue, volume 1, section 1.5.3)."""
_OBLIQUITY = radians(23.4392911)


@dataclass(frozen=True, slots=True)
class Context:
    """What is known besides the light curve; NaN for what is not. Angles in degrees, ICRS."""

    ra: float = NAN
    dec: float = NAN
    star_galaxy_score: float = NAN
    star_galaxy_distance: float = NAN
    stellar: float = NAN


def context_of(alert: Alert | None) -> Context:
    """From the object's alert; the score and distance where the survey's extras have the nearest sources of a deep
    catalogue, as `ps1_star_galaxy_scores` and `ps1_distances_arcsec`."""
    if alert is None:
        return Context()
    detection = alert.detection
    return Context(
        ra=detection.ra,
        dec=detection.dec,
        star_galaxy_score=_first(getattr(alert.extras, "ps1_star_galaxy_scores", None)),
        star_galaxy_distance=_first(getattr(alert.extras, "ps1_distances_arcsec", None)),
        stellar=NAN if detection.stellar is None else float(detection.stellar),
    )


def _first(values: tuple[float | None, ...] | None) -> float:
    return NAN if not values or values[0] is None else float(values[0])


def galactic_latitude(ra: float, dec: float) -> float:
    """Of a position [deg]; NaN for NaN."""
    a, d = radians(ra) - _POLE_RA, radians(dec)
    return degrees(asin(_clipped(sin(d) * sin(_POLE_DEC) + cos(d) * cos(_POLE_DEC) * cos(a))))


def ecliptic_latitude(ra: float, dec: float) -> float:
    """Of a position, ecliptic of J2000 [deg]; NaN for NaN."""
    a, d = radians(ra), radians(dec)
    return degrees(asin(_clipped(sin(d) * cos(_OBLIQUITY) - cos(d) * sin(_OBLIQUITY) * sin(a))))


def _clipped(sine: float) -> float:
    return sine if sine != sine else min(max(sine, -1.0), 1.0)
