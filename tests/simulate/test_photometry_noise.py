"""Measured fluxes against their errors and the threshold."""

import numpy as np
import pytest

from simulate.exposures import Exposures
from simulate.photometry_noise import measure
from simulate.random_stream import random_stream


def exposures(count: int) -> Exposures:
    def constant(level: float) -> np.ndarray:
        return np.full(count, level)

    whole = np.ones(count, dtype=np.int64)
    return Exposures(constant(61350.0), whole, whole, constant(2.2), constant(26.2), constant(90.0), constant(5.2))


@pytest.mark.parametrize(("flux", "reference"), [(0.0, 0.0), (500.0, 0.0), (-800.0, 20000.0)])
def test_scatter_is_the_error(flux: float, reference: float) -> None:
    count = 20000
    measured = measure(random_stream(1), exposures(count), np.full(count, flux), np.full(count, reference))
    pulls = (measured.flux - flux) / measured.flux_error
    assert np.std(pulls) == pytest.approx(1.0, abs=0.03)
    assert np.mean(pulls) == pytest.approx(0.0, abs=0.03)


def test_nothing_is_detected_where_nothing_is() -> None:
    count = 100_000
    measured = measure(random_stream(2), exposures(count), np.zeros(count), np.zeros(count))
    assert measured.detected.sum() == 0


def test_detection_sets_in_near_the_limit() -> None:
    count = 4000
    sky = exposures(count)
    for offset, low, high in ((-1.0, 0.99, 1.0), (0.3, 0.2, 0.8), (1.0, 0.0, 0.02)):
        flux = sky.limit_flux * 10 ** (-0.4 * offset)
        detected = measure(random_stream(3), sky, flux, np.zeros(count)).detected.mean()
        assert low <= detected <= high


def test_bright_reference_hides_small_changes() -> None:
    sky = exposures(1000)
    change = np.full(1000, 600.0)
    alone = measure(random_stream(4), sky, change, np.zeros(1000)).detected.mean()
    crowded = measure(random_stream(4), sky, change, np.full(1000, 50_000.0)).detected.mean()
    assert alone > 0.99
    assert crowded < 0.05
