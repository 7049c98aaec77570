"""What the late classifier learned: trained without one survey, on simulated objects alone, with other features."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from classify.evaluation.scores import Answers, score
from classify.features.arrays import Integers
from classify.features.extraction import BAND_NAMES, FEATURE_NAMES
from classify.hierarchy import Hierarchy
from classify.taxonomies.late import LATE
from classify.training.folds import fold_of_groups
from classify.training.late import FOLDS, SURVEY_FEATURES, fit, rows_of_source
from classify.training.late_table import CUT, MODEL_FEATURES, LateTable

Say = Callable[[str], None]

LIMITS_AND_SIGNS = tuple(
    name
    for name in MODEL_FEATURES
    if name.rpartition("_")[0]
    in {other for other in BAND_NAMES if "limit" in other or other in ("positive_fraction", "brightening_at_first")}
)


def study(table: LateTable, seed: int, rounds: int, say: Say) -> Iterator[str]:
    """Lines of text, as they are found."""
    everything = np.arange(len(table))
    whole = np.array([not name.endswith(CUT) for name in table.object_id])
    crossed = _crossed(table, MODEL_FEATURES, seed, rounds, say)
    real = np.flatnonzero((table.is_simulated == 0) & whole)
    yield "leave one survey out: recall of its classes with the survey in training (by fold), and without it"
    for source in sorted({table.source[row] for row in real.tolist()}):
        of_source = rows_of_source(table, source)
        rows = of_source[whole[of_source]]
        if len(rows) < 30:
            continue
        say(f"training without {source}")
        rest = np.setdiff1d(everything, of_source)
        rest = rest[~np.isin(np.array(table.group)[rest], np.array(table.group)[rows])]
        without = _answers(fit(table.take(rest), MODEL_FEATURES, seed, rounds), table, rows)
        yield f"  {source}: {_recalls(crossed.take(rows), without)}"
    say("training on simulated objects alone")
    simulated = _answers(
        fit(table.take(np.flatnonzero(table.is_simulated == 1)), MODEL_FEATURES, seed, rounds), table, real
    )
    yield f"trained on simulated objects alone, real objects: {_summary(simulated)}"
    yield f"  {_recalls(crossed.take(real), simulated)}"
    yield f"as shipped, by fold, real objects: {_summary(crossed.take(real))}"
    for name, features in _ablations().items():
        say(name)
        answers = _crossed(table, features, seed, rounds, say)
        yield f"{name}: real objects {_summary(answers.take(real))}"


def _ablations() -> dict[str, Sequence[str]]:
    return {
        "without limits and signs": [name for name in MODEL_FEATURES if name not in LIMITS_AND_SIGNS],
        "without the period and what is folded with it": [
            name
            for name in MODEL_FEATURES
            if not name.startswith(("period", "power_rate", "psi", "harmonics", "delta_p"))
        ],
        "with brightness, cadence and bands": [
            *MODEL_FEATURES,
            *(name for name in FEATURE_NAMES if name in SURVEY_FEATURES and name not in MODEL_FEATURES),
        ],
    }


def _crossed(table: LateTable, features: Sequence[str], seed: int, rounds: int, say: Say) -> Answers:
    """Every row answered by a model without its fold; no temperatures."""
    fold = fold_of_groups(table.group, FOLDS, seed)
    probabilities = np.zeros((len(table), len(LATE.leaves)))
    for number in range(FOLDS):
        say(f"  fold {number + 1} of {FOLDS}")
        model = fit(table.take(np.flatnonzero(fold != number)), features, seed, rounds)
        rows = np.flatnonzero(fold == number)
        probabilities[rows] = _answers(model, table, rows).probabilities
    return Answers(LATE.leaves, _truth(table), probabilities, table.group)


def _answers(model: Hierarchy, table: LateTable, rows: Integers) -> Answers:
    part = table.take(rows)
    return Answers(LATE.leaves, _truth(part), model.probabilities(part.columns(model.features)), part.group)


def _truth(table: LateTable) -> Integers:
    return np.array([LATE.leaves.index(label) for label in table.label], dtype=np.int64)


def _summary(answers: Answers) -> str:
    scores = score(answers)
    return f"macro F1 {scores.macro_f1:.3f}, balanced accuracy {scores.macro_recall:.3f}, ECE {scores.ece:.3f}"


def _recalls(first: Answers, second: Answers) -> str:
    one, other = score(first).classes, score(second).classes
    return ", ".join(f"{name} {one[name].recall:.2f} -> {other[name].recall:.2f} ({one[name].n})" for name in one)
