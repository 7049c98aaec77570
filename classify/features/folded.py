"""The light curve of one band folded with the period, and as a Fourier series."""

from math import atan2, cos, log10, pi, sin, sqrt

import numpy as np

from classify.features.arrays import Floats
from classify.features.compiled import compiled
from classify.features.fourier_series import fit_series
from domain.classification import FeatureDefinition

HARMONICS = 7
DEFINITIONS = (
    FeatureDefinition(
        "psi_cs",
        None,
        "Range of the cumulative sum of standardised magnitudes in order of phase (Kim et al. 2011).",
    ),
    FeatureDefinition("psi_eta", None, "Von Neumann ratio in order of phase (Kim et al. 2011)."),
    FeatureDefinition("psi_scatter", None, "Median absolute step between neighbours in phase over that in time."),
    FeatureDefinition(
        "psi_skew",
        None,
        "Fraction of the cycle spent fainter than half-way between the extremes of the Fourier series.",
    ),
    *(
        FeatureDefinition(
            f"harmonics_mag_{k}",
            "mag",
            f"Amplitude of harmonic {k} of a Fourier series; 0 with fewer than four points per harmonic.",
        )
        for k in range(1, HARMONICS + 1)
    ),
    *(
        FeatureDefinition(
            f"harmonics_phase_{k}", "rad", f"Phase of harmonic {k} less {k} times that of the first, -pi to pi."
        )
        for k in range(2, HARMONICS + 1)
    ),
    FeatureDefinition("harmonics_mse", "mag**2", "Mean squared residual of the series."),
    FeatureDefinition("harmonics_chi", None, "Chi-square of the series over that of a constant."),
    FeatureDefinition(
        "harmonics_r21", None, "log10 of the amplitude of the second harmonic over that of the first."
    ),
    FeatureDefinition(
        "harmonics_minima",
        None,
        "Difference of depth between the faintest phase and the one half a cycle later, over the range.",
    ),
)
NAMES = tuple(definition.name for definition in DEFINITIONS)

MINIMUM_POINTS = 7
_PHASES = 50


@compiled
def folded(time: Floats, magnitude: Floats, error: Floats, period: float) -> Floats:
    """The values of NAMES; NaN without a period or below 7 points."""
    out = np.full(len(NAMES), np.nan)
    n = len(time)
    if n < MINIMUM_POINTS or not period > 0:
        return out
    weight = 1.0 / error**2
    level = (weight * magnitude).sum() / weight.sum()
    deviation = magnitude - level
    variance = max(deviation.var(), 1e-12)
    order = np.argsort((time / period) % 1.0)
    in_phase = deviation[order]
    cumulative = np.cumsum(in_phase - in_phase.mean()) / (n * sqrt(variance))
    out[0] = cumulative.max() - cumulative.min()
    steps = np.abs(in_phase - np.roll(in_phase, 1))
    out[1] = (steps**2).mean() / variance
    out[2] = np.median(steps) / max(np.median(np.abs(np.diff(deviation))), 1e-6)
    used = max(min(HARMONICS, (n - 2) // 4), 1)
    coefficients, chi_square = fit_series(time, deviation, weight, 1.0 / period, used)
    first_phase = atan2(coefficients[2], coefficients[1])
    for k in range(1, HARMONICS + 1):
        out[3 + k] = 0.0
        if k <= used:
            a, b = coefficients[2 * k - 1], coefficients[2 * k]
            out[3 + k] = min(sqrt(a * a + b * b), 20.0)
            if k > 1:
                turned = atan2(b, a) - k * first_phase
                out[9 + k] = (turned + pi) % (2 * pi) - pi
    out[17] = _residual_square(time, deviation, coefficients, 1.0 / period, used) / n
    out[18] = chi_square[used] / max(chi_square[0], 1e-12)
    out[19] = log10(max(out[5], 1e-4) / max(out[4], 1e-4))
    curve = _curve(coefficients, min(used, 4))
    middle, extent = 0.5 * (curve.max() + curve.min()), max(curve.max() - curve.min(), 1e-6)
    out[3] = (curve > middle).mean()
    faintest = int(np.argmax(curve))
    out[20] = (curve[faintest] - curve[(faintest + _PHASES // 2) % _PHASES]) / extent
    return out


@compiled
def _residual_square(time: Floats, deviation: Floats, coefficients: Floats, frequency: float, used: int) -> float:
    total = 0.0
    for j in range(len(time)):
        angle = 2 * pi * ((frequency * time[j]) % 1.0)
        c1, s1 = cos(angle), sin(angle)
        c, s, model = 1.0, 0.0, coefficients[0]
        for k in range(1, used + 1):
            c, s = c * c1 - s * s1, s * c1 + c * s1
            model += coefficients[2 * k - 1] * c + coefficients[2 * k] * s
        total += (deviation[j] - model) ** 2
    return min(total, 1e6)


@compiled
def _curve(coefficients: Floats, used: int) -> Floats:
    """The series on an even grid of phase."""
    curve = np.zeros(_PHASES)
    for p in range(_PHASES):
        angle = 2 * pi * p / _PHASES
        for k in range(1, used + 1):
            curve[p] += coefficients[2 * k - 1] * cos(k * angle) + coefficients[2 * k] * sin(k * angle)
    return curve
