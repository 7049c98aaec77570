"""The seam between classifiers and everything else."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Flag, auto
from typing import Protocol

from domain.alert import Alert
from domain.classification import Classification, Deferral, Failure, FeatureDefinition, Outcome
from domain.light_curve import LightCurve
from domain.survey import SurveyName
from domain.taxonomy import Taxonomy

__all__ = [
    "Classification",
    "Classifier",
    "Deferral",
    "Failure",
    "FeatureDefinition",
    "Need",
    "Outcome",
    "Subject",
]


class Need(Flag):
    """What a classifier reads of an object."""

    STAMPS = auto()
    METADATA = auto()
    LIGHT_CURVE = auto()


@dataclass(frozen=True, slots=True)
class Subject:
    """An object to classify, with what the classifier needs of it and None for the rest."""

    object_id: int
    survey: SurveyName
    name: str
    candid: int
    """The alert that caused the work."""
    alert: Alert | None
    """For STAMPS and METADATA: the object's first alert with stamps, with its extras. None when none has stamps."""
    light_curve: LightCurve | None
    """For LIGHT_CURVE: all that was measured, as it is now."""


class Classifier(Protocol):
    """A model and its release. A new version is a new name in the history: never change what one answers."""

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def taxonomy(self) -> Taxonomy: ...

    @property
    def needs(self) -> Need: ...

    @property
    def surveys(self) -> frozenset[SurveyName] | None:
        """Whose objects it can answer for; None for all surveys. Objects of others are no work for it."""
        ...

    @property
    def description(self) -> str:
        """One sentence for astronomers: what it looks at and what it is good for."""
        ...

    @property
    def features(self) -> Sequence[FeatureDefinition]:
        """What the features of its answers mean; none where its answers have none."""
        ...

    def classify(self, batch: Sequence[Subject]) -> Sequence[Outcome]:
        """One outcome per subject, in their order. Pure with respect to the database; keeps no state that
        changes an answer. What cannot be classified is a Failure, not an exception; that of which there is too
        little yet is a Deferral."""
        ...
