"""Mexican hat power spectrum: variance on a time scale from differences of two smoothed light curves, which gaps do
not disturb (Arévalo et al. 2012, MNRAS 426 1793)."""

from math import exp, pi, sqrt

import numpy as np

from classify.features.arrays import Floats
from classify.features.compiled import compiled
from domain.classification import FeatureDefinition

DEFINITIONS = (
    FeatureDefinition(
        "mhps_low",
        "log(mag**2)",
        "log10 of the variance on a scale of 100 d, less that of the errors; -6 where nothing is left.",
    ),
    FeatureDefinition("mhps_high", "log(mag**2)", "The same on a scale of 10 d."),
    FeatureDefinition("mhps_ratio", None, "log10 of the variance at 100 d over that at 10 d."),
    FeatureDefinition("mhps_non_zero", None, "Fraction of points with neighbours within 10 d."),
    FeatureDefinition("mhps_noise_flag", None, "1 where the errors explain the variance at 10 d, 0 where not."),
    FeatureDefinition("mhps_365", "log(mag**2)", "As mhps_low, on a scale of 365 d."),
    FeatureDefinition("mhps_30", "log(mag**2)", "As mhps_low, on a scale of 30 d."),
    FeatureDefinition("mhps_365_30", None, "log10 of the variance at 365 d over that at 30 d."),
)
NAMES = tuple(definition.name for definition in DEFINITIONS)

MINIMUM_POINTS = 5
_SCALES = np.array([100.0, 10.0, 365.0, 30.0])


@compiled
def power_spectrum(time: Floats, magnitude: Floats, error: Floats) -> Floats:
    """The values of NAMES; NaN below 5 points."""
    out = np.full(len(NAMES), np.nan)
    n = len(time)
    if n < MINIMUM_POINTS:
        return out
    level = magnitude.mean()
    power = np.empty(4)
    for scale in range(4):
        power[scale] = _variance_on(time, magnitude - level, error, _SCALES[scale])
    out[4] = 1.0 if power[1] <= 0 else 0.0
    logs = np.log10(np.maximum(power, 1e-6))
    out[0], out[1], out[2] = logs[0], logs[1], logs[0] - logs[1]
    out[5], out[6], out[7] = logs[2], logs[3], logs[2] - logs[3]
    accompanied = 0
    for j in range(n):
        before = j > 0 and time[j] - time[j - 1] < 10
        accompanied += before or (j < n - 1 and time[j + 1] - time[j] < 10)
    out[3] = accompanied / n
    return out


@compiled
def _variance_on(time: Floats, deviation: Floats, error: Floats, scale: float) -> float:
    """Variance of the light curve filtered at `scale`, less that of the noise [mag^2].

    The filter is the limit of two Gaussians of nearly equal widths: with q = dt^2 / (2 sigma^2), weights
    exp(-q) (q - <q>), where <q> makes them sum to zero over the points that there are.
    """
    n = len(time)
    sigma = scale / (sqrt(2.0) * pi)
    reach, scaled = 4 * sigma, 0.5 / sigma**2
    gauss, q = np.empty(n), np.empty(n)
    total, noise = 0.0, 0.0
    for j in range(n):
        first, last = j, j
        while first > 0 and time[j] - time[first - 1] < reach:
            first -= 1
        while last < n - 1 and time[last + 1] - time[j] < reach:
            last += 1
        whole, mean_q = 0.0, 0.0
        for k in range(first, last + 1):
            q[k] = scaled * (time[k] - time[j]) ** 2
            gauss[k] = exp(-q[k])
            whole += gauss[k]
            mean_q += gauss[k] * q[k]
        mean_q /= whole
        filtered, filtered_noise = 0.0, 0.0
        for k in range(first, last + 1):
            weight = 2 * gauss[k] * (q[k] - mean_q) / whole
            filtered += weight * deviation[k]
            filtered_noise += (weight * error[k]) ** 2
        total += filtered**2
        noise += filtered_noise
    return (total - noise) / n
