"""An alert in survey-neutral form: what a packet says about one object at one time.

Rows are named tuples: a night holds hundreds of millions of them, and a tuple is what a database driver
takes. Positions are degrees ICRS, times MJD (UTC), magnitudes AB, fluxes nJy. None means that the survey
did not say, or that the quantity does not exist.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from domain.band import Band
from domain.stamp import StampKind
from domain.survey import SurveyName


class Detection(NamedTuple):
    """One significant measurement on a difference image."""

    candid: int
    """The survey's identifier of the measurement."""
    mjd: float
    band: Band
    ra: float
    dec: float
    is_positive: bool
    """True when the source is brighter than in the reference image."""
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
    """True when the measurement sits on a reference source and was corrected with it."""
    stellar: bool | None
    """True when the source underneath looks like a star; None when the packet cannot tell."""
    has_stamps: bool


class NonDetection(NamedTuple):
    """An epoch at which the object was looked for and not detected down to a limit."""

    measurement_id: int
    """The survey's identifier of the image that was searched."""
    mjd: float
    band: Band
    limiting_magnitude: float


class ForcedPhotometry(NamedTuple):
    """Flux measured at a known position, whether there is a signal or not."""

    measurement_id: int
    mjd: float
    band: Band
    flux: float | None
    flux_error: float | None
    magnitude: float | None
    """Of the size of the flux; its sign is `is_positive`."""
    magnitude_error: float | None
    is_positive: bool | None
    apparent_magnitude: float | None
    apparent_magnitude_error: float | None
    limiting_magnitude: float | None


class SurveyExtras(Protocol):
    """What one survey says beyond the common form: a typed value defined in that survey's file."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert: the detection that caused it, and the object's recent history."""

    survey: SurveyName
    object_name: str
    """The survey's own identifier of the object."""
    object_id: int
    """Our deterministic 64-bit key of (survey, object_name)."""
    detection: Detection
    previous_detections: tuple[Detection, ...]
    non_detections: tuple[NonDetection, ...]
    forced_photometry: tuple[ForcedPhotometry, ...]
    stamps: Mapping[StampKind, bytes]
    """Images as the survey encodes them; empty when the packet has none."""
    extras: SurveyExtras

    @property
    def candid(self) -> int:
        return self.detection.candid
