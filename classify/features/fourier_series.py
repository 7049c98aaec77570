"""Weighted least squares of a Fourier series with a free mean: m(t) = a_0 + sum_k a_k cos k w t + b_k sin k w t."""

from math import cos, floor, pi, sin, sqrt

import numpy as np

from classify.features.arrays import Floats
from classify.features.compiled import compiled


@compiled
def fit_series(
    time: Floats, value: Floats, weight: Floats, frequency: float, harmonics: int
) -> tuple[Floats, Floats]:
    """Coefficients (a_0, a_1, b_1, a_2, ...) and the chi-square after 0, 1, ... `harmonics` harmonics.

    One factorisation serves all lower orders: the normal matrix of fewer harmonics is its upper left part. A tiny
    ridge (1e-9 of the diagonal) keeps it positive where phases do not fill the cycle.
    """
    size = 2 * harmonics + 1
    cosine, sine = np.zeros(2 * harmonics + 1), np.zeros(2 * harmonics + 1)
    right = np.zeros(size)
    square = 0.0
    for j in range(len(time)):
        turns = frequency * time[j]
        angle = 2 * pi * (turns - floor(turns))
        c1, s1 = cos(angle), sin(angle)
        w, wy = weight[j], weight[j] * value[j]
        square += wy * value[j]
        cosine[0] += w
        right[0] += wy
        c, s = 1.0, 0.0
        for k in range(1, harmonics + 1):
            c, s = c * c1 - s * s1, s * c1 + c * s1
            cosine[k] += w * c
            sine[k] += w * s
            right[2 * k - 1] += wy * c
            right[2 * k] += wy * s
        for k in range(harmonics + 1, 2 * harmonics + 1):
            c, s = c * c1 - s * s1, s * c1 + c * s1
            cosine[k] += w * c
            sine[k] += w * s
    factor = _factorised(_normal_matrix(cosine, sine, harmonics))
    z = np.empty(size)
    chi_square = np.empty(harmonics + 1)
    left = square
    for row in range(size):
        total = right[row]
        for column in range(row):
            total -= factor[row, column] * z[column]
        z[row] = total / factor[row, row]
        left -= z[row] ** 2
        if row % 2 == 0:
            chi_square[row // 2] = max(left, 1e-12 * square)
    for row in range(size - 1, -1, -1):
        total = z[row]
        for column in range(row + 1, size):
            total -= factor[column, row] * z[column]
        z[row] = total / factor[row, row]
    return z, chi_square


@compiled
def fit_series_on_trend(time: Floats, value: Floats, weight: Floats, frequency: float, harmonics: int) -> Floats:
    """Chi-square after 0, 1, ... `harmonics` harmonics on top of a parabola in time, which slow stars drift
    along."""
    size = 2 * harmonics + 3
    matrix, right, basis = np.zeros((size, size)), np.zeros(size), np.empty(size)
    middle, half = 0.5 * (time[0] + time[-1]), max(0.5 * (time[-1] - time[0]), 1e-9)
    square = 0.0
    for j in range(len(time)):
        turns = frequency * time[j]
        angle = 2 * pi * (turns - floor(turns))
        c1, s1 = cos(angle), sin(angle)
        x = (time[j] - middle) / half
        basis[0], basis[1], basis[2], basis[3], basis[4] = 1.0, x, x * x - 0.33, c1, s1
        for k in range(5, size, 2):
            basis[k] = basis[k - 2] * c1 - basis[k - 1] * s1
            basis[k + 1] = basis[k - 1] * c1 + basis[k - 2] * s1
        w, wy = weight[j], weight[j] * value[j]
        square += wy * value[j]
        for row in range(size):
            right[row] += wy * basis[row]
            scaled = w * basis[row]
            for column in range(row + 1):
                matrix[row, column] += scaled * basis[column]
    factor = _factorised(matrix)
    z = np.empty(size)
    chi_square = np.empty(harmonics + 1)
    left = square
    for row in range(size):
        total = right[row]
        for column in range(row):
            total -= factor[row, column] * z[column]
        z[row] = total / factor[row, row]
        left -= z[row] ** 2
        if row >= 2 and row % 2 == 0:
            chi_square[row // 2 - 1] = max(left, 1e-12 * square)
    return chi_square


@compiled
def _normal_matrix(cosine: Floats, sine: Floats, harmonics: int) -> Floats:
    """Products of waves from sums of waves: cos a cos b = (cos (a - b) + cos (a + b)) / 2 and so on."""
    matrix = np.empty((2 * harmonics + 1, 2 * harmonics + 1))
    matrix[0, 0] = cosine[0]
    for k in range(1, harmonics + 1):
        matrix[2 * k - 1, 0], matrix[2 * k, 0] = cosine[k], sine[k]
        for m in range(1, k + 1):
            more, less = k + m, k - m
            matrix[2 * k - 1, 2 * m - 1] = 0.5 * (cosine[less] + cosine[more])
            matrix[2 * k, 2 * m] = 0.5 * (cosine[less] - cosine[more])
            matrix[2 * k, 2 * m - 1] = 0.5 * (sine[more] + sine[less])
            if m < k:
                matrix[2 * k - 1, 2 * m] = 0.5 * (sine[more] - sine[less])
    return matrix


@compiled
def _factorised(matrix: Floats) -> Floats:
    """Lower Cholesky factor; reads and writes the lower triangle."""
    size = len(matrix)
    ridge = 1e-9 * matrix[0, 0]
    for row in range(size):
        for column in range(row + 1):
            total = matrix[row, column]
            for k in range(column):
                total -= matrix[row, k] * matrix[column, k]
            if row == column:
                matrix[row, row] = sqrt(max(total, ridge))
            else:
                matrix[row, column] = total / matrix[column, column]
    return matrix
