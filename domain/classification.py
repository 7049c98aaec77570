"""What a classifier says of an object."""

from collections.abc import Mapping
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from domain.band import Band

FEATURES_REMEMBERED = 4096
"""Names of features: those of a few classifiers, again and again."""


class ClassifierKind(StrEnum):
    """What a classifier goes by, which decides when an object becomes work for it."""

    STAMPS = "stamps"
    """The first alert with stamps of an object."""
    LIGHT_CURVE = "light_curve"
    """A light curve that has grown enough (domain.growth)."""


class WhyUnanswered(StrEnum):
    """Why a classifier has not answered for an object."""

    WAITING = "waiting"
    """It is queued, or a worker has it."""
    DEFERRED = "deferred"
    """There is too little of it yet."""
    FAILED = "failed"
    """It could not be classified."""
    NOT_DUE = "not_due"
    """Nothing of it has made work for the classifier."""
    OTHER_SURVEY = "other_survey"
    """The classifier does not answer for objects of its survey."""


class FeatureDefinition(NamedTuple):
    """What a feature is, for people."""

    name: str
    """Without the band."""
    unit: str | None
    """As VOUnits write it; None for a pure number."""
    description: str
    """What it measures, and of which points."""


class Classification(NamedTuple):
    """All probabilities of one run of a classifier for one object."""

    object_id: int
    classifier: str
    version: str
    candid: int
    """The alert that caused it."""
    probabilities: Mapping[str, float]
    """Of every leaf of the classifier's taxonomy; they sum to 1."""
    features: Mapping[str, float] | None
    """Named numbers that the answer follows from, NaN where one cannot be told; None when the classifier has
    none. A feature of one band ends in `_` and the band's letter."""


class Failure(NamedTuple):
    """Why an object got no probabilities; for the person who looks after the broker."""

    object_id: int
    reason: str


class Deferral(NamedTuple):
    """Why an object gets no probabilities yet: there is too little of it. Nothing is wrong with it, and it is asked
    about again as it grows."""

    object_id: int
    reason: str


Outcome = Classification | Failure | Deferral
"""What a classifier says of an object that it is asked about."""


class Ranked(NamedTuple):
    """A class in the order of probability; the most probable has ranking 1."""

    name: str
    probability: float
    ranking: int


def ranked(probabilities: Mapping[str, float]) -> list[Ranked]:
    """Classes from the most probable to the least; equal ones in the order of the taxonomy."""
    in_order = sorted(probabilities.items(), key=lambda item: -item[1])
    return [Ranked(name, probability, place) for place, (name, probability) in enumerate(in_order, 1)]


@lru_cache(maxsize=FEATURES_REMEMBERED)
def split_feature(name: str) -> tuple[str, Band | None]:
    """The name of a feature without its band, and the band; None for a feature of all bands."""
    stem, _, suffix = name.rpartition("_")
    return (stem, Band(suffix)) if stem and suffix in _BANDS else (name, None)


def feature_name(name: str, band: Band | None) -> str:
    """The full name of a feature."""
    return name if band is None else f"{name}_{band.value}"


_BANDS = {band.value for band in Band}
