"""Folds that keep objects and nights together, and the numbers taken from them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from classify.training.early_validation import area_under_curve, folds_of, recalls, temperature_of

FOLDS = 5
ROWS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 20), st.integers(-1, 4)), min_size=1, max_size=80)


@given(ROWS)
def test_neither_an_object_nor_a_night_is_in_two_folds(rows: list[tuple[int, int, int]]) -> None:
    groups = np.array([str(row[0]) for row in rows])
    nights, labels = (np.array([row[k] for row in rows]) for k in (1, 2))
    folds = folds_of(groups, nights, labels, FOLDS)
    assert set(folds.tolist()) <= set(range(FOLDS))
    for column in (groups, np.where(nights == 0, -1 - np.arange(len(rows)), nights)):
        for value in np.unique(column):
            assert len(set(folds[column == value].tolist())) == 1


def test_classes_are_spread_over_the_folds() -> None:
    labels = np.repeat(np.arange(5), 20)
    folds = folds_of(np.arange(100).astype(str), np.arange(1, 101), labels, FOLDS)
    for label in range(5):
        assert np.bincount(folds[labels == label], minlength=FOLDS).tolist() == [4] * FOLDS


def test_temperature_undoes_a_sharpening() -> None:
    rng = np.random.default_rng(1)
    logits = rng.normal(0, 2, (20000, 5)).astype(np.float32)
    odds = np.exp(logits)
    labels = np.array([rng.choice(5, p=row) for row in odds / odds.sum(1, keepdims=True)])
    assert temperature_of(logits * 2.5, labels) == pytest.approx(2.5, rel=0.06)


def test_recall_is_of_the_classes_that_there_are() -> None:
    assert recalls(np.array([0, 0, 2]), np.array([0, 1, 2])) == {"AGN": 0.5, "VS": 1.0}


def test_area_under_the_curve() -> None:
    positive = np.array([False, True, False, True])
    assert area_under_curve(np.array([0.1, 0.9, 0.2, 0.8]), positive) == 1.0
    assert area_under_curve(np.array([0.1, 0.15, 0.2, 0.8]), positive) == 0.75
