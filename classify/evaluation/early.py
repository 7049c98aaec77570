"""How good the early classifier is, in three tables that are never merged: real ZTF, real others, simulated.

The earliest alert with stamps that there is of each object counts, so that no object counts twice. An object that
the model has learned from is classified by one of its siblings, a model of the same recipe that has seen
neither the object nor its night: a folder of training data gives cross-validated scores, and any other folder
those of the model in use.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from classify.classifiers.early import METADATA_ONLY, MODEL, MODELS, EarlyModel
from classify.evaluation.report import evaluation_line, scores_json, table_text
from classify.evaluation.scores import Answers, bootstrap, majority, score
from classify.evaluation.tables import TABLES, table_of_object
from classify.stamps.metadata import NAMES
from classify.training.early_examples import UNLABELLED, EarlySet, is_simulated, name_digest
from classify.training.early_labels import CLASSES

LEARNT_FROM, FOLD, METADATA_ONLY_FOLD = "learnt_from.json", "fold_{}.tflite", "metadata_only_fold_{}.tflite"
LOW_SCORE, HIGH_SCORE = 0.1, 0.9

Probabilities = NDArray[np.float64]


class Agreement(NamedTuple):
    """How many objects the survey's own score is sure of, and the share of them that is called bogus here.

    No test of either: a score is not the truth.
    """

    low: int
    low_called_bogus: float
    high: int
    high_called_bogus: float


@dataclass(frozen=True, kw_only=True)
class EarlyEvaluation:
    """Answers for each table, and what must be known beside them."""

    version: str
    tables: Mapping[str, Answers]
    without_stamps: Mapping[str, Answers]
    """The baseline: a network that is given the metadata alone."""
    without_history: Mapping[str, Answers]
    """The classifier, not told how often the object was seen: the deployed one meets objects of which that says
    nothing yet, while most labelled ones have a long history."""
    learnt: Mapping[str, int]
    """Objects of each table that a sibling answered for."""
    refused: Mapping[str, int]
    """Labelled objects of surveys whose stamps the model does not know."""
    agreement: Agreement | None

    def text(self) -> str:
        parts = [f"Early classifier, version {self.version}"]
        for name, answers in self.tables.items():
            parts.append(table_text(name, answers).rstrip())
            if self.refused[name]:
                parts.append(f"  {self.refused[name]} more of surveys that the model does not know")
            if len(answers):
                parts.append(f"  answered by models that had not learned from them: {self.learnt[name]}")
        for title, tables in (
            ("history struck out", self.without_history),
            ("baseline, metadata only", self.without_stamps),
        ):
            for name, answers in tables.items():
                if len(answers):
                    parts.append(table_text(f"{title}, {name}", answers).rstrip())
        if self.agreement is not None:
            low, low_share, high, high_share = self.agreement
            parts.append(
                f"beside the survey's own real-bogus score, real objects called bogus: {low_share:.1%} of {low} "
                f"with less than {LOW_SCORE}, {high_share:.1%} of {high} with more than {HIGH_SCORE}"
            )
        return "\n".join(parts)

    def json_line(self) -> str:
        baselines = {
            "majority": {name: majority(answers) for name, answers in self.tables.items() if len(answers)},
            "metadata_only": self.without_stamps,
        }
        extras = {
            "classifier": "early",
            "version": self.version,
            "without_history": {
                name: scores_json(score(answers), bootstrap(answers))
                for name, answers in self.without_history.items()
                if len(answers)
            },
            "learned_from": dict(self.learnt),
            "refused": dict(self.refused),
            "beside_survey_score": None if self.agreement is None else self.agreement._asdict(),
        }
        return evaluation_line(self.tables, baselines, extras)


class Siblings:
    """The model in use, and those that each left out a part of the objects it has learned from."""

    def __init__(self, folder: Path = MODELS) -> None:
        self._folder = folder
        self._fold: Mapping[str, int] = json.loads((folder / LEARNT_FROM).read_text(encoding="utf-8"))
        self.version = self._model(MODEL).version

    def has_learnt_from(self, groups: NDArray[np.str_]) -> NDArray[np.bool_]:
        return self._folds(groups) >= 0

    def probabilities(self, examples: EarlySet) -> Probabilities:
        return self._by_fold(examples, MODEL, FOLD)

    def without_stamps(self, examples: EarlySet) -> Probabilities:
        return self._by_fold(examples, METADATA_ONLY, METADATA_ONLY_FOLD)

    def _by_fold(self, examples: EarlySet, in_use: str, sibling: str) -> Probabilities:
        folds = self._folds(examples.groups)
        out = np.zeros((len(examples), len(CLASSES)))
        for fold in np.unique(folds):
            rows = np.flatnonzero(folds == fold)
            model = self._model(in_use if fold < 0 else sibling.format(fold))
            some = examples[rows]
            out[rows] = model.probabilities(some.pixels, some.vectors, some.missing)
        return out

    def _folds(self, groups: NDArray[np.str_]) -> NDArray[np.int64]:
        return np.array([self._fold.get(name_digest(str(name)), -1) for name in groups], np.int64)

    @lru_cache(maxsize=16)  # noqa: B019 - a few models, for as long as an evaluation runs
    def _model(self, file: str) -> EarlyModel:
        return EarlyModel(self._folder, file)


def evaluate(examples: EarlySet, models: Siblings) -> EarlyEvaluation:
    """Answers for labelled examples; those without a label serve the agreement with the survey's score alone."""
    known = first_of_each_object(examples[examples.labels != UNLABELLED])
    kinds = _tables(known)
    by_table = {name: known[kinds == name] for name in TABLES}
    understood = {name: some[some.known_survey] for name, some in by_table.items()}
    return EarlyEvaluation(
        version=models.version,
        tables={name: _answers(some, models.probabilities(some)) for name, some in understood.items()},
        without_stamps={name: _answers(some, models.without_stamps(some)) for name, some in understood.items()},
        without_history={
            name: _answers(some, models.probabilities(_history_struck(some))) for name, some in understood.items()
        },
        learnt={name: int(models.has_learnt_from(some.groups).sum()) for name, some in understood.items()},
        refused={name: int((~some.known_survey).sum()) for name, some in by_table.items()},
        agreement=_agreement(examples, models),
    )


def first_of_each_object(examples: EarlySet) -> EarlySet:
    """The earliest example of each object."""
    examples = examples[np.argsort(examples.candids, kind="stable")]
    _, first = np.unique(examples.groups, return_index=True)
    return examples[np.sort(first)]


def _history_struck(examples: EarlySet) -> EarlySet:
    vectors = examples.vectors.copy()
    vectors[:, [NAMES.index(name) for name in ("detections", "coverages", "non_detections")]] = np.nan
    return examples.with_vectors(vectors)


def _tables(examples: EarlySet) -> NDArray[np.str_]:
    """The table of each example."""
    rows = zip(examples.sources.tolist(), examples.groups.tolist(), is_simulated(examples).tolist(), strict=True)
    return np.array([table_of_object(source, name, is_simulated=made) for source, name, made in rows], np.str_)


def _answers(examples: EarlySet, found: Probabilities) -> Answers:
    return Answers(CLASSES, examples.labels, found, tuple(examples.groups.tolist()))


def _agreement(examples: EarlySet, models: Siblings) -> Agreement | None:
    real = examples[examples.known_survey & ~is_simulated(examples) & np.isfinite(examples.real_bogus)]
    real = first_of_each_object(real)
    low, high = real[real.real_bogus < LOW_SCORE], real[real.real_bogus > HIGH_SCORE]
    if not len(low) or not len(high):
        return None
    bogus = CLASSES.index("bogus")
    shares = [float((models.probabilities(some).argmax(axis=1) == bogus).mean()) for some in (low, high)]
    return Agreement(len(low), shares[0], len(high), shares[1])
