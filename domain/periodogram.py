"""How periodic a light curve is, period by period.

The generalised Lomb-Scargle periodogram (Zechmeister & Kürster 2009, A&A 496 577; computed as VanderPlas 2018,
ApJS 236 16 describes) of all bands together: each band's weighted mean is taken off first, so that a colour is no
period. Power is 1 - chi2(sine) / chi2(constant), 0 to 1.
"""

from typing import NamedTuple

import numpy as np
from astropy.timeseries import LombScargle
from numpy.typing import NDArray

SHORTEST_DAYS, LONGEST_DAYS = 0.05, 500.0
LEAST_POINTS = 10
SAMPLES_PER_PEAK = 5
MOST_FREQUENCIES = 400_000
"""Enough for 4,000 days at 0.05 days; of longer light curves the grid is coarser."""
BINS = 600
MOST_PEAKS = 10
LEAST_ERROR = 0.005
"""mag. Errors below this are not believed: a few points would decide everything."""


class Measured(NamedTuple):
    """Magnitudes to search: MJD, mag, 1-sigma mag, and the band of each."""

    mjd: NDArray[np.float64]
    magnitude: NDArray[np.float64]
    error: NDArray[np.float64]
    band: NDArray[np.str_]


class Peak(NamedTuple):
    """A period that stands out, days, and its power."""

    period_days: float
    power: float


class Periodogram(NamedTuple):
    """The largest power in each of some bins, even in the logarithm of the period (days, ascending), and the
    highest peaks, the highest first."""

    period_days: NDArray[np.float64]
    power: NDArray[np.float64]
    peaks: list[Peak]


def periodogram(measured: Measured) -> Periodogram | None:
    """The periodogram of a light curve; None with fewer than LEAST_POINTS points or all at one time."""
    span = float(np.ptp(measured.mjd)) if len(measured.mjd) else 0.0
    if len(measured.mjd) < LEAST_POINTS or span < SHORTEST_DAYS:
        return None
    error = np.maximum(measured.error, LEAST_ERROR)
    level = _without_means(measured.magnitude, error, measured.band)
    low, high = 1 / LONGEST_DAYS, 1 / SHORTEST_DAYS
    number = int(min(MOST_FREQUENCIES, max(BINS, SAMPLES_PER_PEAK * span * (high - low))))
    frequency = np.linspace(low, high, number)
    if not level.any():  # nothing varies, and nothing explains nothing
        return _binned(frequency, np.zeros(number))
    power = LombScargle(measured.mjd - measured.mjd.min(), level, error).power(
        frequency, method="fast", assume_regular_frequency=True
    )
    power = np.clip(np.nan_to_num(np.asarray(power)), 0.0, 1.0)
    return _binned(frequency, power)


def _without_means(
    magnitude: NDArray[np.float64], error: NDArray[np.float64], band: NDArray[np.str_]
) -> NDArray[np.float64]:
    level = magnitude.copy()
    for name in np.unique(band):
        chosen = band == name
        level[chosen] -= np.average(magnitude[chosen], weights=error[chosen] ** -2)
    return level


def _binned(frequency: NDArray[np.float64], power: NDArray[np.float64]) -> Periodogram:
    edges = np.geomspace(frequency[0], frequency[-1], BINS + 1)
    of_bin = np.clip(np.searchsorted(edges, frequency, side="right") - 1, 0, BINS - 1)
    order = np.lexsort((power, of_bin))
    highest = order[np.flatnonzero(np.diff(of_bin[order], append=BINS))]
    return Periodogram(1 / frequency[highest][::-1], power[highest][::-1], _peaks(frequency, power))


def _peaks(frequency: NDArray[np.float64], power: NDArray[np.float64]) -> list[Peak]:
    """Local maxima, the highest first; where one stands within a resolution element of a higher one, the higher."""
    inner = np.flatnonzero((power[1:-1] >= power[:-2]) & (power[1:-1] > power[2:])) + 1
    chosen: list[int] = []
    for index in inner[np.argsort(-power[inner])]:
        if all(abs(index - other) > SAMPLES_PER_PEAK for other in chosen):
            chosen.append(int(index))
        if len(chosen) == MOST_PEAKS:
            break
    return [Peak(float(1 / frequency[index]), float(power[index])) for index in chosen]
