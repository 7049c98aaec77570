"""The parametric supernova: its derivatives, and parameters that are found again."""

import numpy as np
import pytest

from classify.features.supernova import NAMES, _model, _shape, supernova


def test_derivatives_are_those_of_the_model() -> None:
    time = np.linspace(-30, 120, 40)
    at = np.array([0.2, 5.0, np.log(30.0), -0.3, np.log(4.0), np.log(25.0)])
    slopes, model, more, less, unused = np.empty((40, 6)), *(np.empty(40) for _ in range(3)), np.empty((40, 6))
    _model(time, at, model, slopes)
    for k in range(6):
        step = np.zeros(6)
        step[k] = 1e-5
        _model(time, at + step, more, unused)
        _model(time, at - step, less, unused)
        assert slopes[:, k] == pytest.approx((more - less) / 2e-5, abs=1e-6)


@pytest.mark.parametrize(("gamma", "beta", "fall"), [(60.0, 0.1, 12.0), (15.0, 0.5, 40.0)])
def test_fits_noiseless_curves_closely(gamma: float, beta: float, fall: float) -> None:
    time = np.arange(0.0, 120.0, 2.0)
    flux = np.array([_shape(t - 15.0, gamma, beta, 3.0, fall) for t in time])
    bright = flux > 0.01
    magnitude = 18 - 2.5 * np.log10(flux[bright])
    found = dict(zip(NAMES, supernova(time[bright], magnitude, np.full(bright.sum(), 0.01)), strict=True))
    assert found["spm_chi"] < 0
    assert found["spm_t0"] == pytest.approx(15.0, abs=8.0)


def test_plateaus_are_told_from_falls() -> None:
    time = np.arange(0.0, 120.0, 3.0)
    plateau = np.array([_shape(t - 12.0, 80.0, 0.1, 2.0, 10.0) for t in time])
    fall = np.array([_shape(t - 12.0, 8.0, 0.3, 3.0, 25.0) for t in time])
    gamma = [
        supernova(time[f > 0.01], 18 - 2.5 * np.log10(f[f > 0.01]), np.full((f > 0.01).sum(), 0.03))[2]
        for f in (plateau, fall)
    ]
    assert gamma[0] > gamma[1] + 0.3


@pytest.mark.parametrize("seed", range(5))
def test_noise_gives_numbers(seed: int) -> None:
    rng = np.random.default_rng(seed)
    found = supernova(np.sort(rng.uniform(0, 900, 30)), rng.normal(18, 1, 30), np.full(30, 0.1))
    assert np.isfinite(found).all()
