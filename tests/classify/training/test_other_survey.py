"""Light curves in other surveys' manners."""

import numpy as np
import pytest

from classify.features.photometry import BANDS, Photometry
from classify.training.labelled import LabelledCurve
from classify.training.late_table import MANNERS, MISTRUSTED, copies
from classify.training.other_survey import in_another_manner
from classify.training.simulated import simulate_curves
from domain.band import Band

G, R = BANDS.index(Band.g), BANDS.index(Band.r)


@pytest.fixture(scope="module")
def star() -> LabelledCurve:
    """One that was observed often."""
    return next(curve for curve in simulate_curves("RRL", 60, seed=5) if len(curve.photometry.time) > 60)


@pytest.fixture(scope="module")
def supernova() -> LabelledCurve:
    return next(iter(simulate_curves("SNIa", 1, seed=5)))


def manners(photometry: Photometry, *, is_transient: bool, count: int = 60) -> list[Photometry]:
    return [
        in_another_manner(np.random.default_rng(seed), photometry, is_transient=is_transient)
        for seed in range(count)
    ]


def one_band(photometry: Photometry) -> Photometry:
    """The same with all points in g."""
    order = np.argsort(photometry.time)
    edges = np.array([0, 0] + [len(order)] * (len(BANDS) - 1), dtype=np.int64)
    return Photometry(
        photometry.time[order],
        photometry.magnitude[order],
        photometry.error[order],
        photometry.sign[order],
        edges,
        photometry.limit_time[:0],
        photometry.limit[:0],
        np.zeros_like(edges),
        photometry.first_mjd,
        photometry.is_apparent,
        photometry.corrected_fraction,
    )


def test_points_become_fewer_and_noisier_never_more(star: LabelledCurve) -> None:
    found = manners(star.photometry, is_transient=False)
    assert all(0 < len(one.time) <= len(star.photometry.time) for one in found)
    assert len({len(one.time) for one in found}) > 10
    assert np.median([np.median(one.error) for one in found]) > np.median(star.photometry.error)


def test_a_star_of_one_band_may_get_two_and_a_transient_does_not(star: LabelledCurve) -> None:
    curve = one_band(star.photometry)
    assert any((one.points[[G, R]] > 0).all() for one in manners(curve, is_transient=False))
    assert not any((one.points[[G, R]] > 0).all() for one in manners(curve, is_transient=True))


def test_a_star_may_be_selected_by_its_difference_which_makes_limits_and_signs(star: LabelledCurve) -> None:
    bare = one_band(star.photometry)
    found = manners(bare, is_transient=False)
    assert any(len(one.limit) for one in found)
    assert any({-1.0, 1.0} <= set(one.sign.tolist()) for one in found)
    assert not any(len(one.limit) for one in manners(bare, is_transient=True))


def test_copies_are_the_same_each_time_and_keep_their_object(supernova: LabelledCurve) -> None:
    first, second = list(copies(supernova, 1)), list(copies(supernova, 1))
    assert 1 < len(first) <= 2 + MANNERS
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one.photometry.magnitude, other.photometry.magnitude)
        assert (one.object_id, one.group, one.label) == (supernova.object_id, supernova.group, supernova.label)


def test_what_is_mistrusted_is_not_spread(star: LabelledCurve) -> None:
    mistrusted = LabelledCurve("a", "a", min(MISTRUSTED), star.label, False, star.photometry)
    assert len(list(copies(mistrusted, 1))) <= 2
