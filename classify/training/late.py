"""Training of the late classifier: the model that is shipped, and its siblings that lack one fold each."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from classify.features.arrays import Floats, Integers
from classify.features.extraction import BAND_NAMES
from classify.hierarchy import Hierarchy
from classify.taxonomies.late import LATE
from classify.training.boosting import TrainingRows, calibrated, fit_temperatures, logits_of, train_hierarchy
from classify.training.folds import fold_of_groups
from classify.training.late_siblings import LateModels, name_hash
from classify.training.late_table import MISTRUSTED, MODEL_FEATURES, SIMULATOR, LateTable
from classify.training.processes import workers

VERSION = "1.1"
FOLDS = 3
ROUNDS = 150
SURVEY_ROUNDS = 20
REAL_WEIGHT, MISTRUSTED_WEIGHT = 2.0, 0.5
"""Of a row of a real object, where one of a simulated object has 1."""

SURVEY_FEATURES: tuple[str, ...] = (
    "points",
    "timespan",
    *(
        f"{name}_{band}"
        for band in "ugriz"
        for name in BAND_NAMES
        if name in ("mean", "median_error", "mhps_non_zero", "positive_fraction", "limits_before_fraction")
    ),
)
"""What tells a survey: cadence, bands, brightness, errors, whether there are signs and limits. A model of these
alone is the baseline: what the others score above it was learned from the light curves."""

Say = Callable[[str], None]


class Lesson(NamedTuple):
    """What one model is to learn from."""

    rows: TrainingRows
    features: Sequence[str]
    seed: int
    rounds: int


def train_late(
    table: LateTable, seed: int, rounds: int = ROUNDS, say: Say = lambda _: None, jobs: int = 1
) -> LateModels:
    """Everything that `classify/models/late` holds; a few minutes on two cores. The same whatever `jobs` is.

    The temperatures of a sibling are those that suit the other siblings on their held-out folds; those of the
    shipped model suit all of them.
    """
    fold = fold_of_groups(table.group, FOLDS, seed)
    say(f"training: the model, {FOLDS} siblings without a fold each, and the baselines")
    parts = [table.take(np.flatnonzero(fold != number)) for number in range(FOLDS)]
    shipped, *others = learn(
        [
            lesson(table, MODEL_FEATURES, seed, rounds),
            *(lesson(part, MODEL_FEATURES, seed, rounds) for part in parts),
            *(lesson(part, SURVEY_FEATURES, seed, min(SURVEY_ROUNDS, rounds)) for part in parts),
        ],
        jobs,
    )
    siblings, survey = others[:FOLDS], others[FOLDS:]
    to_test = table.take(table.to_test)
    held_out = fold_of_groups(to_test.group, FOLDS, seed)
    temperatures = [
        _temperatures_on(siblings[number], to_test.take(np.flatnonzero(held_out == number)))
        for number in range(FOLDS)
    ]
    means = [float(np.exp(np.mean(np.log(node)))) for node in zip(*temperatures, strict=True)]
    siblings = [
        calibrated(sibling, _mean_of_others(temperatures, number)) for number, sibling in enumerate(siblings)
    ]
    seen = frozenset(
        name_hash(name)
        for name, source in zip(to_test.object_id, to_test.source, strict=True)
        if source != SIMULATOR
    )
    return LateModels(calibrated(shipped, means), tuple(siblings), tuple(survey), seed, seen)


def lesson(table: LateTable, features: Sequence[str], seed: int, rounds: int) -> Lesson:
    """The rows of a table that are to train on, with their weights."""
    part = table.take(table.to_train)
    rows = TrainingRows(part.columns(features).astype(np.float32), part.label, _weights(part))
    return Lesson(rows, features, seed, rounds)


def learn(lessons: Iterable[Lesson], jobs: int) -> list[Hierarchy]:
    """A model of each, without temperatures."""
    with workers(jobs) as run:
        return list(run(_learn, lessons))


def _learn(given: Lesson) -> Hierarchy:
    return train_hierarchy(given.rows, given.features, LATE, VERSION, given.seed, given.rounds)


def _weights(table: LateTable) -> Floats:
    mistrusted = np.isin(np.array(table.source), list(MISTRUSTED))
    return np.where(table.is_simulated == 1, 1.0, np.where(mistrusted, MISTRUSTED_WEIGHT, REAL_WEIGHT))


def _temperatures_on(model: Hierarchy, held_out: LateTable) -> list[float]:
    logits = logits_of(model, held_out.columns(model.features))
    return fit_temperatures(logits, held_out.label, LATE, _weights(held_out))


def _mean_of_others(temperatures: Sequence[Sequence[float]], number: int) -> list[float]:
    """Geometric means over the other folds: the objects that a sibling is judged on have no part in them."""
    others = [node for k, node in enumerate(temperatures) if k != number]
    return [float(np.exp(np.mean(np.log(values)))) for values in zip(*others, strict=True)]


def rows_of_source(table: LateTable, source: str) -> Integers:
    """Rows that come from a source."""
    return np.flatnonzero(np.array(table.source) == source)
