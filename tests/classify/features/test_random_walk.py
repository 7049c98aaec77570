"""Stochastic models against dense Gaussian likelihoods and known truth."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from classify.features.random_walk import NAMES, _walk_likelihood, random_walk


def walk(rng: np.random.Generator, time: np.ndarray, tau: float, sigma: float) -> np.ndarray:
    covariance = sigma**2 * np.exp(-np.abs(time[:, None] - time[None, :]) / tau)
    return np.linalg.cholesky(covariance + 1e-12 * np.eye(len(time))) @ rng.normal(0, 1, len(time))


def test_likelihood_is_that_of_the_joint_gaussian() -> None:
    rng = np.random.default_rng(1)
    time, error = np.sort(rng.uniform(0, 100, 30)), rng.uniform(0.01, 0.1, 30)
    value = walk(rng, time, 20.0, 0.3)
    covariance = 0.25**2 * np.exp(-np.abs(time[:, None] - time[None, :]) / 15.0) + np.diag(error**2)
    expected = multivariate_normal(np.zeros(30), covariance).logpdf(value)
    assert _walk_likelihood(time, value, error, 15.0, 0.25) == pytest.approx(expected, rel=1e-9)


def test_parameters_of_walks_are_found_on_average() -> None:
    rng = np.random.default_rng(2)
    found = []
    for _ in range(40):
        time = np.sort(rng.uniform(0, 2000, 120))
        value = 18 + walk(rng, time, 50.0, 0.3) + rng.normal(0, 0.02, 120)
        found.append(random_walk(time, value, np.full(120, 0.02)))
    tau, sigma, gain, phi = np.median(found, axis=0)
    assert tau == pytest.approx(np.log10(50), abs=0.2)
    assert sigma == pytest.approx(np.log10(0.3), abs=0.1)
    assert gain > 0.1
    assert phi == pytest.approx(np.exp(-1 / 50), abs=0.02)


def test_white_noise_has_no_memory() -> None:
    rng = np.random.default_rng(3)
    time = np.sort(rng.uniform(0, 500, 100))
    found = dict(zip(NAMES, random_walk(time, rng.normal(18, 0.3, 100), np.full(100, 0.01)), strict=True))
    assert found["drw_gain"] < 0.05
    assert found["iar_phi"] < 0.3
