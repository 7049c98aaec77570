"""How well a sine of each frequency fits: the generalised Lomb-Scargle periodogram of all bands together.

Zechmeister & Kürster (2009, A&A 496 577) for one band; the bands share the frequency and keep their own mean,
amplitude and phase (VanderPlas & Ivezić 2015, ApJ 812 18), so that their reductions of chi-square add up.

All sums over points are made directly, without gridding of times, so that no part of the grid is less accurate
than another. It is fast because a grid of N frequencies f = (B a + b) df needs exp(2 pi i f t) only for the N / B
values of a and the B values of b: the rest is multiplication, many frequencies at a time.
"""

from math import cos, pi, sin

import numpy as np

from classify.features.arrays import Floats, Integers, Singles
from classify.features.compiled import compiled, compiled_loosely

_BLOCK = 64
_ROUNDING = 1e-20
"""Less variance than this, relative to the square of the mean, is no variation."""


@compiled_loosely
def fourier_sums(
    time: Floats, weighted: Floats, weight: Floats, step: float, count: int
) -> tuple[Singles, Singles, Singles, Singles]:
    """Cosine and sine sums of `weighted`, then of `weight`, at the frequencies k `step`, k < `count`."""
    points = len(time)
    blocks = (count + _BLOCK - 1) // _BLOCK
    sums = np.zeros((4, blocks * _BLOCK), dtype=np.float32)
    fine_cos = np.empty((points, _BLOCK), dtype=np.float32)
    fine_sin = np.empty((points, _BLOCK), dtype=np.float32)
    coarse = np.empty((points, 4))
    for j in range(points):
        angle = 2 * pi * ((step * time[j]) % 1.0)
        c, s, dc, ds = 1.0, 0.0, cos(angle), sin(angle)
        for b in range(_BLOCK):
            fine_cos[j, b], fine_sin[j, b] = c, s
            c, s = c * dc - s * ds, s * dc + c * ds
        coarse[j, 0], coarse[j, 1], coarse[j, 2], coarse[j, 3] = 1.0, 0.0, c, s
    y_cos = np.empty(_BLOCK, dtype=np.float32)
    y_sin = np.empty(_BLOCK, dtype=np.float32)
    w_cos = np.empty(_BLOCK, dtype=np.float32)
    w_sin = np.empty(_BLOCK, dtype=np.float32)
    for a in range(blocks):
        y_cos[:] = 0
        y_sin[:] = 0
        w_cos[:] = 0
        w_sin[:] = 0
        for j in range(0, points, 2):
            c, s = coarse[j, 0], coarse[j, 1]
            yc, ys = np.float32(weighted[j] * c), np.float32(weighted[j] * s)
            wc, ws = np.float32(weight[j] * c), np.float32(weight[j] * s)
            coarse[j, 0] = c * coarse[j, 2] - s * coarse[j, 3]
            coarse[j, 1] = s * coarse[j, 2] + c * coarse[j, 3]
            n = min(j + 1, points - 1)
            twin = 1.0 if n > j else 0.0
            c, s = twin * coarse[n, 0], twin * coarse[n, 1]
            yc2, ys2 = np.float32(weighted[n] * c), np.float32(weighted[n] * s)
            wc2, ws2 = np.float32(weight[n] * c), np.float32(weight[n] * s)
            if n > j:
                coarse[n, 0] = c * coarse[n, 2] - s * coarse[n, 3]
                coarse[n, 1] = s * coarse[n, 2] + c * coarse[n, 3]
            for b in range(_BLOCK):
                fc, fs, fc2, fs2 = fine_cos[j, b], fine_sin[j, b], fine_cos[n, b], fine_sin[n, b]
                y_cos[b] += yc * fc - ys * fs + (yc2 * fc2 - ys2 * fs2)
                y_sin[b] += yc * fs + ys * fc + (yc2 * fs2 + ys2 * fc2)
                w_cos[b] += wc * fc - ws * fs + (wc2 * fc2 - ws2 * fs2)
                w_sin[b] += wc * fs + ws * fc + (wc2 * fs2 + ws2 * fc2)
        first = a * _BLOCK
        for b in range(_BLOCK):
            sums[0, first + b], sums[1, first + b] = y_cos[b], y_sin[b]
            sums[2, first + b], sums[3, first + b] = w_cos[b], w_sin[b]
    return sums[0, :count], sums[1, :count], sums[2, :count], sums[3, :count]


@compiled_loosely
def sine_power(y_cos: Singles, y_sin: Singles, w_cos: Singles, w_sin: Singles, variance: float) -> Singles:
    """Fraction of the weighted variance that a sine with a free mean removes, at each frequency of the grid.

    The window at twice a frequency is read from the same sums; beyond the end of the grid it is taken as zero.
    """
    count = len(y_cos)
    power = np.zeros(count, dtype=np.float32)
    half = np.float32(0.5)
    scale = np.float32(1.0 / variance)
    for k in range(1, count):
        c, s = w_cos[k], w_sin[k]
        c2, s2 = (w_cos[2 * k], w_sin[2 * k]) if 2 * k < count else (np.float32(0), np.float32(0))
        cc = half + half * c2 - c * c
        ss = half - half * c2 - s * s
        cs = half * s2 - c * s
        determinant = cc * ss - cs * cs
        if determinant > np.float32(1e-3):
            yc, ys = y_cos[k], y_sin[k]
            removed = (ss * yc * yc + cc * ys * ys - np.float32(2) * cs * yc * ys) / determinant * scale
            power[k] = min(removed, np.float32(1))
    return power


@compiled
def periodogram(
    time: Floats, value: Floats, error: Floats, start: Integers, step: float, count: int
) -> tuple[Singles, Singles]:
    """Power of all bands together, and of each band (bands x frequencies).

    `start` has the first index of each band and the end: band b is `start[b]:start[b + 1]`. Bands with fewer than
    5 points, or without variation, take no part and have zeros.
    """
    bands = len(start) - 1
    each = np.zeros((bands, count), dtype=np.float32)
    total = np.zeros(count, dtype=np.float32)
    whole = 0.0
    for band in range(bands):
        first, last = start[band], start[band + 1]
        if last - first < 5:
            continue
        weight = 1.0 / error[first:last] ** 2
        weight_sum = weight.sum()
        weight = weight / weight_sum
        level = (weight * value[first:last]).sum()
        deviation = value[first:last] - level
        variance = (weight * deviation**2).sum()
        if variance <= _ROUNDING * (1.0 + level * level):
            continue
        y_cos, y_sin, w_cos, w_sin = fourier_sums(time[first:last], weight * deviation, weight, step, count)
        each[band] = sine_power(y_cos, y_sin, w_cos, w_sin, variance)
        chi_square = variance * weight_sum
        total += each[band] * np.float32(chi_square)
        whole += chi_square
    if whole > 0.0:
        total = total / np.float32(whole)
    return total, each
