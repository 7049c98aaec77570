"""Running totals from which the summaries of light curves follow.

A tally grows by one detection at a time, in the order of time, and its cost does not depend on how many came
before. Sums are of whole numbers, so they are exact: a tally that grew through a hundred batches equals, to
the last bit, the one made from the whole light curve at once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import cos, radians, sin, sqrt
from typing import NamedTuple

from domain.sky import healpix, position_of_direction
from domain.statistics import BandStatistics, ObjectSummary

SATURATION_MAGNITUDE = 13.2
"""Apparent magnitude above which ZTF's detections are linear; brighter ones are saturated."""
RISE_GAP_DAYS = 0.5
"""Limits closer than this to the first detection say nothing about its rise."""

MAGNITUDE_STEPS = 2**24
"""Magnitudes are added up in steps of 6e-8 mag: finer than the last bit of the survey's own."""
DIRECTION_STEPS = 2**44
"""Components of directions are added up in steps of 6e-14 (12 nanoarcseconds): half a million fit 63 bits."""


class CountedDetection(NamedTuple):
    """What a summary needs to know of a detection."""

    object_id: int
    band: str
    mjd: float
    candid: int
    ra: float
    dec: float
    is_positive: bool
    magnitude: float | None
    magnitude_error: float | None
    apparent_magnitude: float | None
    corrected: bool
    stellar: bool | None

    @property
    def place_in_time(self) -> tuple[float, int]:
        """What light curves are sorted by."""
        return self.mjd, self.candid


class CountedLimit(NamedTuple):
    """What a summary needs to know of a non-detection."""

    object_id: int
    band: str
    mjd: float
    limiting_magnitude: float


@dataclass(slots=True)
class MagnitudeTally:
    """Totals of magnitudes; those that are None do not count."""

    count: int = 0
    total: int = 0
    square_total: int = 0
    smallest: float | None = None
    largest: float | None = None

    def add(self, magnitude: float | None) -> None:
        if magnitude is None:
            return
        steps = round(magnitude * MAGNITUDE_STEPS)
        self.count += 1
        self.total += steps
        self.square_total += steps * steps
        self.smallest = magnitude if self.smallest is None else min(self.smallest, magnitude)
        self.largest = magnitude if self.largest is None else max(self.largest, magnitude)

    @property
    def mean(self) -> float | None:
        return self.total / (self.count * MAGNITUDE_STEPS) if self.count else None

    @property
    def sigma(self) -> float | None:
        """Population standard deviation."""
        if not self.count:
            return None
        return sqrt(self.count * self.square_total - self.total**2) / (self.count * MAGNITUDE_STEPS)


@dataclass(slots=True)
class BandTally:
    """Totals of one object in one band, begun with its first detection."""

    object_id: int
    band: str
    first_mjd: float
    first_magnitude: float | None
    first_magnitude_error: float | None
    first_corrected: bool
    last_mjd: float
    last_magnitude: float | None
    detection_count: int = 0
    dubious_count: int = 0
    corrected_count: int = 0
    saturated_count: int = 0
    rise_rate: float | None = None
    magnitude: MagnitudeTally = field(default_factory=MagnitudeTally)
    apparent: MagnitudeTally = field(default_factory=MagnitudeTally)

    @classmethod
    def beginning(cls, first: CountedDetection) -> "BandTally":
        """A tally that does not yet count the detection it begins with."""
        return cls(
            first.object_id,
            first.band,
            first_mjd=first.mjd,
            first_magnitude=first.magnitude,
            first_magnitude_error=first.magnitude_error,
            first_corrected=first.corrected,
            last_mjd=first.mjd,
            last_magnitude=first.magnitude,
        )

    def add(self, detection: CountedDetection) -> bool:
        """Count a detection that is later than all before; whether it is dubious.

        Dubious: a negative difference without a reference source, or one that is corrected while the first of
        its object and band is not, or the reverse.
        """
        dubious = (
            not detection.corrected and not detection.is_positive
        ) or detection.corrected != self.first_corrected
        apparent = detection.apparent_magnitude
        self.detection_count += 1
        self.dubious_count += dubious
        self.corrected_count += detection.corrected
        self.saturated_count += apparent is not None and apparent < SATURATION_MAGNITUDE
        self.last_mjd, self.last_magnitude = detection.mjd, detection.magnitude
        self.magnitude.add(detection.magnitude)
        self.apparent.add(apparent)
        return dubious

    def add_limit(self, limit: CountedLimit) -> None:
        """Let a limit in this band prove how fast the object rose before its first detection, in any order."""
        gap = self.first_mjd - limit.mjd
        if gap <= RISE_GAP_DAYS or limit.limiting_magnitude <= 0 or self.first_magnitude is None:
            return
        faintest = self.first_magnitude + (self.first_magnitude_error or 0.0)
        rate = (limit.limiting_magnitude - faintest) / gap
        self.rise_rate = rate if self.rise_rate is None else max(self.rise_rate, rate)

    def statistics(self) -> BandStatistics:
        """What the totals say."""
        return BandStatistics(
            object_id=self.object_id,
            band=self.band,
            detection_count=self.detection_count,
            dubious_count=self.dubious_count,
            first_mjd=self.first_mjd,
            last_mjd=self.last_mjd,
            magnitude_mean=self.magnitude.mean,
            magnitude_min=self.magnitude.smallest,
            magnitude_max=self.magnitude.largest,
            magnitude_sigma=self.magnitude.sigma,
            magnitude_first=self.first_magnitude,
            magnitude_last=self.last_magnitude,
            apparent_magnitude_mean=self.apparent.mean,
            apparent_magnitude_min=self.apparent.smallest,
            apparent_magnitude_max=self.apparent.largest,
            rise_rate=self.rise_rate,
            saturation_rate=self.saturated_count / self.corrected_count if self.corrected_count else None,
        )


@dataclass(slots=True)
class ObjectTally:
    """Totals of one object."""

    object_id: int
    detection_count: int = 0
    non_detection_count: int = 0
    direction_x: int = 0
    direction_y: int = 0
    direction_z: int = 0
    first_mjd: float = 0.0
    last_mjd: float = 0.0
    last_candid: int = 0
    corrected: bool = False
    stellar: bool | None = None
    bands: dict[str, BandTally] = field(default_factory=dict)
    waiting_limits: list[CountedLimit] = field(default_factory=list)
    """Limits that are counted already, in bands that may be detected later."""

    def can_append(self, detections: Iterable[CountedDetection]) -> bool:
        """Whether detections are all later than those that were counted."""
        last = (self.last_mjd, self.last_candid)
        return self.detection_count == 0 or all(detection.place_in_time > last for detection in detections)

    def add(self, detections: Iterable[CountedDetection]) -> list[tuple[CountedDetection, bool]]:
        """Count detections that `can_append`, in the order of time; each with whether it is dubious."""
        in_time = sorted(detections, key=lambda detection: detection.place_in_time)
        return [(detection, self._add(detection)) for detection in in_time]

    def add_limits(self, limits: Sequence[CountedLimit]) -> None:
        """Count limits, in any order, once the detections are counted."""
        self.non_detection_count += len(limits)
        for limit in [*self.waiting_limits, *limits]:
            if limit.band in self.bands:
                self.bands[limit.band].add_limit(limit)

    def _add(self, detection: CountedDetection) -> bool:
        if self.detection_count == 0:
            self.first_mjd, self.corrected = detection.mjd, detection.corrected
        self.detection_count += 1
        self.last_mjd, self.last_candid = detection.place_in_time
        self.stellar = detection.stellar if self.stellar is None else self.stellar
        self._add_direction(detection.ra, detection.dec)
        band = self.bands.get(detection.band)
        if band is None:
            band = self.bands[detection.band] = BandTally.beginning(detection)
        return band.add(detection)

    def _add_direction(self, ra: float, dec: float) -> None:
        ra_radians, dec_radians = radians(ra), radians(dec)
        self.direction_x += round(cos(dec_radians) * cos(ra_radians) * DIRECTION_STEPS)
        self.direction_y += round(cos(dec_radians) * sin(ra_radians) * DIRECTION_STEPS)
        self.direction_z += round(sin(dec_radians) * DIRECTION_STEPS)


def object_summaries(tallies: Sequence[ObjectTally]) -> list[ObjectSummary]:
    """What the totals of objects say."""
    places = [position_of_direction(t.direction_x, t.direction_y, t.direction_z) for t in tallies]
    pixels = healpix([place.ra for place in places], [place.dec for place in places]).tolist() if places else []
    return [
        ObjectSummary(
            object_id=tally.object_id,
            ra=place.ra,
            dec=place.dec,
            hpx=pixel,
            detection_count=tally.detection_count,
            non_detection_count=tally.non_detection_count,
            first_mjd=tally.first_mjd,
            last_mjd=tally.last_mjd,
            corrected=tally.corrected,
            stellar=tally.stellar,
            mean_color=_color(tally, "magnitude"),
            mean_apparent_color=_color(tally, "apparent"),
        )
        for tally, place, pixel in zip(tallies, places, pixels, strict=True)
    ]


def _color(tally: ObjectTally, kind: str) -> float | None:
    """Mean g - mean r; None unless both bands have magnitudes of the kind."""
    g, r = tally.bands.get("g"), tally.bands.get("r")
    if g is None or r is None:
        return None
    means: tuple[float | None, float | None] = (getattr(g, kind).mean, getattr(r, kind).mean)
    return None if means[0] is None or means[1] is None else means[0] - means[1]
