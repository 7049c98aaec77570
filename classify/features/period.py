"""Periods from 0.05 to 500 d, of all bands together.

1. The periodogram of sines on a grid of 3 points per peak width (frequencies.py), and its sums over the first two
   and three harmonics, which see sharp light curves.
2. The highest peaks of the three, and halves of them, are refined with Fourier series of 1 to 4 harmonics, each
   band its own coefficients (fourier_series.py).
3. The frequency and the number of harmonics with the smallest Bayesian information criterion win. It decides
   between a period and its multiples: twice the period needs twice the harmonics for the same fit. Aliases of the
   daily rhythm are among the peaks, and fit worse unless noise hides it.

An eclipsing binary with two equal eclipses has half its orbit as the answer: nothing tells them apart.
"""

from math import log

import numpy as np

from classify.features.arrays import Floats, Integers, Singles
from classify.features.compiled import compiled
from classify.features.fourier_series import fit_series, fit_series_on_trend
from classify.features.frequencies import periodogram
from domain.classification import FeatureDefinition

SHORTEST_DAYS, LONGEST_DAYS = 0.05, 500.0
WINDOW_DAYS = 3000.0
"""Points that are older than the last one by more take no part in the search."""
MINIMUM_POINTS = 8
"""In all bands that have five or more."""
GRID_PER_PEAK = 3.0
_SLOW_CYCLES = 30.0
"""With fewer cycles, the series is fitted on top of a parabola: the means of red giants drift."""
_PEAKS, _SHORTLIST, _REFINED, _HARMONICS = 8, 10, 4, 4

JOINT_DEFINITIONS = (
    FeatureDefinition("period", "d", "Period, 0.05 to 500 d, of all bands together."),
    FeatureDefinition(
        "period_power", None, "Fraction of the weighted variance that a sine with the period removes."
    ),
    FeatureDefinition(
        "period_significance",
        None,
        "Height of that power above the mean of the periodogram, in standard deviations of it.",
    ),
    FeatureDefinition("period_harmonics", None, "Number of harmonics of the chosen Fourier series, 1 to 4."),
    FeatureDefinition("period_chi_square", None, "Chi-square of that series over that of constant means."),
    FeatureDefinition("period_cycles", None, "Time span over the period."),
    FeatureDefinition("power_rate_1_4", None, "Power at a quarter of the period over that at the period."),
    FeatureDefinition("power_rate_1_3", None, "Power at a third of the period over that at the period."),
    FeatureDefinition("power_rate_1_2", None, "Power at half of the period over that at the period."),
    FeatureDefinition("power_rate_2", None, "Power at twice the period over that at the period."),
    FeatureDefinition("power_rate_3", None, "Power at three times the period over that at the period."),
    FeatureDefinition("power_rate_4", None, "Power at four times the period over that at the period."),
    FeatureDefinition(
        "period_rival_power", None, "Power of the best peak that is no harmonic of the period, over its own."
    ),
    FeatureDefinition(
        "period_day_alias",
        None,
        "Power at the better of the frequencies one cycle per sidereal day away, over its own.",
    ),
)
JOINT_NAMES = tuple(definition.name for definition in JOINT_DEFINITIONS)

BAND_DEFINITIONS = (
    FeatureDefinition("period_band", "d", "Highest peak of the band alone."),
    FeatureDefinition("delta_period", None, "Relative distance of that peak from the period of all bands."),
    FeatureDefinition("power_band", None, "Power of the band alone at the period of all bands."),
)
BAND_NAMES = tuple(definition.name for definition in BAND_DEFINITIONS)

RATES = np.array([0.25, 1 / 3, 0.5, 2.0, 3.0, 4.0])
_SIDEREAL_DAY = 0.9972696


@compiled
def search_period(time: Floats, value: Floats, error: Floats, start: Integers) -> tuple[Floats, Floats]:
    """The values of JOINT_NAMES, and of BAND_NAMES per band; NaN where there are too few points or no time span.

    Bands as in `periodogram`; `time` is counted from any day.
    """
    bands = len(start) - 1
    joint = np.full(len(JOINT_NAMES), np.nan)
    each = np.full((bands, len(BAND_NAMES)), np.nan)
    time, value, error, start = _recent(time, value, error, start)
    points, span = _usable(time, start)
    if points < MINIMUM_POINTS or span < 10 * SHORTEST_DAYS:
        return joint, each
    step = 1.0 / (GRID_PER_PEAK * span)
    count = int(1.0 / (SHORTEST_DAYS * step)) + 2
    lowest = max(int(np.ceil(max(1.0 / LONGEST_DAYS, 1.0 / span) / step)), 1)
    if lowest >= count - 2:
        return joint, each
    power, band_power = periodogram(time, value, error, start, step, count)
    frequency, harmonics, chi_square = _best(time, value, error, start, step, _peaks(power, lowest), span)
    if frequency <= 0.0:
        return joint, each
    k = max(round(frequency / step), 1)
    height = max(_nearby(power, k), 1e-6)
    searched = power[lowest:]
    joint[0], joint[1] = 1.0 / frequency, height
    joint[2] = (height - searched.mean()) / max(searched.std(), 1e-6)
    joint[3], joint[4], joint[5] = harmonics, chi_square, span * frequency
    for n in range(len(RATES)):
        joint[6 + n] = _nearby(power, round(frequency / RATES[n] / step)) / height
    joint[12] = _rival(power, lowest, k) / height
    day = 1.0 / (_SIDEREAL_DAY * step)
    joint[13] = max(_nearby(power, round(abs(k - day))), _nearby(power, round(k + day))) / height
    for band in range(bands):
        if start[band + 1] - start[band] >= 5:
            own = int(np.argmax(band_power[band, lowest:])) + lowest
            each[band, 0] = 1.0 / (own * step)
            each[band, 1] = abs(each[band, 0] * frequency - 1.0)
            each[band, 2] = _nearby(band_power[band], k)
    return joint, each


@compiled
def _recent(time: Floats, value: Floats, error: Floats, start: Integers) -> tuple[Floats, Floats, Floats, Integers]:
    """The points within WINDOW_DAYS of the last."""
    kept = time >= time.max() - WINDOW_DAYS
    begin = np.zeros(len(start), dtype=np.int64)
    for band in range(len(start) - 1):
        begin[band + 1] = begin[band] + kept[start[band] : start[band + 1]].sum()
    return time[kept], value[kept], error[kept], begin


@compiled
def _usable(time: Floats, start: Integers) -> tuple[int, float]:
    """Points in bands with five or more, and their time span."""
    points, first, last = 0, np.inf, -np.inf
    for band in range(len(start) - 1):
        if start[band + 1] - start[band] >= 5:
            points += start[band + 1] - start[band]
            first = min(first, time[start[band] : start[band + 1]].min())
            last = max(last, time[start[band] : start[band + 1]].max())
    return points, max(last - first, 0.0)


@compiled
def _nearby(power: Singles, k: int) -> float:
    """The highest of three neighbours; 0 outside the grid."""
    if k < 1 or k > len(power) - 2:
        return 0.0
    return float(max(power[k - 1], power[k], power[k + 1]))


@compiled
def _rival(power: Singles, lowest: int, k: int) -> float:
    best, width = 0.0, int(2 * GRID_PER_PEAK)
    for other in range(lowest, len(power)):
        if power[other] > best:
            ratio = max(other, k) / min(other, k)
            if abs(other - k) > width and abs(ratio - round(ratio)) * min(other, k) > width:
                best = float(power[other])
    return best


@compiled
def _peaks(power: Singles, lowest: int) -> Floats:
    """Positions on the grid, between its points, of the highest local maxima of power and of its harmonic sums."""
    found = np.zeros(3 * _PEAKS)
    folded = power.copy()
    for harmonics in range(1, 4):
        if harmonics > 1:
            for k in range(1, (len(power) - 1) // harmonics + 1):
                folded[k] += power[k * harmonics]
        offset = (harmonics - 1) * _PEAKS
        height = np.zeros(_PEAKS)
        for k in range(max(lowest, 1), len(power) - 1):
            here = folded[k]
            if here > height[-1] and here >= folded[k - 1] and here > folded[k + 1]:
                place = _PEAKS - 1
                while place > 0 and height[place - 1] < here:
                    height[place] = height[place - 1]
                    found[offset + place] = found[offset + place - 1]
                    place -= 1
                height[place] = here
                left, right = folded[k - 1], folded[k + 1]
                curvature = left - 2 * here + right
                shift = 0.5 * (left - right) / curvature if curvature < 0 else 0.0
                found[offset + place] = k + shift
    return found


@compiled
def _best(
    time: Floats, value: Floats, error: Floats, start: Integers, step: float, peaks: Floats, span: float
) -> tuple[float, float, float]:
    """Frequency, harmonics and relative chi-square of the best series; zeros when there is none."""
    candidates = np.zeros(2 * len(peaks))
    count = 0
    for n in range(2 * len(peaks)):
        position = peaks[n] if n < len(peaks) else 0.5 * peaks[n - len(peaks)]
        if n >= len(peaks) and (n - len(peaks)) % _PEAKS > 2:
            continue
        known = position * step < 1.0 / LONGEST_DAYS or position * step * span < 1.0
        for m in range(count):
            known = known or abs(candidates[m] - position) < 0.5
        if not known:
            candidates[count] = position
            count += 1
    if count == 0:
        return 0.0, 0.0, 0.0
    score = np.full(count, np.inf)
    for n in range(count):
        score[n], _, _ = _criterion(time, value, error, start, candidates[n] * step)
    order = np.argsort(score)
    for n in order[:_SHORTLIST]:
        middle = candidates[n]
        for shift in (-0.35, 0.35):
            criterion, _, _ = _criterion(time, value, error, start, (middle + shift) * step)
            if criterion < score[n]:
                score[n], candidates[n] = criterion, middle + shift
    order = np.argsort(score)
    best, frequency, harmonics, chi_square = np.inf, 0.0, 0.0, 0.0
    for n in order[:_REFINED]:
        centre, width = candidates[n], 0.2
        criterion, used, left = _criterion(time, value, error, start, centre * step)
        while width > 0.04:
            moved = False
            for shift in (-width, width):
                trial, trial_used, trial_left = _criterion(time, value, error, start, (centre + shift) * step)
                if trial < criterion:
                    criterion, used, left = trial, trial_used, trial_left
                    centre += shift
                    moved = True
                    break
            if not moved:
                width *= 0.5
        if criterion < best and centre > 0:
            best, frequency, harmonics, chi_square = criterion, centre * step, used, left
    return frequency, harmonics, chi_square


@compiled
def _criterion(
    time: Floats, value: Floats, error: Floats, start: Integers, frequency: float
) -> tuple[float, float, float]:
    """Smallest Bayesian information criterion over the numbers of harmonics, with that number and its chi-square
    in units of that of constant means."""
    total = np.zeros(_HARMONICS + 1)
    points, bands, constant = 0, 0, 0.0
    slow = frequency * (time.max() - time.min()) < _SLOW_CYCLES
    for band in range(len(start) - 1):
        first, last = start[band], start[band + 1]
        if last - first < 5:
            continue
        weight = 1.0 / error[first:last] ** 2
        level = (weight * value[first:last]).sum() / weight.sum()
        harmonics = min(_HARMONICS, (last - first - 2) // 4)
        if harmonics < 1:
            harmonics = 1
        deviation = value[first:last] - level
        constant += (weight * deviation**2).sum()
        if slow:
            chi_square = fit_series_on_trend(time[first:last], deviation, weight, frequency, harmonics)
        else:
            _, chi_square = fit_series(time[first:last], deviation, weight, frequency, harmonics)
        for n in range(_HARMONICS + 1):
            total[n] += chi_square[min(n, harmonics)]
        points += last - first
        bands += 1
    best, used, trend = np.inf, 1, 2 if slow else 0
    for n in range(1, _HARMONICS + 1):
        criterion = points * log(max(total[n], 1e-9 * constant) / points) + bands * (2 * n + trend) * log(points)
        if criterion < best:
            best, used = criterion, n
    return best, float(used), total[used] / max(constant, 1e-300)
