"""The series against numpy's least squares."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from classify.features.fourier_series import fit_series, fit_series_on_trend


def expected_chi_square(
    columns: list[np.ndarray], value: np.ndarray, weight: np.ndarray
) -> tuple[float, np.ndarray]:
    root = np.sqrt(weight)
    design = np.array(columns).T * root[:, None]
    solution, *_ = np.linalg.lstsq(design, value * root, rcond=None)
    return float(((value * root - design @ solution) ** 2).sum()), solution


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), frequency=st.floats(0.1, 15), harmonics=st.integers(1, 7))
def test_every_order_is_the_least_squares_fit(seed: int, frequency: float, harmonics: int) -> None:
    rng = np.random.default_rng(seed)
    time = np.sort(rng.uniform(0, 300, 60))
    value, weight = rng.normal(0, 1, 60), rng.uniform(0.5, 2, 60)
    coefficients, chi_square = fit_series(time, value, weight, frequency, harmonics)
    columns = [np.ones(60)]
    for order in range(harmonics + 1):
        if order:
            angle = 2 * np.pi * order * frequency * time
            columns += [np.cos(angle), np.sin(angle)]
        expected, solution = expected_chi_square(columns, value, weight)
        assert chi_square[order] == pytest.approx(expected, rel=1e-6)
    assert coefficients == pytest.approx(solution, abs=1e-5)


def test_series_on_a_parabola_is_the_least_squares_fit() -> None:
    rng = np.random.default_rng(1)
    time = np.sort(rng.uniform(0, 300, 40))
    value, weight = rng.normal(0, 1, 40) + 1e-4 * time**2, rng.uniform(0.5, 2, 40)
    chi_square = fit_series_on_trend(time, value, weight, 0.02, 2)
    columns = [np.ones(40), time, time**2]
    for order in range(3):
        if order:
            angle = 2 * np.pi * order * 0.02 * time
            columns += [np.cos(angle), np.sin(angle)]
        assert chi_square[order] == pytest.approx(expected_chi_square(columns, value, weight)[0], rel=1e-6)


def test_points_at_one_phase_give_numbers() -> None:
    coefficients, chi_square = fit_series(np.arange(12.0), np.ones(12), np.ones(12), 1.0, 3)
    assert np.isfinite(coefficients).all()
    assert np.isfinite(chi_square).all()
