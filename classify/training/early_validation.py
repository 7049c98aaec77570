"""Which objects are tested together, and what is taken from the tests: temperature, recalls, area under a curve."""

import numpy as np
from numpy.typing import NDArray

from classify.training.early_labels import CLASSES

_SHARPEST, _FLATTEST = 0.3, 4.0

Rows = NDArray[np.float32]


def folds_of(
    groups: NDArray[np.str_], nights: NDArray[np.int64], labels: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """The fold of each row, such that neither an object nor a night is in two: alerts of one night share seeing,
    depth and sky, and most of a class may come from one, so that a network could learn the night for the class.

    The largest sets of objects and nights that hang together come first, each into the fold that has least of its
    classes.
    """
    joined_with: dict[str, str] = {}

    def root(name: str) -> str:
        while joined_with.setdefault(name, name) != name:
            name = joined_with[name]
        return name

    objects = [f"object {name}" for name in groups]
    for name, night in zip(objects, nights.tolist(), strict=True):
        if night:
            joined_with[root(name)] = root(f"night {night}")
    sets: dict[str, list[int]] = {}
    for row, name in enumerate(objects):
        sets.setdefault(root(name), []).append(row)
    _, place = np.unique(labels, return_inverse=True)
    share = np.eye(int(place.max()) + 1)[place] / np.bincount(place)[place][:, None]
    full = np.zeros((count, share.shape[1]))
    folds = np.zeros(len(groups), np.int64)
    for rows in sorted(sets.values(), key=lambda rows: (-len(rows), rows[0])):
        more = share[rows].sum(axis=0)
        fold = int(np.argmin((full * more).sum(axis=1) + 1e-3 * full.sum(axis=1)))
        folds[rows], full[fold] = fold, full[fold] + more
    return folds


def temperature_of(logits: Rows, labels: NDArray[np.int64]) -> float:
    """The number to divide logits by for the least cross-entropy (Guo et al. 2017, ICML)."""
    tried = np.exp(np.linspace(np.log(_SHARPEST), np.log(_FLATTEST), 200))
    losses = [_cross_entropy(logits / t, labels) for t in tried]
    return float(tried[int(np.argmin(losses))])


def _cross_entropy(logits: Rows, labels: NDArray[np.int64]) -> float:
    shifted = logits - logits.max(1, keepdims=True)
    said = shifted[np.arange(len(labels)), labels] - np.log(np.exp(shifted).sum(1))
    return float(-said.mean())


def recalls(labels: NDArray[np.int64], answers: NDArray[np.int64]) -> dict[str, float]:
    """By class, of those that there are."""
    return {
        name: round(float((answers[labels == k] == k).mean()), 3) for k, name in enumerate(CLASSES) if k in labels
    }


def area_under_curve(scores: NDArray[np.float64], positive: NDArray[np.bool_]) -> float:
    """Chance that a positive has a higher score than a negative (Mann and Whitney 1947)."""
    place = scores.argsort().argsort() + 1
    right, wrong = int(positive.sum()), int((~positive).sum())
    return float((place[positive].sum() - right * (right + 1) / 2) / (right * wrong))
