"""What a packet says beside its stamps, as named numbers: the early classifier's metadata.

The fields are those of Carrasco-Davis et al. (2021, AJ 162 231), with these differences. The position enters as
the distances from the Galactic plane and from the ecliptic alone: stars crowd to the one and asteroids to the
other, while a right ascension would teach where a training set was observed. The survey's own
verdicts, its match with known asteroids and its real-bogus scores, are never read: the classifier is there for a
second opinion.
"""

from collections.abc import Mapping
from math import asin, cos, degrees, log10, nan, radians, sin
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from domain.alert import Alert
from domain.band import Band
from domain.survey import SurveyName
from surveys.ztf import ZtfExtras

_NORTH_GALACTIC_POLE = radians(192.85948), radians(27.12825)
_NORTH_ECLIPTIC_POLE = radians(270.0), radians(90.0 - 23.4392911)


SURVEYS = frozenset({SurveyName.ZTF})
"""Those whose packets have the fields."""


class Metadata(NamedTuple):
    """The fields as the survey gives them; None where it does not. Units: mag, pixels, arcsec, degrees."""

    band: Band | None
    is_positive: bool | None
    magnitude: float | None
    magnitude_error: float | None
    limiting_magnitude: float | None
    ra: float | None
    dec: float | None
    fwhm: float | None
    """Pixels, of the candidate in the difference image."""
    star_galaxy_sextractor: float | None
    """1 a star, 0 anything wider, by SExtractor."""
    reference_distance: float | None
    """Pixels to the nearest source of the reference image."""
    reference_magnitude: float | None
    reference_magnitude_error: float | None
    reference_chi: float | None
    reference_sharpness: float | None
    catalog_star_scores: tuple[float | None, float | None, float | None]
    """Of the three nearest Pan-STARRS sources: 1 a star, 0 a galaxy."""
    catalog_distances: tuple[float | None, float | None, float | None]
    """Arcsec to them."""
    detections: int | None
    """At this place since the survey began, this one included."""
    coverages: int | None
    """Exposures of this place since the survey began."""

    @classmethod
    def of_alert(cls, alert: Alert) -> Self | None:
        """None for an alert of a survey whose packets have other fields."""
        extras, detection = alert.extras, alert.detection
        if not isinstance(extras, ZtfExtras):
            return None
        return cls(
            band=detection.band,
            is_positive=detection.is_positive,
            magnitude=detection.magnitude,
            magnitude_error=detection.magnitude_error,
            limiting_magnitude=detection.limiting_magnitude,
            ra=detection.ra,
            dec=detection.dec,
            fwhm=extras.fwhm_pixels,
            star_galaxy_sextractor=extras.star_galaxy_sextractor,
            reference_distance=extras.reference_distance,
            reference_magnitude=extras.reference_magnitude,
            reference_magnitude_error=extras.reference_magnitude_error,
            reference_chi=extras.reference_chi,
            reference_sharpness=extras.reference_sharpness,
            catalog_star_scores=extras.ps1_star_galaxy_scores,
            catalog_distances=extras.ps1_distances_arcsec,
            detections=extras.detections_in_history,
            coverages=extras.coverages_in_history,
        )

    def numbers(self) -> dict[str, float]:
        """What the network reads, by name; NaN where a number cannot be told."""
        magnitude, limit, reference = self.magnitude, self.limiting_magnitude, self.reference_magnitude
        never = None
        if self.coverages is not None and self.detections is not None:
            never = max(self.coverages - self.detections, 0)
        galactic, ecliptic = _latitudes(self.ra, self.dec)
        scores = zip(("1", "2", "3"), self.catalog_star_scores, self.catalog_distances, strict=True)
        near = {}
        for rank, score, distance in scores:
            near[f"catalog_star_score_{rank}"] = _number(score)
            near[f"catalog_distance_{rank}"] = _logarithm(distance, 0.3)
        return {
            "is_positive": nan if self.is_positive is None else float(self.is_positive),
            "band_g": nan if self.band is None else float(self.band is Band.g),
            "band_i": nan if self.band is None else float(self.band is Band.i),
            "magnitude": _number(magnitude),
            "magnitude_error": _number(self.magnitude_error),
            "limiting_magnitude": _number(limit),
            "depth": _difference(limit, magnitude),
            "fwhm": _clipped(self.fwhm, 0.0, 10.0),
            "star_galaxy_sextractor": _number(self.star_galaxy_sextractor),
            "reference_distance": _logarithm(self.reference_distance, 0.3),
            "reference_magnitude": _number(reference),
            "reference_magnitude_error": _clipped(self.reference_magnitude_error, 0.0, 1.0),
            "reference_chi": _logarithm(self.reference_chi, 0.1),
            "reference_sharpness": _clipped(self.reference_sharpness, -1.0, 1.5),
            "contrast": _difference(reference, magnitude),
            **near,
            "detections": _logarithm(self.detections, 1.0),
            "coverages": _logarithm(self.coverages, 1.0),
            "non_detections": _logarithm(never, 1.0),
            "galactic_latitude": abs(galactic),
            "ecliptic_latitude": abs(ecliptic),
        }


def vector_of(metadata: Metadata) -> NDArray[np.float32]:
    """The numbers in the order of NAMES."""
    return np.array(list(metadata.numbers().values()), np.float32)


class Scaling(NamedTuple):
    """How a model wants its numbers: centred and scaled as in its training set, which wrote this down."""

    names: tuple[str, ...]
    centre: NDArray[np.float32]
    scale: NDArray[np.float32]
    limit: float
    """No number leaves -limit..limit, however odd a packet is."""

    def apply(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Rows of numbers, and after them as many flags: 1 where there was none, and the number is 0."""
        missing = ~np.isfinite(vectors)
        with np.errstate(over="ignore"):
            scaled = np.clip((vectors - self.centre) / self.scale, -self.limit, self.limit)
        return np.concatenate([np.where(missing, 0.0, scaled), missing], axis=1, dtype=np.float32)

    def as_json(self) -> dict[str, object]:
        columns = zip(self.names, self.centre.tolist(), self.scale.tolist(), strict=True)
        return {"limit": self.limit, "numbers": {name: [centre, scale] for name, centre, scale in columns}}

    @classmethod
    def from_json(cls, written: Mapping[str, object]) -> Self:
        numbers = written["numbers"]
        assert isinstance(numbers, dict)
        pairs = np.array(list(numbers.values()), np.float32)
        return cls(tuple(numbers), pairs[:, 0], pairs[:, 1], float(str(written["limit"])))


def _latitudes(ra: float | None, dec: float | None) -> tuple[float, float]:
    """Galactic and ecliptic latitude [degrees]: heights above the planes of the two poles."""
    if ra is None or dec is None:
        return nan, nan
    return _height(ra, dec, _NORTH_GALACTIC_POLE), _height(ra, dec, _NORTH_ECLIPTIC_POLE)


def _height(ra: float, dec: float, pole: tuple[float, float]) -> float:
    pole_ra, pole_dec = pole
    ra, dec = radians(ra), radians(dec)
    sine = sin(dec) * sin(pole_dec) + cos(dec) * cos(pole_dec) * cos(ra - pole_ra)
    return degrees(asin(min(1.0, max(-1.0, sine))))


def _number(value: float | None) -> float:
    return nan if value is None else float(value)


def _difference(first: float | None, second: float | None) -> float:
    return nan if first is None or second is None else first - second


def _clipped(value: float | None, low: float, high: float) -> float:
    return nan if value is None else min(max(float(value), low), high)


def _logarithm(value: float | None, soft: float) -> float:
    """log10 of something that is not negative, about linear below `soft`."""
    return nan if value is None else log10(max(float(value), 0.0) + soft)


NOTHING = Metadata._make((None, None, None) if name.startswith("catalog_") else None for name in Metadata._fields)
"""Of a triplet that comes without a packet."""
NAMES: tuple[str, ...] = tuple(NOTHING.numbers())
"""The numbers in the order in which a model reads them."""
