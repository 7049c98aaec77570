"""What a single brightening looks like in one band, without a model."""

from math import log10

import numpy as np

from classify.features.arrays import Floats
from classify.features.compiled import compiled
from domain.classification import FeatureDefinition

DEFINITIONS = (
    FeatureDefinition("rise_days", "log(d)", "log10 of 1 d plus the time from the first to the brightest point."),
    FeatureDefinition("fade_days", "log(d)", "log10 of 1 d plus the time from the brightest to the last point."),
    FeatureDefinition("risen", "mag", "First magnitude less the brightest."),
    FeatureDefinition("faded", "mag", "Last magnitude less the brightest."),
    FeatureDefinition("rise_rate", "mag/d", "Slope over the 20 d before the brightest point; negative is rising."),
    FeatureDefinition("fade_rate", "mag/d", "Slope over the 30 d after the brightest point."),
    FeatureDefinition("late_fade_rate", "mag/d", "Slope later than 30 d after the brightest point."),
    FeatureDefinition(
        "fade_index",
        None,
        "Slope of log flux against log time since 5 d before the brightest point: -5/3 for tidal disruptions.",
    ),
    FeatureDefinition(
        "days_within_1_mag",
        "log(d)",
        "log10 of 1 d plus the span around the brightest in which no point is a magnitude fainter.",
    ),
    FeatureDefinition(
        "second_peak",
        None,
        "How far a second peak rises above the faintest point between it and the brightest, over the range.",
    ),
    FeatureDefinition("monotony", None, "Fraction of neighbours that go the way of a single peak."),
    FeatureDefinition("duty", None, "Fraction of points within half the range of the brightest."),
)
NAMES = tuple(definition.name for definition in DEFINITIONS)

MINIMUM_POINTS = 3


@compiled
def transient(time: Floats, magnitude: Floats, error: Floats) -> Floats:
    """The values of NAMES; NaN below 3 points."""
    out = np.full(len(NAMES), np.nan)
    n = len(time)
    if n < MINIMUM_POINTS:
        return out
    peak = int(np.argmin(magnitude))
    brightest, extent = magnitude[peak], max(magnitude.max() - magnitude.min(), 1e-6)
    since = time - time[peak]
    out[0], out[1] = log10(1 - since[0]), log10(1 + since[-1])
    out[2], out[3] = magnitude[0] - brightest, magnitude[-1] - brightest
    out[4] = _slope(since, magnitude, error, -20.0, 0.0)
    out[5] = _slope(since, magnitude, error, 0.0, 30.0)
    out[6] = _slope(since, magnitude, error, 30.0, 1e6)
    after = since > 0
    if after.sum() >= 3:
        x = np.log10(since[after] + 5.0)
        y = -0.4 * (magnitude[after] - brightest)
        x_mean, y_mean = x.mean(), y.mean()
        spread = ((x - x_mean) ** 2).sum()
        if spread > 1e-9:
            out[7] = ((x - x_mean) * (y - y_mean)).sum() / spread
    first, last = peak, peak
    while first > 0 and magnitude[first - 1] < brightest + 1.0:
        first -= 1
    while last < n - 1 and magnitude[last + 1] < brightest + 1.0:
        last += 1
    out[8] = log10(1 + time[last] - time[first])
    out[9] = _second_peak(magnitude, peak) / extent
    along = 0
    for j in range(n - 1):
        falling = magnitude[j + 1] > magnitude[j]
        along += falling == (j >= peak)
    out[10] = along / (n - 1)
    out[11] = (magnitude < brightest + 0.5 * extent).sum() / n
    return out


@compiled
def _slope(since: Floats, magnitude: Floats, error: Floats, low: float, high: float) -> float:
    total, sx, sy, sxx, sxy, count = 0.0, 0.0, 0.0, 0.0, 0.0, 0
    for j in range(len(since)):
        if low <= since[j] <= high:
            w = 1.0 / (error[j] ** 2 + 0.02**2)
            x, y = since[j], magnitude[j]
            total, sx, sy, sxx, sxy, count = (
                total + w,
                sx + w * x,
                sy + w * y,
                sxx + w * x * x,
                sxy + w * x * y,
                count + 1,
            )
    spread = total * sxx - sx * sx
    if count < 2 or spread <= 1e-3 * total * total:
        return np.nan
    return (total * sxy - sx * sy) / spread


@compiled
def _second_peak(magnitude: Floats, peak: int) -> float:
    """How far the second peak rises above the faintest point between it and the first; 0 without one."""
    best = 0.0
    for direction in (-1, 1):
        faintest = magnitude[peak]
        j = peak + direction
        while 0 <= j < len(magnitude):
            faintest = max(faintest, magnitude[j])
            climb = faintest - magnitude[j]
            if climb >= 0.3 and climb > best:
                best = climb
            j += direction
    return best
