"""Where the object lies, and what lies under it."""

from dataclasses import dataclass
from math import asin, cos, degrees, radians, sin

from domain.alert import Alert
from domain.classification import FeatureDefinition
from domain.light_curve import LightCurve

NAN = float("nan")

DEFINITIONS = (
    FeatureDefinition(
        "star_galaxy_score", None, "Of the nearest source of a deep catalogue: 0 (galaxy) to 1 (star)."
    ),
    FeatureDefinition("star_galaxy_distance", "arcsec", "Distance of that source."),
    FeatureDefinition("stellar", None, "1 when the source underneath looks like a star, 0 when not."),
    FeatureDefinition(
        "corrected_fraction", None, "Fraction of detections that sit on a source of the reference image."
    ),
    FeatureDefinition(
        "is_apparent", None, "1 when the features are of apparent magnitudes, 0 when of difference magnitudes."
    ),
    FeatureDefinition("galactic_latitude", "deg", "Galactic latitude."),
    FeatureDefinition("ecliptic_latitude", "deg", "Latitude above the ecliptic of J2000."),
    FeatureDefinition("timespan", "d", "Time from the first to the last measurement, all bands."),
    FeatureDefinition("points", None, "Number of measurements, all bands."),
)
NAMES = tuple(definition.name for definition in DEFINITIONS)

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


def context_of(alert: Alert | None, light_curve: LightCurve) -> Context:
    """Position from the first detection, the rest from the object's alert: the score and distance where the
    survey's extras have the nearest sources of a deep catalogue, as `ps1_star_galaxy_scores` and
    `ps1_distances_arcsec`."""
    ra, dec = (
        (light_curve.detections[0].ra, light_curve.detections[0].dec) if light_curve.detections else (NAN, NAN)
    )
    if alert is None:
        return Context(ra, dec)
    stellar = alert.detection.stellar
    return Context(
        ra=ra,
        dec=dec,
        star_galaxy_score=_first(getattr(alert.extras, "ps1_star_galaxy_scores", None)),
        star_galaxy_distance=_first(getattr(alert.extras, "ps1_distances_arcsec", None)),
        stellar=NAN if stellar is None else float(stellar),
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
