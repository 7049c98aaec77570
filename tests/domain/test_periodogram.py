"""Periods are found where they are, and what is none gives none."""

import numpy as np
import pytest
from astropy.timeseries import LombScargle
from numpy.typing import NDArray

from domain.periodogram import LONGEST_DAYS, SHORTEST_DAYS, Measured, periodogram

RANDOM = np.random.default_rng(7)


def measured(
    period: float, *, points: int = 80, noise: float = 0.02, color: float = 0.8, amplitude: float = 0.3
) -> Measured:
    """A sine in two bands at irregular times of two years."""
    mjd: NDArray[np.float64] = np.sort(RANDOM.uniform(60000, 60730, points))
    band = np.where(RANDOM.random(points) < 0.5, "g", "r")
    magnitude = 18 + amplitude * np.sin(2 * np.pi * mjd / period) + np.where(band == "g", color, 0.0)
    return Measured(mjd, magnitude + RANDOM.normal(0, noise, points), np.full(points, noise), band)


@pytest.mark.parametrize("period", [0.0713, 0.5431, 3.7, 41.0, 320.0])
def test_the_highest_peak_is_the_period(period: float) -> None:
    found = periodogram(measured(period))
    assert found is not None
    assert found.peaks[0].period_days == pytest.approx(period, rel=0.01)
    assert found.peaks[0].power > 0.9


def test_a_colour_is_no_period() -> None:
    """Two bands a magnitude apart, each constant: without their means taken off, the cadence would be a period."""
    found = periodogram(measured(1.0, amplitude=0.0, color=1.5))
    assert found is not None
    assert found.peaks[0].power < 0.4


def test_powers_are_those_of_the_slow_computation() -> None:
    one = measured(2.5, points=60)._replace(band=np.full(60, "g"))
    found = periodogram(one)
    assert found is not None
    level = one.magnitude - np.average(one.magnitude, weights=one.error**-2)
    slow = LombScargle(one.mjd - one.mjd.min(), level, one.error)
    for peak in found.peaks[:3]:
        assert float(slow.power(1 / peak.period_days, method="slow")) == pytest.approx(peak.power, abs=0.02)


def test_bins_ascend_within_the_range_and_peaks_descend() -> None:
    found = periodogram(measured(7.0))
    assert found is not None
    assert (np.diff(found.period_days) > 0).all()
    assert found.period_days[0] >= SHORTEST_DAYS * 0.999
    assert found.period_days[-1] <= LONGEST_DAYS * 1.001
    powers = [peak.power for peak in found.peaks]
    assert powers == sorted(powers, reverse=True)
    assert max(found.power) == pytest.approx(powers[0])
    assert ((found.power >= 0) & (found.power <= 1)).all()


def test_too_little_gives_none() -> None:
    few = measured(1.0, points=9)
    assert periodogram(few) is None
    assert (
        periodogram(
            few._replace(mjd=few.mjd[:0], magnitude=few.magnitude[:0], error=few.error[:0], band=few.band[:0])
        )
        is None
    )
    at_once = measured(1.0, points=20)
    assert periodogram(at_once._replace(mjd=np.full(20, 60000.0))) is None


def test_errors_of_zero_decide_nothing() -> None:
    one = measured(3.0)
    found = periodogram(one._replace(error=np.zeros_like(one.error)))
    assert found is not None
    assert found.peaks[0].period_days == pytest.approx(3.0, rel=0.01)


def test_a_constant_star_has_no_power() -> None:
    flat = measured(1.0)._replace(magnitude=np.full(80, 17.0))
    found = periodogram(flat)
    assert found is not None
    assert np.isfinite(found.power).all()
