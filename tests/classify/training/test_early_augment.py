"""What is drawn into simulated alerts, and made of them."""

import numpy as np
import pytest

from classify.stamps.metadata import NAMES
from classify.training.early_augment import blurred_numbers, forgotten, residuals, weathered
from classify.training.early_examples import EarlySet, simulated_examples
from classify.training.early_labels import CLASSES


@pytest.fixture(scope="module")
def examples() -> EarlySet:
    return EarlySet.of(simulated_examples(60, 8))


def test_weather_keeps_labels_numbers_and_form(examples: EarlySet) -> None:
    found = weathered(examples, np.random.default_rng(1), share=1.0)
    assert found.pixels.shape == examples.pixels.shape
    assert found.pixels.dtype == np.float16
    assert np.isfinite(found.pixels).all()
    assert not np.array_equal(found.pixels, examples.pixels)
    np.testing.assert_array_equal(found.vectors, examples.vectors)
    np.testing.assert_array_equal(found.labels, examples.labels)


def test_residuals_are_bogus_with_something_in_the_middle(examples: EarlySet) -> None:
    found = residuals(examples, np.random.default_rng(2), 40)
    assert (found.labels == CLASSES.index("bogus")).all()
    middle = np.abs(found.pixels[:, 28:35, 28:35, 2].astype(float)).max(axis=(1, 2))
    assert (middle > 1.0).mean() > 0.9
    assert set(found.groups.tolist()) <= set(examples.groups.tolist())


def test_numbers_spread_but_history_stays_possible(examples: EarlySet) -> None:
    found = blurred_numbers(examples.vectors, examples.labels, np.random.default_rng(3))
    detections, coverages = (10 ** found[:, NAMES.index(name)] - 1 for name in ("detections", "coverages"))
    assert (detections >= 0.99).all()
    assert (coverages >= detections * 0.999).all()
    assert not np.shares_memory(found, examples.vectors)
    np.testing.assert_array_equal(np.isnan(found), np.isnan(examples.vectors))


def test_what_is_struck_is_flagged() -> None:
    rows = np.concatenate(
        [np.full((500, len(NAMES)), 0.7), np.zeros((500, len(NAMES) + 3))], axis=1, dtype=np.float32
    )
    found = forgotten(rows, np.random.default_rng(4))
    numbers, flags = found[:, : len(NAMES)], found[:, len(NAMES) : 2 * len(NAMES)]
    np.testing.assert_array_equal(numbers == 0, flags == 1)
    assert 0.1 < flags.mean() < 0.3
