"""Scores against sums done by hand."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classify.evaluation.report import evaluation_line, table_text
from classify.evaluation.scores import (
    Answers,
    bootstrap,
    confusion,
    expected_calibration_error,
    majority,
    precision_at_shares,
    reliability,
    score,
)

CLASSES = ("a", "b", "c")


def answers(truth: list[int], predicted: list[int], confidence: float = 0.8) -> Answers:
    rest = (1 - confidence) / 2
    rows = [[confidence if k == guess else rest for k in range(3)] for guess in predicted]
    return Answers(
        CLASSES, np.array(truth, dtype=np.int64), np.array(rows).reshape(-1, 3), tuple(map(str, range(len(truth))))
    )


def test_counts_hits_and_misses() -> None:
    given_answers = answers([0] * 40 + [1] * 40 + [2] * 5, [0] * 30 + [1] * 10 + [1] * 40 + [0] * 5)
    scores = score(given_answers)
    assert confusion(given_answers).tolist() == [[30, 10, 0], [0, 40, 0], [5, 0, 0]]
    assert scores.classes["a"].recall == 0.75
    assert scores.classes["a"].precision == pytest.approx(30 / 35)
    assert scores.classes["b"].f1 == pytest.approx(2 * 0.8 / 1.8)
    assert scores.not_evaluated == ("c",)
    assert scores.macro_recall == pytest.approx(0.875)
    assert scores.accuracy == pytest.approx(70 / 85)


def test_calibration_error_is_the_gap_between_claim_and_truth() -> None:
    claimed = answers([0] * 10, [0] * 6 + [1] * 4, confidence=0.8)
    assert expected_calibration_error(claimed) == pytest.approx(0.2)
    (only,) = reliability(claimed)
    assert (only.n, only.accuracy) == (10, 0.6)
    assert only.confidence == pytest.approx(0.8)


def test_bootstrap_draws_groups() -> None:
    truth, predicted = [0] * 60 + [1] * 60, [0] * 50 + [1] * 70
    single = bootstrap(answers(truth, predicted))
    assert single.low < score(answers(truth, predicted)).macro_f1 < single.high
    paired = answers(truth, predicted)
    grouped = Answers(CLASSES, paired.truth, paired.probabilities, tuple(str(k // 20) for k in range(120)))
    wide = bootstrap(grouped)
    assert wide.high - wide.low > single.high - single.low


def test_majority_gives_the_most_frequent_class() -> None:
    assert majority(answers([0, 1, 1], [0, 0, 0])).predicted.tolist() == [1, 1, 1]


def test_precision_falls_where_a_class_is_rare() -> None:
    found = precision_at_shares(
        answers([0] * 40 + [1] * 40, [0] * 36 + [1] * 4 + [0] * 4 + [1] * 36), {"a": 0.1, "b": 0.9}
    )
    assert found["a"] == pytest.approx(0.09 / (0.09 + 0.09))
    assert found["b"] == pytest.approx(0.81 / (0.81 + 0.01))


def test_an_empty_table_has_no_scores() -> None:
    empty = answers([], [])
    assert np.isnan(score(empty).macro_f1)
    assert table_text("real", empty) == "real: no objects\n"


def test_the_last_line_names_what_no_table_evaluates() -> None:
    import json

    full = answers([0] * 40 + [1] * 40, [0] * 40 + [1] * 40)
    line = json.loads(
        evaluation_line(
            {"real_ztf": full, "simulated": answers([], [])}, {"majority": {"real_ztf": majority(full)}}, {}
        )
    )
    assert line["tables"].keys() == {"real_ztf"}
    assert line["tables"]["real_ztf"]["classes"]["a"] == {"n": 40, "precision": 1.0, "recall": 1.0, "f1": 1.0}
    assert line["tables"]["real_ztf"].keys() >= {"n", "macro_f1", "balanced_accuracy", "ece", "classes"}
    assert line["baselines"]["majority"]["real_ztf"]["balanced_accuracy"] == 0.5
    assert line["not_evaluated"] == ["c"]


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=200))
def test_scores_lie_between_0_and_1(rows: list[tuple[int, int]]) -> None:
    scores = score(answers([row[0] for row in rows], [row[1] for row in rows]))
    assert scores.n == len(rows)
    for one in scores.classes.values():
        assert 0 <= min(one.precision, one.recall) <= one.f1 + 1e-9 or one.f1 == 0
        assert max(one.precision, one.recall, one.f1) <= 1 + 1e-9
    assert 0 <= scores.ece <= 1
