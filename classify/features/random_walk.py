"""Two stochastic models of one band: a damped random walk, and an irregular autoregression."""

from math import exp, log, pi, sqrt

import numpy as np

from classify.features.arrays import Floats
from classify.features.compiled import compiled
from domain.classification import FeatureDefinition

DEFINITIONS = (
    FeatureDefinition(
        "drw_tau",
        "log(d)",
        "log10 of the damping time, 0.3 to 3000 d, of the most likely damped random walk (Kelly et al. 2009).",
    ),
    FeatureDefinition(
        "drw_sigma", "log(mag)", "log10 of the asymptotic standard deviation of that walk (MacLeod et al. 2010)."
    ),
    FeatureDefinition(
        "drw_gain", None, "By how much its log-likelihood per point exceeds that of white noise of free variance."
    ),
    FeatureDefinition(
        "iar_phi",
        None,
        "Correlation of neighbours one day apart in an irregular autoregressive model (Eyheramendy et al. 2018).",
    ),
)
NAMES = tuple(definition.name for definition in DEFINITIONS)

MINIMUM_POINTS = 6
_LOG_TAUS = np.linspace(log(0.3), log(3000.0), 9)
_SIGMA_STEPS = np.array([0.5, 1.0, 2.0])


@compiled
def random_walk(time: Floats, magnitude: Floats, error: Floats) -> Floats:
    """The values of NAMES; NaN below 6 points."""
    out = np.full(len(NAMES), np.nan)
    n = len(time)
    if n < MINIMUM_POINTS:
        return out
    weight = 1.0 / error**2
    deviation = magnitude - (weight * magnitude).sum() / weight.sum()
    spread = sqrt(max(deviation.var(), 1e-6))
    best, log_tau, log_sigma = -np.inf, 0.0, 0.0
    for trial_tau in _LOG_TAUS:
        for factor in _SIGMA_STEPS:
            likelihood = _walk_likelihood(time, deviation, error, exp(trial_tau), spread * factor)
            if likelihood > best:
                best, log_tau, log_sigma = likelihood, trial_tau, log(spread * factor)
    step = 0.6
    while step > 0.1:
        improved = False
        for dt, ds in ((step, 0.0), (-step, 0.0), (0.0, 0.5 * step), (0.0, -0.5 * step), (step, 0.4 * step)):
            trial_tau = min(max(log_tau + dt, log(0.3)), log(3000.0))
            likelihood = _walk_likelihood(time, deviation, error, exp(trial_tau), exp(log_sigma + ds))
            if likelihood > best + 1e-6:
                best, log_tau, log_sigma = likelihood, trial_tau, log_sigma + ds
                improved = True
                break
        if not improved:
            step *= 0.5
    out[0], out[1] = log_tau / log(10.0), log_sigma / log(10.0)
    white = -np.inf
    for factor in (0.1, 0.3, 0.6, 0.8, 1.0, 1.2):
        variance = (spread * factor) ** 2 + error**2
        white = max(white, -0.5 * (deviation**2 / variance + np.log(2 * pi * variance)).sum())
    out[2] = (best - white) / n
    out[3] = _autoregression(time, deviation / spread, (error / spread) ** 2)
    return out


@compiled
def _walk_likelihood(time: Floats, deviation: Floats, error: Floats, tau: float, sigma: float) -> float:
    """Log-likelihood by the recursion of Kelly et al. (2009, equations 6 to 12), with zero mean."""
    stationary = sigma * sigma
    state, variance, total = 0.0, stationary, 0.0
    for j in range(len(time)):
        if j > 0:
            decay = exp(-(time[j] - time[j - 1]) / tau)
            state *= decay
            variance = stationary + (variance - stationary) * decay * decay
        seen = variance + error[j] ** 2
        residual = deviation[j] - state
        total -= 0.5 * (residual * residual / seen + log(2 * pi * seen))
        gain = variance / seen
        state += gain * residual
        variance *= 1 - gain
    return total


@compiled
def _autoregression(time: Floats, y: Floats, noise: Floats) -> float:
    """phi in 0 to 1 that minimises the likelihood cost, by golden section in its logarithm."""
    low, high, ratio = -8.0, 4.0, 0.6180339887
    a, b = high - ratio * (high - low), low + ratio * (high - low)
    cost_a, cost_b = _cost(time, y, noise, exp(-exp(a))), _cost(time, y, noise, exp(-exp(b)))
    for _ in range(14):
        if cost_a < cost_b:
            high, b, cost_b = b, a, cost_a
            a = high - ratio * (high - low)
            cost_a = _cost(time, y, noise, exp(-exp(a)))
        else:
            low, a, cost_a = a, b, cost_b
            b = low + ratio * (high - low)
            cost_b = _cost(time, y, noise, exp(-exp(b)))
    return exp(-exp(0.5 * (low + high)))


@compiled
def _cost(time: Floats, y: Floats, noise: Floats, phi: float) -> float:
    total, log_phi = 0.0, log(phi)
    for j in range(1, len(time)):
        correlation = exp(log_phi * (time[j] - time[j - 1]))
        variance = 1 - correlation * correlation + noise[j] + 1e-9
        total += log(variance) + (y[j] - correlation * y[j - 1]) ** 2 / variance
    return total
