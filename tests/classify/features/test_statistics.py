"""Statistics against scipy's and plain definitions."""

import numpy as np
import pytest
from scipy import stats

from classify.features.statistics import NAMES, statistics


def values(time: np.ndarray, magnitude: np.ndarray, error: np.ndarray) -> dict[str, float]:
    return dict(zip(NAMES, statistics(time, magnitude, error).tolist(), strict=True))


@pytest.fixture
def found_and_points() -> tuple[dict[str, float], np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(5)
    time, magnitude = np.sort(rng.uniform(0, 200, 80)), 18 + rng.gamma(2.0, 0.2, 80)
    error = rng.uniform(0.05, 0.2, 80)
    return values(time, magnitude, error), time, magnitude, error


Found = tuple[dict[str, float], np.ndarray, np.ndarray, np.ndarray]


def test_moments_are_scipys(found_and_points: Found) -> None:
    found, _, magnitude, error = found_and_points
    assert found["mean"] == pytest.approx(np.average(magnitude, weights=error**-2))
    assert found["std"] == pytest.approx(magnitude.std(ddof=1))
    assert found["kurtosis"] == pytest.approx(stats.kurtosis(magnitude, bias=False), rel=1e-6)
    z = (magnitude - magnitude.mean()) / magnitude.std(ddof=1)
    assert found["skew"] == pytest.approx(80 / 79 / 78 * (z**3).sum(), rel=1e-6)
    assert found["q31"] == pytest.approx(np.subtract(*np.quantile(magnitude, [0.75, 0.25])))
    assert found["median_abs_deviation"] == pytest.approx(stats.median_abs_deviation(magnitude))


def test_probability_of_variability_is_the_chi_square_distribution() -> None:
    rng = np.random.default_rng(6)
    for scale in (0.05, 0.09, 0.1, 0.11, 0.15):
        magnitude, error = rng.normal(18, scale, 25), np.full(25, 0.1)
        found = values(np.arange(25.0), magnitude, error)
        chi_square = ((magnitude - magnitude.mean()) ** 2 / 0.01).sum()
        assert found["p_variability"] == pytest.approx(stats.chi2.cdf(chi_square, 24), abs=0.01)
        assert 10 ** found["reduced_chi_square"] == pytest.approx(chi_square / 24)


def test_anderson_darling_statistic_is_scipys(found_and_points: Found) -> None:
    found, _, magnitude, _ = found_and_points
    with np.errstate(all="ignore"):
        statistic = stats.anderson(magnitude, "norm", method="interpolate").statistic
    corrected = statistic * (1 + 0.75 / 80 + 2.25 / 80**2)
    assert found["anderson_darling"] == pytest.approx(1 / (1 + np.exp(-10 * (corrected - 0.3))), abs=1e-6)


def test_line_is_scipys(found_and_points: Found) -> None:
    _, time, magnitude, _ = found_and_points
    found = values(time, magnitude, np.full(80, 0.1))
    assert found["linear_trend"] == pytest.approx(stats.linregress(time, magnitude).slope)


def test_structure_function_of_a_random_walk_rises_with_the_root_of_time() -> None:
    rng = np.random.default_rng(7)
    gammas = [
        values(np.arange(300.0), 18 + np.cumsum(rng.normal(0, 0.05, 300)), np.full(300, 0.001))["sf_gamma"]
        for _ in range(20)
    ]
    assert np.mean(gammas) == pytest.approx(0.5, abs=0.15)


def test_constant_light_gives_numbers() -> None:
    found = values(np.arange(10.0), np.full(10, 17.0), np.full(10, 0.1))
    assert found["range"] == 0
    assert found["reduced_chi_square"] == -6
    assert not np.isinf(list(found.values())).any()


def test_three_points_are_too_few() -> None:
    assert np.isnan(statistics(np.arange(3.0), np.arange(3.0), np.ones(3))).all()
