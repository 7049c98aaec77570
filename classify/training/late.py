"""Training of the late classifier: the model that is shipped, and its siblings that lack one fold each."""

from collections.abc import Callable, Sequence

import numpy as np

from classify.features.arrays import Integers
from classify.features.extraction import BAND_NAMES
from classify.hierarchy import Hierarchy
from classify.taxonomies.late import LATE
from classify.training.boosting import TrainingRows, calibrated, fit_temperatures, logits_of, train_hierarchy
from classify.training.folds import fold_of_groups
from classify.training.late_siblings import LateModels, name_hash
from classify.training.late_table import CUT, MODEL_FEATURES, LateTable

VERSION = "1.0"
FOLDS = 3
ROUNDS = 150
SURVEY_ROUNDS = 20
MOST_PER_SOURCE = 600
"""Training rows of one class from one source, half of them cut short on average; the rest is for testing only."""
REAL_WEIGHT = 2.0

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


def train_late(table: LateTable, seed: int, rounds: int = ROUNDS, say: Say = lambda _: None) -> LateModels:
    """Everything that `classify/models/late` holds; a few minutes on one core.

    The temperatures of a sibling are those that suit the other siblings on their held-out folds; those of the
    shipped model suit all of them.
    """
    fold = fold_of_groups(table.group, FOLDS, seed)
    siblings, survey = [], []
    for number in range(FOLDS):
        say(f"training without fold {number + 1} of {FOLDS}")
        rest = table.take(np.flatnonzero(fold != number))
        siblings.append(fit(rest, MODEL_FEATURES, seed, rounds))
        survey.append(fit(rest, SURVEY_FEATURES, seed, SURVEY_ROUNDS))
    whole = np.array([not name.endswith(CUT) for name in table.object_id])
    temperatures = [
        _temperatures_on(siblings[number], table.take(np.flatnonzero((fold == number) & whole)))
        for number in range(FOLDS)
    ]
    say("training on everything")
    means = [float(np.exp(np.mean(np.log(node)))) for node in zip(*temperatures, strict=True)]
    siblings = [
        calibrated(sibling, _mean_of_others(temperatures, number)) for number, sibling in enumerate(siblings)
    ]
    shipped = calibrated(fit(table, MODEL_FEATURES, seed, rounds), means)
    seen = frozenset(
        name_hash(name)
        for name, simulated in zip(table.object_id, table.is_simulated.tolist(), strict=True)
        if not (simulated and name.startswith("sim_")) and not name.endswith(CUT)
    )
    return LateModels(shipped, tuple(siblings), tuple(survey), seed, seen)


def fit(table: LateTable, features: Sequence[str], seed: int, rounds: int) -> Hierarchy:
    """A model of these rows and columns, without temperatures."""
    return train_hierarchy(training_rows(table, features, seed), features, LATE, VERSION, seed, rounds)


def training_rows(table: LateTable, features: Sequence[str], seed: int) -> TrainingRows:
    """Rows to train on: each class of each source up to MOST_PER_SOURCE, drawn by seed; all of the simulator's."""
    taken: dict[tuple[str, str], int] = {}
    kept = []
    for row in np.random.default_rng(seed).permutation(len(table)).tolist():
        key = (table.source[row], table.label[row])
        taken[key] = taken.get(key, 0) + 1
        if table.source[row] == "simulator" or taken[key] <= MOST_PER_SOURCE:
            kept.append(row)
    chosen = table.take(np.sort(np.array(kept, dtype=np.int64)))
    weight = np.where(chosen.is_simulated == 1, 1.0, REAL_WEIGHT)
    return TrainingRows(chosen.columns(features), chosen.label, weight)


def _temperatures_on(model: Hierarchy, held_out: LateTable) -> list[float]:
    weight = np.where(held_out.is_simulated == 1, 1.0, REAL_WEIGHT)
    logits = logits_of(model, held_out.columns(model.features))
    return fit_temperatures(logits, held_out.label, LATE, weight)


def _mean_of_others(temperatures: Sequence[Sequence[float]], number: int) -> list[float]:
    """Geometric means over the other folds: the objects that a sibling is judged on have no part in them."""
    others = [node for k, node in enumerate(temperatures) if k != number]
    return [float(np.exp(np.mean(np.log(values)))) for values in zip(*others, strict=True)]


def rows_of_source(table: LateTable, source: str) -> Integers:
    """Rows that come from a source."""
    return np.flatnonzero(np.array(table.source) == source)
