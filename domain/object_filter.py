"""Which objects a person asks for, and in which order."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from domain.band import Band
from domain.catalog import Catalog
from domain.region import Region
from domain.survey import SurveyName


class Range(NamedTuple):
    """Limits of a number; None leaves a side open."""

    gte: float | None = None
    lte: float | None = None
    gt: float | None = None
    lt: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a number is within the limits."""
        return not (
            (self.gte is not None and not value >= self.gte)
            or (self.lte is not None and not value <= self.lte)
            or (self.gt is not None and not value > self.gt)
            or (self.lt is not None and not value < self.lt)
        )


NO_LIMITS = Range()


class ClassFilter(NamedTuple):
    """Of the latest answer of a classifier: a class that is one of `classes`, has this ranking and a probability
    within limits. None asks nothing."""

    classifier: str
    version: str | None = None
    classes: tuple[str, ...] | None = None
    ranking: int | None = None
    probability: Range = NO_LIMITS


class FeatureFilter(NamedTuple):
    """A feature, by its full name, that is known and has a value within limits."""

    name: str
    value: Range


class BandFilter(NamedTuple):
    """Limits of an object's statistics in one band, which it must have been detected in; magnitudes are AB."""

    band: Band
    magnitude_mean: Range | None = None
    magnitude_min: Range | None = None
    magnitude_last: Range | None = None
    apparent_magnitude_mean: Range | None = None
    detection_count: Range | None = None
    rise_rate: Range | None = None


class InCatalog(NamedTuple):
    """A source of the catalogue of this name lies within its default radius."""

    name: str
    catalog: Catalog | None = None
    """What storage knows of it, once it has looked."""


@dataclass(frozen=True, slots=True)
class ObjectFilter:
    """Conditions that must all hold; None asks nothing. `any_of` is empty or a list of which one must hold."""

    survey: SurveyName | None = None
    names: tuple[str, ...] | None = None
    name_like: str | None = None
    detection_count: Range | None = None
    first_mjd: Range | None = None
    last_mjd: Range | None = None
    duration_days: Range | None = None
    mean_color: Range | None = None
    stellar: bool | None = None
    corrected: bool | None = None
    region: Region | None = None
    class_: ClassFilter | None = None
    classified: bool | None = None
    feature: FeatureFilter | None = None
    band: BandFilter | None = None
    in_catalog: InCatalog | None = None
    all_of: tuple["ObjectFilter", ...] = field(default=())
    any_of: tuple["ObjectFilter", ...] | None = None
    none_of: "ObjectFilter | None" = None

    def everywhere(self) -> Iterator["ObjectFilter"]:
        """The filter, and every one within it."""
        yield self
        for part in (*self.all_of, *(self.any_of or ()), *(() if self.none_of is None else (self.none_of,))):
            yield from part.everywhere()


class OrderField(StrEnum):
    """What objects can be sorted by."""

    FIRST_MJD = "FIRST_MJD"
    LAST_MJD = "LAST_MJD"
    DETECTION_COUNT = "DETECTION_COUNT"
    RA = "RA"
    DEC = "DEC"
    NAME = "NAME"
    DURATION = "DURATION"
    PROBABILITY = "PROBABILITY"
    """Of the class that ObjectFilter.class_ asks for."""
    SKYMAP_PROBABILITY = "SKYMAP_PROBABILITY"
    """Per area, in the sky map that ObjectFilter.region is of."""


class Direction(StrEnum):
    """Ascending or descending."""

    ASC = "ASC"
    DESC = "DESC"


class ObjectOrder(NamedTuple):
    """One key to sort by."""

    field: OrderField
    direction: Direction = Direction.DESC


NEWEST_FIRST = (ObjectOrder(OrderField.LAST_MJD, Direction.DESC),)
