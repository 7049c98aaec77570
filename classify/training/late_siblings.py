"""The shipped model and its siblings: the same recipe without one fold each, so that no object is judged by a
model that has seen it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

import numpy as np

from classify.features.arrays import Floats, Integers
from classify.features.extraction import FEATURE_NAMES
from classify.hierarchy import Hierarchy, load_hierarchy
from classify.taxonomies.late import LATE
from classify.training.errors import UnusableData
from classify.training.folds import fold_of_groups
from classify.training.labelled import LabelledCurve

_SEEN = "seen.json"


@dataclass(frozen=True, slots=True)
class LateModels:
    """The shipped model, and one sibling and one survey-only baseline per fold."""

    shipped: Hierarchy
    siblings: tuple[Hierarchy, ...]
    survey: tuple[Hierarchy, ...]
    seed: int
    seen: frozenset[str]
    """Hashes of the names of all real objects that were trained on."""

    def has_seen(self, curve: LabelledCurve) -> bool:
        return name_hash(curve.object_id) in self.seen

    def probabilities(self, curves: Sequence[LabelledCurve], values: Floats) -> Floats:
        """Of each curve; `values` has the columns of FEATURE_NAMES."""
        model = [
            fold if self.has_seen(curve) else len(self.siblings)
            for curve, fold in zip(curves, self._folds(curves), strict=True)
        ]
        return _answered((*self.siblings, self.shipped), np.array(model, dtype=np.int64), values)

    def survey_only(self, curves: Sequence[LabelledCurve], values: Floats) -> Floats:
        """By the baseline that sees cadence, bands and brightness alone."""
        return _answered(self.survey, np.array(self._folds(curves), dtype=np.int64), values)

    def _folds(self, curves: Sequence[LabelledCurve]) -> list[int]:
        folds: list[int] = fold_of_groups([curve.group for curve in curves], len(self.siblings), self.seed).tolist()
        return folds

    def save(self, folder: Path) -> None:
        """The shipped model in the folder itself, the others below it."""
        self.shipped.save(folder)
        for number, (sibling, survey) in enumerate(zip(self.siblings, self.survey, strict=True)):
            sibling.save(folder / f"without_fold_{number}")
            survey.save(folder / f"survey_only_{number}")
        content = {"seed": self.seed, "folds": len(self.siblings), "objects": sorted(self.seen)}
        (folder / _SEEN).write_text(json.dumps(content) + "\n", encoding="utf-8")


def load_models(folder: Path) -> LateModels:
    """Raises BrokenModel, and UnusableData when the siblings are not there."""
    path = folder / _SEEN
    if not path.is_file():
        raise UnusableData(f"no {_SEEN} in {folder}: it holds no siblings of a late model")
    content = json.loads(path.read_text(encoding="utf-8"))
    numbers = range(content["folds"])
    return LateModels(
        shipped=load_hierarchy(folder, LATE),
        siblings=tuple(load_hierarchy(folder / f"without_fold_{number}", LATE) for number in numbers),
        survey=tuple(load_hierarchy(folder / f"survey_only_{number}", LATE) for number in numbers),
        seed=content["seed"],
        seen=frozenset(content["objects"]),
    )


def name_hash(object_id: str) -> str:
    """Nine hexadecimal digits: names of others' objects need not be in the repository."""
    return blake2b(object_id.encode(), digest_size=5).hexdigest()[:9]


def _answered(models: Sequence[Hierarchy], choice: Integers, values: Floats) -> Floats:
    place = {name: k for k, name in enumerate(FEATURE_NAMES)}
    out = np.zeros((len(values), len(LATE.leaves)))
    for number, model in enumerate(models):
        rows = np.flatnonzero(choice == number)
        if len(rows):
            columns = np.array([place[name] for name in model.features])
            out[rows] = model.probabilities(values[rows[:, None], columns])
    return out
