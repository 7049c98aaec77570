"""Classifiers that follow a rule anybody can check, for tests of everything around them."""

from collections.abc import Sequence
from math import exp, log10

from classify.classifier import Classification, Deferral, Failure, FeatureDefinition, Need, Outcome, Subject
from domain.stamp import StampKind
from domain.survey import SurveyName
from domain.taxonomy import TaxonClass, Taxonomy

CHANGE = Taxonomy(
    name="change",
    version="1",
    classes=(
        TaxonClass("changing", "Its brightness changes."),
        TaxonClass("steady", "Its brightness does not change."),
        TaxonClass("brightening", "The last detection is the brighter one.", "changing"),
        TaxonClass("fading", "The last detection is the fainter one.", "changing"),
    ),
)
SIZE = Taxonomy(
    name="size",
    version="1",
    classes=(TaxonClass("large", "Long stamps."), TaxonClass("small", "Short stamps.")),
)


class TrendClassifier:
    """Goes by the difference of the last and the first magnitude of a light curve."""

    name = "trend"
    version = "1.0"
    taxonomy = CHANGE
    needs = Need.LIGHT_CURVE
    surveys: frozenset[SurveyName] | None = None
    description = "Compares the last magnitude with the first."
    features = (
        FeatureDefinition("change", "mag", "Last magnitude less the first."),
        FeatureDefinition("first", "mag", "First magnitude."),
    )

    def classify(self, batch: Sequence[Subject]) -> list[Classification | Failure]:
        return [self._classify(subject) for subject in batch]

    def _classify(self, subject: Subject) -> Classification | Failure:
        assert subject.light_curve is not None
        assert subject.alert is None
        magnitudes = [row.magnitude for row in subject.light_curve.detections if row.magnitude is not None]
        if len(magnitudes) < 2:
            return Failure(subject.object_id, f"{len(magnitudes)} magnitudes are too few")
        probabilities = trend_probabilities(magnitudes[-1] - magnitudes[0])
        features = {
            "change": magnitudes[-1] - magnitudes[0],
            "detections": float(len(magnitudes)),
            **{f"first_{row.band}": row.magnitude or float("nan") for row in subject.light_curve.detections[:1]},
            "undefined": float("nan"),
        }
        return Classification(subject.object_id, self.name, self.version, subject.candid, probabilities, features)


def trend_probabilities(change: float) -> dict[str, float]:
    """What TrendClassifier says of a change in magnitude."""
    steady = exp(-abs(change))
    fading = (1 - steady) * (0.9 if change > 0 else 0.1)
    return {"steady": steady, "brightening": 1 - steady - fading, "fading": fading}


class NewTrendClassifier(TrendClassifier):
    """The next release."""

    version = "1.1"


class PatientTrendClassifier(TrendClassifier):
    """Says nothing before there are so many detections."""

    fewest = 8

    def classify(self, batch: Sequence[Subject]) -> list[Outcome]:  # type: ignore[override]
        return [self._deferral(subject) or self._classify(subject) for subject in batch]

    def _deferral(self, subject: Subject) -> Deferral | None:
        assert subject.light_curve is not None
        there = len(subject.light_curve.detections)
        if there >= self.fewest:
            return None
        return Deferral(subject.object_id, f"{there} detections; {self.fewest} are needed")


class EndlessTrendClassifier(PatientTrendClassifier):
    """Wants more than there ever is."""

    fewest = 1_000_000


class SizeClassifier:
    """Goes by how many bytes the stamps have together."""

    name = "size"
    version = "1.0"
    taxonomy = SIZE
    needs = Need.STAMPS | Need.METADATA
    surveys: frozenset[SurveyName] | None = None
    description = "Weighs the stamps."
    features: tuple[FeatureDefinition, ...] = ()

    def classify(self, batch: Sequence[Subject]) -> list[Classification | Failure]:
        return [self._classify(subject) for subject in batch]

    def _classify(self, subject: Subject) -> Classification | Failure:
        assert subject.alert is not None
        assert subject.light_curve is None
        if StampKind.SCIENCE not in subject.alert.stamps:
            return Failure(subject.object_id, "there is no science stamp")
        large = large_probability(sum(map(len, subject.alert.stamps.values())))
        return Classification(
            *(subject.object_id, self.name, self.version, subject.candid),
            probabilities={"large": large, "small": 1 - large},
            features=None,
        )


class PickySizeClassifier(SizeClassifier):
    """Knows the stamps of one survey."""

    name = "picky"
    surveys = frozenset({SurveyName.ZTF})


def large_probability(size_bytes: int) -> float:
    """What SizeClassifier says of stamps of so many bytes."""
    return min(1.0, log10(1 + size_bytes) / 6)
