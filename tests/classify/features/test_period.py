"""Periods of simulated stars at a survey's cadence."""

import numpy as np
import pytest

from classify.features.period import BAND_NAMES, JOINT_NAMES, search_period
from tests.support.light_curve_samples import periodic_samples

STATED = (1.0, 0.5, 2.0)
"""The period, half of it (two equal halves of a cycle), and twice it."""


def test_98_percent_within_1_percent_or_a_stated_multiple() -> None:
    wrong = []
    samples = list(periodic_samples(120, seed=11))
    for star in samples:
        joint, _ = search_period(star.time, star.magnitude, star.error, star.start)
        if min(abs(joint[0] / star.period / multiple - 1) for multiple in STATED) > 0.01:
            wrong.append((star.label, star.period, joint[0]))
    assert len(wrong) <= 0.02 * len(samples), wrong


@pytest.mark.parametrize("period", [0.051, 0.0997, 0.33, 0.4999, 0.997, 1.0027, 3.3, 29.5, 180.0])
def test_finds_a_sine_wherever_it_is(period: float) -> None:
    rng = np.random.default_rng(int(period * 1000))
    time = np.concatenate(
        [np.sort(np.round(rng.uniform(0, 900, 40)) + rng.uniform(0.15, 0.45, 40)) for _ in range(2)]
    )
    value = 18 + 0.2 * np.sin(2 * np.pi * time / period + 1) + rng.normal(0, 0.02, 80)
    joint, each = search_period(time, value, np.full(80, 0.02), np.array([0, 40, 80]))
    found = dict(zip(JOINT_NAMES, joint, strict=True))
    assert found["period"] == pytest.approx(period, rel=0.01)
    assert found["period_power"] > 0.85
    assert found["period_harmonics"] == 1
    assert each.shape == (2, len(BAND_NAMES))


def test_is_the_same_whatever_the_day_that_time_counts_from() -> None:
    star = next(periodic_samples(1, seed=2))
    here, _ = search_period(star.time, star.magnitude, star.error, star.start)
    there, _ = search_period(star.time + 1234.0, star.magnitude, star.error, star.start)
    assert there[0] == pytest.approx(here[0], rel=1e-4)


@pytest.mark.parametrize("points", [1, 4, 7])
def test_too_few_points_have_no_period(points: int) -> None:
    time = np.arange(float(points))
    joint, each = search_period(time, np.sin(time), np.ones(points), np.array([0, points]))
    assert np.isnan(joint).all()
    assert np.isnan(each).all()


def test_points_of_one_hour_have_no_period() -> None:
    time = np.linspace(0, 0.04, 30)
    joint, _ = search_period(time, np.sin(time), np.ones(30), np.array([0, 30]))
    assert np.isnan(joint).all()
