"""The flux of a supernova in one band: rise, plateau, fall (SPM: Villar et al. 2019, ApJ 884 83, as modified by
Sánchez-Sáez et al. 2021, AJ 161 141, equation A5).

f(t) = A [(1 - s) (1 - beta (t - t0) / gamma) + s (1 - beta) exp(-(t - t0 - gamma) / tau_fall)]
       / (1 + exp(-(t - t0) / tau_rise)),    s = 1 / (1 + exp(-(t - t0 - gamma) / 3 d))
"""

from math import exp, log, log10

import numpy as np

from classify.features.arrays import Floats
from classify.features.compiled import compiled
from domain.classification import FeatureDefinition

DEFINITIONS = (
    FeatureDefinition("spm_a", None, "log10 of A over the largest flux measured."),
    FeatureDefinition("spm_t0", "d", "t0, from the first measurement in any band."),
    FeatureDefinition("spm_gamma", "log(d)", "log10 of gamma, the length of the plateau."),
    FeatureDefinition("spm_beta", None, "beta, the slope of the plateau, 0 to 1."),
    FeatureDefinition("spm_tau_rise", "log(d)", "log10 of tau_rise."),
    FeatureDefinition("spm_tau_fall", "log(d)", "log10 of tau_fall."),
    FeatureDefinition("spm_chi", None, "log10 of the reduced chi-square, with relative errors of 5 % at least."),
)
NAMES = tuple(definition.name for definition in DEFINITIONS)

MINIMUM_POINTS = 5
_SWITCH_DAYS = 3.0
_STEPS = 25
_LOW = np.array([-2.3, -80.0, 0.0, -4.0, -1.5, 0.0])
_HIGH = np.array([2.3, 2000.0, 5.0, 4.0, 4.0, 5.5])
"""Limits of ln A, t0 [d], ln gamma, logit beta, ln tau_rise, ln tau_fall."""
_WIDTHS = np.array([1.0, 20.0, 1.0, 2.0, 0.8, 1.0])
"""Of a weak pull towards where the fit starts: what the points do not tell stays there."""


@compiled
def supernova(time: Floats, magnitude: Floats, error: Floats) -> Floats:
    """The values of NAMES; NaN below 5 points. Levenberg-Marquardt from one start given by the brightest point."""
    out = np.full(len(NAMES), np.nan)
    n = len(time)
    if n < MINIMUM_POINTS:
        return out
    brightest = int(np.argmin(magnitude))
    flux = 10 ** (-0.4 * (magnitude - magnitude[brightest]))
    noise = np.sqrt((flux * error / 1.0857) ** 2 + (0.05 * flux) ** 2 + 1e-4)
    start = np.array([0.1, time[brightest] - 8.0, log(15.0), -0.4, log(3.0), log(30.0)])
    start = np.minimum(np.maximum(start, _LOW), _HIGH)
    best = start.copy()
    slopes, model = np.empty((n, 6)), np.empty(n)
    cost = _cost(time, flux, noise, best, start)
    damping = 0.1
    for _ in range(_STEPS):
        _model(time, best, model, slopes)
        matrix, right = np.zeros((6, 6)), np.zeros(6)
        for j in range(n):
            residual = (flux[j] - model[j]) / noise[j]
            for a in range(6):
                slope = slopes[j, a] / noise[j]
                right[a] += slope * residual
                for b in range(a + 1):
                    matrix[a, b] += slope * slopes[j, b] / noise[j]
        for a in range(6):
            matrix[a, a] += 1.0 / _WIDTHS[a] ** 2
            right[a] += (start[a] - best[a]) / _WIDTHS[a] ** 2
            for b in range(a):
                matrix[b, a] = matrix[a, b]
        moved = False
        for _ in range(4):
            damped = matrix.copy()
            for a in range(6):
                damped[a, a] *= 1 + damping
            trial = np.minimum(np.maximum(best + np.linalg.solve(damped, right), _LOW), _HIGH)
            trial_cost = _cost(time, flux, noise, trial, start)
            if trial_cost < cost:
                moved = cost - trial_cost > 1e-3 * cost
                best, cost, damping = trial, trial_cost, max(0.2 * damping, 1e-6)
                break
            damping *= 6
        if not moved:
            break
    _model(time, best, model, slopes)
    ten = log(10.0)
    out[0], out[1], out[2] = best[0] / ten, best[1], best[2] / ten
    out[3], out[4], out[5] = 1 / (1 + exp(-best[3])), best[4] / ten, best[5] / ten
    out[6] = log10(max((((flux - model) / noise) ** 2).sum() / n, 1e-6))
    return out


@compiled
def _cost(time: Floats, flux: Floats, noise: Floats, parameters: Floats, start: Floats) -> float:
    total = 0.0
    for a in range(6):
        total += ((parameters[a] - start[a]) / _WIDTHS[a]) ** 2
    amplitude, t0, gamma = exp(parameters[0]), parameters[1], exp(parameters[2])
    beta, rise, fall = 1 / (1 + exp(-parameters[3])), exp(parameters[4]), exp(parameters[5])
    for j in range(len(time)):
        value = amplitude * _shape(time[j] - t0, gamma, beta, rise, fall)
        total += ((flux[j] - value) / noise[j]) ** 2
    return total


@compiled
def _bounded_exp(x: float) -> float:
    return exp(min(max(x, -40.0), 40.0))


@compiled
def _shape(since: float, gamma: float, beta: float, rise: float, fall: float) -> float:
    switch = 1 / (1 + _bounded_exp(-(since - gamma) / _SWITCH_DAYS))
    level = 1 - beta * since / gamma
    tail = (1 - beta) * _bounded_exp(-(since - gamma) / fall)
    return ((1 - switch) * level + switch * tail) / (1 + _bounded_exp(-since / rise))


@compiled
def _model(time: Floats, parameters: Floats, model: Floats, slopes: Floats) -> None:
    """Fills the flux and its derivatives by the six parameters."""
    amplitude, t0, gamma = exp(parameters[0]), parameters[1], exp(parameters[2])
    beta, rise, fall = 1 / (1 + exp(-parameters[3])), exp(parameters[4]), exp(parameters[5])
    for j in range(len(time)):
        since = time[j] - t0
        switch = 1 / (1 + _bounded_exp(-(since - gamma) / _SWITCH_DAYS))
        risen = 1 / (1 + _bounded_exp(-since / rise))
        level = 1 - beta * since / gamma
        decay = _bounded_exp(-(since - gamma) / fall)
        tail = (1 - beta) * decay
        inner = (1 - switch) * level + switch * tail
        switch_slope = switch * (1 - switch) / _SWITCH_DAYS
        by_switch = (tail - level) * switch_slope
        by_since = (by_switch - (1 - switch) * beta / gamma - switch * tail / fall) * risen + inner * risen * (
            1 - risen
        ) / rise
        by_gamma = (-by_switch + (1 - switch) * beta * since / gamma**2 + switch * tail / fall) * risen
        by_beta = (-(1 - switch) * since / gamma - switch * decay) * risen
        model[j] = amplitude * inner * risen
        slopes[j, 0] = model[j]
        slopes[j, 1] = -amplitude * by_since
        slopes[j, 2] = amplitude * by_gamma * gamma
        slopes[j, 3] = amplitude * by_beta * beta * (1 - beta)
        slopes[j, 4] = -amplitude * inner * risen * (1 - risen) * since / rise
        slopes[j, 5] = amplitude * risen * switch * tail * (since - gamma) / fall
