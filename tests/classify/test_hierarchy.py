"""Models of a tree of classes: what they answer, and how they are kept."""

from pathlib import Path

import numpy as np
import pytest

from classify.classifiers.late import MODEL
from classify.features.extraction import FEATURE_NAMES
from classify.hierarchy import BrokenModel, load_hierarchy
from classify.taxonomies.late import LATE
from classify.training.boosting import TrainingRows, calibrated, train_hierarchy
from domain.taxonomy import TaxonClass, Taxonomy

TREE = Taxonomy(
    "tree",
    "1",
    (
        TaxonClass("left", "Left."),
        TaxonClass("right", "Right."),
        TaxonClass("a", "A.", "left"),
        TaxonClass("b", "B.", "left"),
        TaxonClass("c", "C.", "right"),
        TaxonClass("d", "D.", "right"),
    ),
)


def rows(seed: int = 1) -> TrainingRows:
    """Four classes, one per quadrant, of very different size; a column of which half is missing."""
    rng = np.random.default_rng(seed)
    label = rng.choice(["a", "b", "c", "d"], 400, p=[0.7, 0.1, 0.1, 0.1])
    x = np.where(np.isin(label, ["a", "b"]), -1, 1) + rng.normal(0, 0.3, 400)
    y = np.where(np.isin(label, ["a", "c"]), -1, 1) + rng.normal(0, 0.3, 400)
    z = np.where(rng.random(400) < 0.5, np.nan, y)
    return TrainingRows(np.array([x, y, z]).T, label.tolist(), np.ones(400))


def test_tells_rare_classes_and_sums_to_one() -> None:
    model = train_hierarchy(rows(), ("x", "y", "z"), TREE, "1", seed=1, rounds=80)
    test = rows(2)
    found = model.probabilities(test.values)
    assert found.sum(axis=1) == pytest.approx(np.ones(400), abs=1e-6)
    predicted = np.array(model.leaves)[found.argmax(axis=1)]
    for name in "abcd":
        of_class = np.array(test.labels) == name
        assert (predicted[of_class] == name).mean() > 0.85


def test_the_same_seed_gives_the_same_files_which_give_the_same_answers(tmp_path: Path) -> None:
    for folder in ("one", "two"):
        train_hierarchy(rows(), ("x", "y", "z"), TREE, "1", seed=3, rounds=5).save(tmp_path / folder)
    names = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert names == ["left.ubj.gz", "model.json", "right.ubj.gz", "top.ubj.gz"]
    for name in names:
        assert (tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes()
    again = load_hierarchy(tmp_path / "one", TREE)
    fresh = train_hierarchy(rows(), ("x", "y", "z"), TREE, "1", seed=3, rounds=5)
    assert np.array_equal(again.probabilities(rows().values), fresh.probabilities(rows().values))


def test_a_higher_temperature_claims_less() -> None:
    model = train_hierarchy(rows(), ("x", "y", "z"), TREE, "1", seed=1, rounds=20)
    cool, warm = (calibrated(model, [t] * 3).probabilities(rows().values) for t in (1.0, 3.0))
    assert warm.max(axis=1).mean() < cool.max(axis=1).mean()


def test_says_what_is_wrong_with_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BrokenModel, match="train it again"):
        load_hierarchy(tmp_path, TREE)
    train_hierarchy(rows(), ("x", "y", "z"), TREE, "1", seed=1, rounds=2).save(tmp_path)
    with pytest.raises(BrokenModel, match="other classes than the taxonomy late"):
        load_hierarchy(tmp_path, LATE)


def test_the_shipped_model_reads_features_that_there_are() -> None:
    model = load_hierarchy(MODEL, LATE)
    assert len(model.features) >= 150
    assert set(model.features) <= set(FEATURE_NAMES)
