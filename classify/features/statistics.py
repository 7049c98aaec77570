"""Statistics of the magnitudes of one band, most of them those of FATS (Nun et al. 2015, arXiv 1506.00010)."""

from math import erf, exp, log, log10, sqrt

import numpy as np

from classify.features.arrays import Floats
from classify.features.compiled import compiled
from domain.classification import FeatureDefinition

DEFINITIONS = (
    FeatureDefinition("mean", "mag", "Mean magnitude, weighted by inverse variance."),
    FeatureDefinition("std", "mag", "Standard deviation of the magnitudes."),
    FeatureDefinition("weighted_std", "mag", "Standard deviation about the mean, weighted by inverse variance."),
    FeatureDefinition(
        "amplitude", "mag", "Half the distance between the medians of the brightest and the faintest 5 %."
    ),
    FeatureDefinition("range", "mag", "Distance between the extremes."),
    FeatureDefinition("mean_variance", None, "Standard deviation over the absolute mean magnitude."),
    FeatureDefinition("median_abs_deviation", "mag", "Median absolute deviation from the median."),
    FeatureDefinition("q31", "mag", "Distance between the first and third quartiles."),
    FeatureDefinition("skew", None, "Skewness, corrected for the number of points."),
    FeatureDefinition("kurtosis", None, "Excess kurtosis, corrected for the number of points."),
    FeatureDefinition("gskew", "mag", "Quantiles at 3 % and 97 % added, less twice the median."),
    FeatureDefinition(
        "beyond_1_std", None, "Fraction of points farther from the weighted mean than their own error."
    ),
    FeatureDefinition("con", None, "Fraction of runs of three points that lie beyond two standard deviations."),
    FeatureDefinition("median_brp", None, "Fraction of points within a tenth of the amplitude of the median."),
    FeatureDefinition("percent_amplitude", "mag", "Largest distance from the median."),
    FeatureDefinition(
        "max_slope", "mag/d", "Steepest change between neighbours more than 0.1 d apart, without sign."
    ),
    FeatureDefinition(
        "median_slope", "mag/d", "Median change between neighbours more than 0.1 d apart, without sign."
    ),
    FeatureDefinition(
        "pair_slope_trend", None, "Fading less brightening pairs of neighbours among the last 30, per pair."
    ),
    FeatureDefinition(
        "eta_e",
        None,
        "log10 of the von Neumann ratio, pairs weighted by their time apart to the power -2 (Kim et al. 2014).",
    ),
    FeatureDefinition("von_neumann", None, "Mean squared step between neighbours over the variance."),
    FeatureDefinition("rcs", None, "Range of the cumulative sum of standardised magnitudes (Ellaway 1978)."),
    FeatureDefinition(
        "autocorrelation_length",
        None,
        "Lag at which the autocorrelation falls below 1/e, over the number of points.",
    ),
    FeatureDefinition(
        "anderson_darling",
        None,
        "Logistic function 1 / (1 + exp(-10 (A^2 - 0.3))) of the Anderson-Darling statistic of normality.",
    ),
    FeatureDefinition("stetson_k", None, "Robust kurtosis K (Stetson 1996)."),
    FeatureDefinition("p_variability", None, "Probability that a constant source would have a smaller chi-square."),
    FeatureDefinition(
        "excess_variance", None, "Variance less mean squared error, over the squared mean magnitude."
    ),
    FeatureDefinition("reduced_chi_square", None, "log10 of the reduced chi-square of a constant."),
    FeatureDefinition(
        "sf_amplitude", "mag", "A of the structure function A (dt / 1 yr)^gamma (Schmidt et al. 2010)."
    ),
    FeatureDefinition("sf_gamma", None, "gamma of the structure function A (dt / 1 yr)^gamma."),
    FeatureDefinition("linear_trend", "mag/d", "Slope of a line, weighted by inverse variance."),
    FeatureDefinition("linear_trend_chi", None, "Chi-square of that line over that of a constant."),
    FeatureDefinition("median_error", "log(mag)", "log10 of the median error."),
)
NAMES = tuple(definition.name for definition in DEFINITIONS)

MINIMUM_POINTS = 4


@compiled
def statistics(time: Floats, magnitude: Floats, error: Floats) -> Floats:
    """The values of NAMES for points in order of time; NaN below 4 points."""
    out = np.full(len(NAMES), np.nan)
    n = len(time)
    if n < MINIMUM_POINTS:
        return out
    order = np.sort(magnitude)
    weight = 1.0 / error**2
    mean = (weight * magnitude).sum() / weight.sum()
    plain = magnitude.mean()
    deviation = magnitude - plain
    variance = max((deviation**2).sum() / (n - 1), 1e-12)
    std = sqrt(variance)
    median = _quantile(order, 0.5)
    tail = max(int(np.ceil(0.05 * n)), 1)
    amplitude = 0.5 * (np.median(order[n - tail :]) - np.median(order[:tail]))
    distance = np.sort(np.abs(magnitude - median))
    out[0], out[1], out[3], out[4] = mean, std, amplitude, order[-1] - order[0]
    out[2] = sqrt((weight * (magnitude - mean) ** 2).sum() / weight.sum())
    out[5] = std / abs(plain)
    out[6] = _quantile(distance, 0.5)
    out[7] = _quantile(order, 0.75) - _quantile(order, 0.25)
    third, fourth = (deviation**3).sum() / std**3, (deviation**4).sum() / std**4
    out[8] = third * n / ((n - 1.0) * (n - 2.0))
    out[9] = n * (n + 1.0) / ((n - 1.0) * (n - 2.0) * (n - 3.0)) * fourth - 3.0 * (n - 1.0) ** 2 / (
        (n - 2.0) * (n - 3.0)
    )
    out[10] = _quantile(order, 0.03) + _quantile(order, 0.97) - 2 * median
    out[11] = (np.abs(magnitude - mean) > error).sum() / n
    beyond = np.abs(magnitude - plain) > 2 * std
    runs = 0
    for j in range(n - 2):
        runs += beyond[j] and beyond[j + 1] and beyond[j + 2]
    out[12] = runs / max(n - 2, 1)
    out[13] = (distance < 0.1 * amplitude).sum() / n
    out[14] = distance[-1]
    _slopes(time, magnitude, variance, out)
    cumulative = np.cumsum(deviation) / (n * std)
    out[20] = cumulative.max() - cumulative.min()
    out[21] = _autocorrelation_length(deviation, variance)
    out[22] = _anderson_darling((order - plain) / std)
    scaled = sqrt(n / (n - 1.0)) * np.abs(magnitude - mean) / error
    out[23] = scaled.mean() / max(sqrt((scaled**2).mean()), 1e-12)
    chi_square = (weight * (magnitude - mean) ** 2).sum()
    out[24] = _chi_square_probability(chi_square, n - 1)
    out[25] = (variance - (error**2).mean()) / plain**2
    out[26] = log10(max(chi_square / (n - 1), 1e-6))
    out[27], out[28] = _structure_function(time, magnitude, error)
    middle = (weight * time).sum() / weight.sum()
    spread = (weight * (time - middle) ** 2).sum()
    if spread > 0:
        slope = (weight * (time - middle) * (magnitude - mean)).sum() / spread
        out[29], out[30] = slope, 1.0 - slope**2 * spread / max(chi_square, 1e-12)
    out[31] = log10(np.median(error))
    return out


@compiled
def _quantile(ordered: Floats, fraction: float) -> float:
    """Linear between the order statistics."""
    place = fraction * (len(ordered) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return float(ordered[low] + (place - low) * (ordered[high] - ordered[low]))


@compiled
def _slopes(time: Floats, magnitude: Floats, variance: float, out: Floats) -> None:
    """Fills max_slope to von_neumann."""
    n = len(time)
    slopes = np.empty(n - 1)
    count, rising, falling, squares, weighted, weights = 0, 0, 0, 0.0, 0.0, 0.0
    for j in range(n - 1):
        step, gap = magnitude[j + 1] - magnitude[j], time[j + 1] - time[j]
        squares += step**2
        if gap > 0.1:
            slopes[count] = abs(step / gap)
            count += 1
        weight = 1.0 / max(gap, 0.01) ** 2
        weighted += weight * step**2
        weights += weight
        if j >= n - 30:
            rising += step > 0
            falling += step < 0
    if count > 0:
        ordered = np.sort(slopes[:count])
        out[15], out[16] = ordered[-1], _quantile(ordered, 0.5)
    out[17] = (rising - falling) / min(n - 1, 29)
    out[18] = log10(max(weighted / weights / variance, 1e-9))
    out[19] = squares / (n - 1) / variance


@compiled
def _autocorrelation_length(deviation: Floats, variance: float) -> float:
    n = len(deviation)
    for lag in range(1, n):
        total = 0.0
        for j in range(n - lag):
            total += deviation[j] * deviation[j + lag]
        if total / ((n - 1) * variance) < 0.36787944:
            return lag / n
    return 1.0


@compiled
def _anderson_darling(z: Floats) -> float:
    """Logistic of the statistic A^2 against a normal distribution, of standardised values in order (Stephens
    1974)."""
    n = len(z)
    total = 0.0
    for j in range(n):
        low = min(max(0.5 * (1 + erf(z[j] / sqrt(2.0))), 1e-12), 1 - 1e-12)
        high = min(max(0.5 * (1 + erf(z[n - 1 - j] / sqrt(2.0))), 1e-12), 1 - 1e-12)
        total += (2 * j + 1) * (log(low) + log(1 - high))
    statistic = (-n - total / n) * (1 + 0.75 / n + 2.25 / n**2)
    return 1.0 / (1.0 + exp(-10.0 * min(statistic - 0.3, 50.0)))


@compiled
def _chi_square_probability(chi_square: float, freedom: int) -> float:
    """Cumulative distribution by the cube root of Wilson & Hilferty (1931): within 0.01 of the exact one."""
    spread = 2.0 / (9.0 * freedom)
    return 0.5 * (1 + erf(((chi_square / freedom) ** (1 / 3) - (1 - spread)) / sqrt(2 * spread)))


@compiled
def _structure_function(time: Floats, magnitude: Floats, error: Floats) -> tuple[float, float]:
    """A at one year and gamma, from the mean squared steps in eight bins of log dt less the noise."""
    bins = 8
    total, lags, count = np.zeros(bins), np.zeros(bins), np.zeros(bins)
    longest = time[-1] - time[0]
    if longest < 1.0:
        return np.nan, np.nan
    first, width = log(0.5), (log(longest + 1e-6) - log(0.5)) / bins
    for j in range(len(time)):
        for k in range(j + 1, len(time)):
            gap = time[k] - time[j]
            if gap > 0.5:
                place = min(int((log(gap) - first) / width), bins - 1)
                total[place] += (magnitude[k] - magnitude[j]) ** 2 - error[j] ** 2 - error[k] ** 2
                lags[place] += log(gap)
                count[place] += 1
    n, sx, sy, sxx, sxy = 0.0, 0.0, 0.0, 0.0, 0.0
    for place in range(bins):
        if count[place] >= 3:
            x = lags[place] / count[place] - log(365.25)
            y = 0.5 * log(max(total[place] / count[place], 1e-5))
            n, sx, sy, sxx, sxy = n + 1, sx + x, sy + y, sxx + x * x, sxy + x * y
    spread = n * sxx - sx * sx
    if n < 3 or spread <= 0:
        return np.nan, np.nan
    gamma = (n * sxy - sx * sy) / spread
    return exp(min((sy - gamma * sx) / n, 5.0)), gamma
