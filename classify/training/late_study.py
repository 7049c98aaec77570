"""What the late classifier knows of surveys that it has not seen: trained without one at a time, and on simulated
objects alone."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from classify.evaluation.scores import FEWEST_OBJECTS, Answers, score
from classify.features.arrays import Integers
from classify.hierarchy import Hierarchy
from classify.taxonomies.late import LATE
from classify.training.folds import fold_of_groups
from classify.training.late import learn, lesson, rows_of_source
from classify.training.late_siblings import LateModels
from classify.training.late_table import MODEL_FEATURES, LateTable

Say = Callable[[str], None]
_FILE = "without_survey.json"


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Recall of one class of one source: with the source in training (by fold), and without it."""

    source: str
    label: str
    n: int
    recall_with: float
    recall_without: float


@dataclass(frozen=True, slots=True)
class Study:
    """Of real objects; scores as classify.evaluation.scores defines them."""

    left_out: tuple[LeftOut, ...]
    simulated_only_macro_f1: float | None
    by_fold_macro_f1: float | None
    """None where no class has FEWEST_OBJECTS real objects."""

    @property
    def mean_recall(self) -> tuple[float, float]:
        """Means over `left_out`, with and without the source."""
        return (
            float(np.mean([one.recall_with for one in self.left_out])) if self.left_out else float("nan"),
            float(np.mean([one.recall_without for one in self.left_out])) if self.left_out else float("nan"),
        )

    def save(self, folder: Path) -> None:
        (folder / _FILE).write_text(json.dumps(asdict(self), indent=1) + "\n", encoding="utf-8")


def load_study(folder: Path) -> Study | None:
    """What was studied when the model was trained; None when nothing was."""
    path = folder / _FILE
    if not path.is_file():
        return None
    content = json.loads(path.read_text(encoding="utf-8"))
    content["left_out"] = tuple(LeftOut(**one) for one in content["left_out"])
    return Study(**content)


def study(table: LateTable, models: LateModels, rounds: int, say: Say, jobs: int = 1) -> Study:
    """Trains one model per source with FEWEST_OBJECTS real objects, and one on simulated objects."""
    test = table.to_test
    real = test[table.is_simulated[test] == 0]
    crossed = _crossed(table, models, real)
    sources = [
        source
        for source in sorted({table.source[row] for row in real.tolist()})
        if len(np.intersect1d(rows_of_source(table, source), real)) >= FEWEST_OBJECTS
    ]
    say(f"training without one survey at a time ({len(sources)}), and on simulated objects alone")
    parts = [table.take(_without(table, source)) for source in sources]
    parts.append(table.take(np.flatnonzero(table.is_simulated == 1)))
    *without, simulated = learn((lesson(part, MODEL_FEATURES, models.seed, rounds) for part in parts), jobs)
    return Study(
        tuple(
            found
            for source, model in zip(sources, without, strict=True)
            for found in _left_out(table, crossed, real, source, model)
        ),
        _macro_f1(_answers(simulated, table, real)),
        _macro_f1(crossed),
    )


def _macro_f1(answers: Answers) -> float | None:
    found = score(answers)
    return round(found.macro_f1, 4) if found.classes else None


def _without(table: LateTable, source: str) -> Integers:
    """Rows of other sources, but not of objects that this one has, too."""
    group = np.array(table.group)
    of_source = rows_of_source(table, source)
    return np.flatnonzero(~np.isin(group, group[of_source]))


def _left_out(
    table: LateTable, crossed: Answers, real: Integers, source: str, model: Hierarchy
) -> Iterator[LeftOut]:
    place = np.flatnonzero(np.isin(real, rows_of_source(table, source)))
    known = score(crossed.take(place)).classes
    unknown = score(_answers(model, table, real[place])).classes
    for label, one in known.items():
        yield LeftOut(source, label, one.n, round(one.recall, 4), round(unknown[label].recall, 4))


def _crossed(table: LateTable, models: LateModels, rows: Integers) -> Answers:
    """Every row answered by the sibling without its fold."""
    part = table.take(rows)
    fold = fold_of_groups(part.group, len(models.siblings), models.seed)
    probabilities = np.zeros((len(part), len(LATE.leaves)))
    for number, sibling in enumerate(models.siblings):
        inside = np.flatnonzero(fold == number)
        probabilities[inside] = sibling.probabilities(part.take(inside).columns(sibling.features))
    return Answers(LATE.leaves, _truth(part), probabilities, part.group)


def _answers(model: Hierarchy, table: LateTable, rows: Integers) -> Answers:
    part = table.take(rows)
    return Answers(LATE.leaves, _truth(part), model.probabilities(part.columns(model.features)), part.group)


def _truth(table: LateTable) -> Integers:
    return np.array([LATE.leaves.index(label) for label in table.label], dtype=np.int64)
