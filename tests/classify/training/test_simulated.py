"""Simulated light curves to train on."""

import numpy as np
import pytest

from classify.taxonomies.late import LATE
from classify.training.labelled import has_enough
from classify.training.simulated import ObservedTimes, simulate_curves


@pytest.mark.parametrize("label", LATE.leaves)
def test_every_class_can_be_simulated(label: str) -> None:
    found = list(simulate_curves(label, 3, seed=5))
    assert len(found) == 3
    for curve in found:
        assert (curve.label, curve.is_simulated) == (label, True)
        assert has_enough(curve.photometry)


def test_the_same_seed_gives_the_same_curves_whatever_their_number() -> None:
    two, three = (list(simulate_curves("QSO", count, seed=5)) for count in (2, 3))
    for one, other in zip(two, three, strict=False):
        assert np.array_equal(one.photometry.magnitude, other.photometry.magnitude)


def test_borrows_times_of_real_objects() -> None:
    times = ObservedTimes(np.arange(59000.0, 59040.0), np.tile([1, 2], 20))
    found = [curve.photometry for curve in simulate_curves("RRL", 20, seed=5, real_times=[times])]
    assert any(59000.0 <= photometry.first_mjd < 59040.0 for photometry in found)
    assert any(photometry.first_mjd > 60000.0 for photometry in found)
