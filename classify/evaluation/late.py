"""The late classifier on labelled light curves: tables, baselines, and how scores grow with the light curve.

An object that the shipped model was trained on is answered by the sibling that was trained without its fold; every
other object by the shipped model.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from classify.evaluation.scores import Answers, majority, precision_at_shares, score
from classify.evaluation.tables import TABLES, table_of_object
from classify.features.arrays import Floats, Integers
from classify.features.extraction import feature_vector
from classify.features.photometry import Photometry
from classify.taxonomies.late import LATE
from classify.training.cutting import cut_at_day, cut_at_detection
from classify.training.labelled import LabelledCurve, has_enough, read_labelled
from classify.training.late_siblings import LateModels
from classify.training.late_study import Study
from classify.training.simulated import simulate_curves

HELD_OUT_SEED = 77_000
"""Of the simulated objects to test on: no seed of training is near."""
DETECTION_STEPS = (6, 8, 12, 20, 40)
DAY_STEPS = (10.0, 20.0, 40.0, 80.0, 160.0, 320.0)
MOST_PER_CLASS = 60
"""Objects of a class and table that are followed as they grow."""
STREAM_SHARES: Mapping[str, float] = {
    "SNIa": 0.0726,
    "SNII": 0.0184,
    "SNIbc": 0.0050,
    "SLSN": 0.0010,
    "QSO": 0.20,
    "AGN": 0.10,
    "Blazar": 0.02,
    "YSO": 0.03,
    "CV/Nova": 0.013,
    "LPV": 0.10,
    "E": 0.18,
    "DSCT": 0.02,
    "RRL": 0.12,
    "CEP": 0.01,
    "Periodic-Other": 0.11,
}
"""A choice of ours for a stream of alerts, to show what rarity does to precision. Supernova types relative to
each other: 75.6, 19.2 and 5.2 % (Bright Transient Survey, magnitude limited); all else is round."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Grown:
    """Macro F1 of one table when light curves are cut."""

    table: str
    by: str
    """`detections` (the first n of all bands) or `days` (since the first detection)."""
    step: float
    n: int
    macro_f1: float
    recall: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class LateReport:
    """All that was measured."""

    tables: Mapping[str, Answers]
    baselines: Mapping[str, Mapping[str, Answers]]
    grown: Sequence[Grown]
    shifted: Mapping[str, Mapping[str, float]]
    sources: Mapping[str, Answers]
    """Real objects by source."""
    seen: int
    """Objects answered by a sibling."""
    study: Study | None
    """What was studied when the model was trained: it says what to expect of a new survey."""


def evaluate_late(
    folder: Path, models: LateModels, simulated: int, study: Study | None = None, say: Say = lambda _: None
) -> LateReport:
    """`simulated`: objects per class for the table of simulated objects, besides those of the folder.

    Raises UnusableData.
    """
    curves = list(read_labelled(folder, LATE))
    say(f"{len(curves)} labelled objects")
    for label in LATE.leaves:
        curves.extend(simulate_curves(label, simulated, HELD_OUT_SEED))
    values = np.array([feature_vector(curve.photometry) for curve in curves])
    say(f"{len(curves)} objects with features")
    answers = _answers(curves, models.probabilities(curves, values))
    survey = _answers(curves, models.survey_only(curves, values))
    table = [table_of_object(c.source, c.object_id, is_simulated=c.is_simulated) for c in curves]
    rows = {name: np.flatnonzero(np.array(table) == name) for name in TABLES}
    tables = {name: answers.take(index) for name, index in rows.items()}
    say("cutting light curves")
    return LateReport(
        tables=tables,
        baselines={
            "majority": {name: majority(part) for name, part in tables.items() if len(part)},
            "survey_only": {name: survey.take(index) for name, index in rows.items() if len(index)},
        },
        grown=[grown for name, index in rows.items() for grown in _growth(name, curves, index, models)],
        shifted={name: precision_at_shares(part, STREAM_SHARES) for name, part in tables.items() if len(part)},
        sources=_by_source(curves, answers),
        seen=sum(models.has_seen(curve) for curve in curves),
        study=study,
    )


def _answers(curves: Sequence[LabelledCurve], probabilities: Floats) -> Answers:
    truth = np.array([LATE.leaves.index(curve.label) for curve in curves], dtype=np.int64)
    return Answers(LATE.leaves, truth, probabilities, tuple(curve.group for curve in curves))


def _by_source(curves: Sequence[LabelledCurve], answers: Answers) -> dict[str, Answers]:
    source = np.array([curve.source for curve in curves])
    real = np.array([not curve.is_simulated for curve in curves], dtype=bool)
    return {
        str(name): answers.take(np.flatnonzero((source == name) & real))
        for name in np.unique(source[real]).tolist()
    }


def _growth(name: str, curves: Sequence[LabelledCurve], index: Integers, models: LateModels) -> list[Grown]:
    chosen = _some_of_each(curves, index)
    found = []
    for by, steps in (("detections", DETECTION_STEPS), ("days", DAY_STEPS)):
        for step in steps:
            cut = [replace(curve, photometry=_cut(curve.photometry, by, step)) for curve in chosen]
            cut = [curve for curve in cut if has_enough(curve.photometry)]
            if not cut:
                continue
            values = np.array([feature_vector(curve.photometry) for curve in cut])
            scores = score(_answers(cut, models.probabilities(cut, values)))
            recall = {label: one.recall for label, one in scores.classes.items()}
            found.append(Grown(name, by, step, len(cut), scores.macro_f1, recall))
    return found


def _some_of_each(curves: Sequence[LabelledCurve], index: Integers) -> list[LabelledCurve]:
    counts: dict[str, int] = {}
    chosen = []
    for row in np.random.default_rng(1).permutation(index).tolist():
        label = curves[row].label
        if counts.get(label, 0) < MOST_PER_CLASS:
            counts[label] = counts.get(label, 0) + 1
            chosen.append(curves[row])
    return chosen


def _cut(photometry: Photometry, by: str, step: float) -> Photometry:
    return cut_at_day(photometry, step) if by == "days" else cut_at_detection(photometry, int(step))
