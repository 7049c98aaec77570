"""Scores of probabilities against true classes, by one definition for every classifier."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

FEWEST_OBJECTS = 30
"""A class with fewer objects in a table is counted, but "not evaluated" there."""


@dataclass(frozen=True, slots=True)
class Answers:
    """What a classifier said of labelled objects. `group` is the unit that is resampled and never split."""

    classes: tuple[str, ...]
    truth: Integers
    """Index of the true class."""
    probabilities: Floats
    """Objects x classes."""
    group: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.truth)

    @property
    def predicted(self) -> Integers:
        """Index of the most probable class."""
        return np.asarray(self.probabilities.argmax(axis=1), dtype=np.int64)

    def take(self, index: Integers) -> "Answers":
        return Answers(
            self.classes, self.truth[index], self.probabilities[index], tuple(self.group[k] for k in index.tolist())
        )


@dataclass(frozen=True, slots=True)
class ClassScores:
    """Of one class; NaN where it cannot be told (no object, or none predicted)."""

    n: int
    precision: float
    recall: float
    f1: float


@dataclass(frozen=True, slots=True)
class Scores:
    """Of one table. Macro means are over the evaluated classes, those with FEWEST_OBJECTS or more."""

    n: int
    macro_precision: float
    macro_recall: float
    """The same as the balanced accuracy."""
    macro_f1: float
    accuracy: float
    ece: float
    classes: Mapping[str, ClassScores]
    not_evaluated: tuple[str, ...]


def confusion(answers: Answers) -> Integers:
    """Objects by true (rows) and predicted class (columns)."""
    size = len(answers.classes)
    counts = np.bincount(answers.truth * size + answers.predicted, minlength=size * size)
    return np.asarray(counts.reshape(size, size), dtype=np.int64)


def score(answers: Answers) -> Scores:
    """Scores with every object given its most probable class. A class that is never predicted has precision and F1
    of 0. Objects of classes that are not evaluated still count against the precision of the others."""
    matrix = confusion(answers)
    counts = matrix.sum(axis=1)
    evaluated = counts >= FEWEST_OBJECTS
    precision, recall, f1 = _by_class(matrix)
    ruled = {
        name: ClassScores(int(counts[k]), float(precision[k]), float(recall[k]), float(f1[k]))
        for k, name in enumerate(answers.classes)
        if evaluated[k]
    }
    return Scores(
        n=len(answers),
        macro_precision=_mean(precision[evaluated]),
        macro_recall=_mean(recall[evaluated]),
        macro_f1=_mean(f1[evaluated]),
        accuracy=float(matrix.trace() / max(matrix.sum(), 1)),
        ece=expected_calibration_error(answers),
        classes=ruled,
        not_evaluated=tuple(name for k, name in enumerate(answers.classes) if not evaluated[k]),
    )


def _by_class(matrix: Integers) -> tuple[Floats, Floats, Floats]:
    hits = matrix.diagonal().astype(np.float64)
    precision = hits / np.maximum(matrix.sum(axis=0), 1)
    recall = hits / np.maximum(matrix.sum(axis=1), 1)
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    return precision, recall, f1


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")


@dataclass(frozen=True, slots=True)
class Interval:
    """95 % of resamplings lie within."""

    low: float
    high: float


def bootstrap(answers: Answers, seed: int = 1, rounds: int = 200) -> Interval:
    """Of the macro F1 over the classes evaluated in the whole table, groups drawn with replacement."""
    evaluated = confusion(answers).sum(axis=1) >= FEWEST_OBJECTS
    names, inverse = np.unique(np.array(answers.group), return_inverse=True)
    if not len(names) or not evaluated.any():
        return Interval(float("nan"), float("nan"))
    size = len(answers.classes)
    cell = answers.truth * size + answers.predicted
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(rounds):
        times = np.bincount(rng.integers(0, len(names), len(names)), minlength=len(names))
        counts = np.bincount(cell, weights=times[inverse], minlength=size * size).reshape(size, size)
        found.append(_by_class(np.asarray(counts, dtype=np.int64))[2][evaluated].mean())
    low, high = np.quantile(found, (0.025, 0.975))
    return Interval(float(low), float(high))


@dataclass(frozen=True, slots=True)
class ReliabilityBin:
    """Objects whose largest probability lies in one tenth: what was claimed, and what was true."""

    low: float
    high: float
    n: int
    confidence: float
    accuracy: float


def reliability(answers: Answers, bins: int = 10) -> list[ReliabilityBin]:
    """Bins that hold objects, by the probability of the predicted class."""
    confidence = answers.probabilities.max(axis=1) if len(answers) else np.zeros(0)
    right = answers.predicted == answers.truth
    place = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    found = []
    for k in range(bins):
        inside = place == k
        if inside.any():
            found.append(
                ReliabilityBin(
                    k / bins,
                    (k + 1) / bins,
                    int(inside.sum()),
                    float(confidence[inside].mean()),
                    float(right[inside].mean()),
                )
            )
    return found


def expected_calibration_error(answers: Answers, bins: int = 10) -> float:
    """Mean distance between confidence and accuracy over the bins, weighted by objects; NaN for an empty table."""
    if not len(answers):
        return float("nan")
    return float(
        sum(part.n * abs(part.confidence - part.accuracy) for part in reliability(answers, bins)) / len(answers)
    )


def majority(answers: Answers) -> Answers:
    """The baseline that always gives the most frequent class of the table."""
    shares = np.bincount(answers.truth, minlength=len(answers.classes)) / max(len(answers), 1)
    return Answers(answers.classes, answers.truth, np.tile(shares, (len(answers), 1)), answers.group)


def precision_at_shares(answers: Answers, shares: Mapping[str, float]) -> dict[str, float]:
    """Precision of each class if the classes came in these shares: recall and confusion stay, counts are
    reweighted.

    Only classes with a share and FEWEST_OBJECTS objects take part, on either side.
    """
    matrix = confusion(answers).astype(np.float64)
    counts = matrix.sum(axis=1)
    weight = np.array(
        [
            shares.get(name, 0.0) / counts[k] if counts[k] >= FEWEST_OBJECTS else 0.0
            for k, name in enumerate(answers.classes)
        ]
    )
    weighted = matrix * weight[:, None]
    totals = weighted.sum(axis=0)
    return {
        name: float(weighted[k, k] / totals[k]) if totals[k] > 0 else float("nan")
        for k, name in enumerate(answers.classes)
        if weight[k] > 0
    }


def subsets(answers: Answers, place: Floats, edges: Sequence[float]) -> list[tuple[float, float, Answers]]:
    """Answers whose `place` lies in each interval [low, high); empty ones are left out."""
    found = []
    for low, high in pairwise(edges):
        inside = np.flatnonzero((place >= low) & (place < high))
        if len(inside):
            found.append((low, high, answers.take(inside)))
    return found
