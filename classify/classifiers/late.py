"""The late classifier: fifteen classes from the light curve."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from classify.classifier import Deferral, Failure, Need, Outcome, Subject
from classify.features.arrays import Floats
from classify.features.context import context_of
from classify.features.extraction import DEFINITIONS, FEATURE_NAMES, feature_vector, named_features
from classify.features.photometry import photometry_of
from classify.hierarchy import load_hierarchy
from classify.taxonomies.late import LATE
from domain.band import Band
from domain.classification import Classification

MODEL = Path(__file__).parent.parent / "models" / "late"
FEWEST_DETECTIONS = 6
"""Usable detections in g or in r: with fewer there is no answer."""


class Late:
    """Features of the light curve, then boosted trees over the tree of classes."""

    name = "late"
    taxonomy = LATE
    needs = Need.LIGHT_CURVE | Need.METADATA
    surveys = None
    description = (
        "Light-curve shape, period and colour of objects with six detections in g or in r, in fifteen classes of "
        "transients, stochastic and periodic sources."
    )

    features = DEFINITIONS

    def __init__(self, model: Path = MODEL) -> None:
        """Raises BrokenModel."""
        self._model = load_hierarchy(model, LATE)
        place = {name: column for column, name in enumerate(FEATURE_NAMES)}
        self._columns = np.array([place[name] for name in self._model.features])

    @property
    def version(self) -> str:
        return self._model.version

    def classify(self, batch: Sequence[Subject]) -> list[Outcome]:
        """Objects with fewer than six usable detections in g and in r wait for more, and say so."""
        outcomes: list[Outcome | Floats] = [self._features(subject) for subject in batch]
        rows = [outcome for outcome in outcomes if isinstance(outcome, np.ndarray)]
        if not rows:
            return [outcome for outcome in outcomes if not isinstance(outcome, np.ndarray)]
        answers = iter(self._model.probabilities(np.array(rows)[:, self._columns]).tolist())
        return [
            self._answer(subject, next(answers), outcome) if isinstance(outcome, np.ndarray) else outcome
            for subject, outcome in zip(batch, outcomes, strict=True)
        ]

    def _features(self, subject: Subject) -> Floats | Failure | Deferral:
        if subject.light_curve is None:
            return Failure(subject.object_id, "it was given no light curve")
        try:
            photometry = photometry_of(subject.light_curve)
            counts = dict(zip(Band, photometry.points.tolist(), strict=True))
            if max(counts[Band.g], counts[Band.r]) < FEWEST_DETECTIONS:
                return Deferral(
                    subject.object_id,
                    f"{counts[Band.g]} usable detections in g and {counts[Band.r]} in r; "
                    f"{FEWEST_DETECTIONS} in one of them are needed",
                )
            return feature_vector(photometry, context_of(subject.alert, subject.light_curve))
        except (ArithmeticError, ValueError) as error:
            return Failure(subject.object_id, f"its features cannot be computed: {error!r}")

    def _answer(self, subject: Subject, probabilities: list[float], vector: Floats) -> Classification:
        return Classification(
            object_id=subject.object_id,
            classifier=self.name,
            version=self.version,
            candid=subject.candid,
            probabilities=dict(zip(self._model.leaves, probabilities, strict=True)),
            features=named_features(vector),
        )
