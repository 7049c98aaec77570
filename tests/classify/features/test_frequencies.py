"""The periodogram against astropy's."""

import numpy as np
import pytest
from astropy.timeseries import LombScargle

from classify.features.frequencies import periodogram


def nights(rng: np.random.Generator, count: int, span: float = 500.0) -> np.ndarray:
    """Times in the dark part of random nights: a strong daily window."""
    return np.sort(np.round(rng.uniform(0, span, count)) + rng.uniform(0.2, 0.4, count))


@pytest.mark.parametrize("count", [9, 37, 64])
def test_power_of_one_band_is_astropys(count: int) -> None:
    rng = np.random.default_rng(count)
    time = nights(rng, count)
    error = rng.uniform(0.02, 0.2, count)
    value = 18 + 0.3 * np.sin(2 * np.pi * time / 0.31) + rng.normal(0, error)
    step, size = 1 / 1500, 30_000
    power, each = periodogram(time, value, error, np.array([0, count]), step, size)
    frequency = np.arange(size) * step
    known = (frequency > 0.01) & (frequency < 9.9)
    expected = LombScargle(time, value, error).power(frequency[known], method="cython")
    assert np.quantile(np.abs(power[known] - expected), 0.999) < 2e-3
    assert np.median(np.abs(power[known] - expected)) < 1e-5
    assert power == pytest.approx(each[0], abs=1e-6)


def test_bands_share_the_frequency_and_nothing_else() -> None:
    rng = np.random.default_rng(3)
    time = np.concatenate([nights(rng, 30), nights(rng, 30)])
    wave = 2 * np.pi * time / 0.7
    value = np.concatenate([18 + np.sin(wave[:30]), 15 + 0.2 * np.cos(wave[30:] + 1)])
    error = np.full(60, 0.01)
    power, each = periodogram(time, value, error, np.array([0, 30, 60]), 1 / 1500, 30_000)
    assert int(np.argmax(power)) / 1500 == pytest.approx(1 / 0.7, abs=1e-3)
    chi = np.array([((v - v.mean()) ** 2).sum() for v in (value[:30], value[30:])])
    assert power == pytest.approx((chi[0] * each[0] + chi[1] * each[1]) / chi.sum(), abs=1e-4)


def test_a_band_of_four_points_takes_no_part() -> None:
    rng = np.random.default_rng(4)
    time = np.concatenate([nights(rng, 4), nights(rng, 20)])
    value = rng.normal(0, 1, 24)
    power, each = periodogram(time, value, np.ones(24), np.array([0, 4, 24]), 1 / 1500, 3000)
    assert not each[0].any()
    assert power == pytest.approx(each[1], abs=1e-6)


def test_constant_light_has_no_power() -> None:
    power, _ = periodogram(np.arange(20.0), np.full(20, 17.0), np.ones(20), np.array([0, 20]), 0.01, 500)
    assert not power.any()
