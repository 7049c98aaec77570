"""Point sources and galaxies as mixtures of Gaussians: fast to draw, and blurring is adding variances."""

from typing import NamedTuple

import numpy as np

from simulate.arrays import FloatArray

SIZE = 63
CENTRE = SIZE // 2
_PIXELS = np.arange(SIZE, dtype=float) - CENTRE


class Mixture(NamedTuple):
    """Weights (sum 1) and widths of round Gaussians."""

    weight: FloatArray
    sigma: FloatArray


MOFFAT = Mixture(np.array([0.4625, 0.4044, 0.1331]), np.array([0.390, 0.663, 1.127]))
"""A Moffat profile of index 3 and FWHM 1; encircled flux is right to 0.4 % within 4 FWHM (our own fit)."""

SERSIC: dict[float, Mixture] = {
    1.0: Mixture(np.array([0.0024, 0.0389, 0.1261, 0.5801, 0.2525]), np.array([0.12, 0.2293, 0.4382, 0.8373, 1.6])),
    2.5: Mixture(
        np.array([0.0141, 0.0460, 0.1500, 0.3136, 0.3300, 0.1463]),
        np.array([0.05, 0.1169, 0.2735, 0.6398, 1.4964, 3.5]),
    ),
    4.0: Mixture(
        np.array([0.0189, 0.0412, 0.1078, 0.2003, 0.2689, 0.2319, 0.1310]),
        np.array([0.03, 0.0704, 0.1651, 0.3873, 0.9086, 2.1314, 5.0]),
    ),
}
"""Sersic profiles of half-light radius 1 by index; encircled flux right to 0.6 % within 8 radii (our own fits)."""


def draw_points(flux: FloatArray, x: FloatArray, y: FloatArray, fwhm: float, broadening: FloatArray) -> FloatArray:
    """An image of round sources at (x, y) pixels from the centre; `broadening` is the sigma of each in itself."""
    image = np.zeros((SIZE, SIZE))
    for weight, width in zip(MOFFAT.weight, MOFFAT.sigma * fwhm, strict=True):
        sigma = np.hypot(width, broadening)[:, None]
        across = np.exp(-0.5 * ((_PIXELS - x[:, None]) / sigma) ** 2) / sigma
        along = np.exp(-0.5 * ((_PIXELS - y[:, None]) / sigma) ** 2) / sigma
        image += (along * (flux * weight / (2 * np.pi))[:, None]).T @ across
    return image


def draw_point(flux: float, x: float, y: float, fwhm: float) -> FloatArray:
    """An image of one star."""
    return draw_points(np.array([flux]), np.array([x]), np.array([y]), fwhm, np.zeros(1))


class Ellipse(NamedTuple):
    """A galaxy in pixels; the angle is of the long axis against x [radians]."""

    x: float
    y: float
    half_light_radius: float
    axis_ratio: float
    angle: float
    sersic_index: float


def draw_galaxy(flux: float, shape: Ellipse, fwhm: float) -> FloatArray:
    """An image of an elliptical Sersic galaxy."""
    profile = SERSIC[shape.sersic_index]
    cosine, sine = np.cos(shape.angle), np.sin(shape.angle)
    dx, dy = _PIXELS[None, :] - shape.x, _PIXELS[:, None] - shape.y
    along_2, across_2 = (dx * cosine + dy * sine) ** 2, (-dx * sine + dy * cosine) ** 2
    long_2 = (profile.sigma * shape.half_light_radius) ** 2 / shape.axis_ratio
    short_2 = long_2 * shape.axis_ratio**2
    blur_2 = (MOFFAT.sigma * fwhm) ** 2
    major = (long_2[:, None] + blur_2[None, :]).ravel()
    minor = (short_2[:, None] + blur_2[None, :]).ravel()
    weight = (profile.weight[:, None] * MOFFAT.weight[None, :]).ravel()
    peak = flux * weight / (2 * np.pi * np.sqrt(major * minor))
    exponent = -0.5 * (along_2.ravel()[None, :] / major[:, None] + across_2.ravel()[None, :] / minor[:, None])
    return np.asarray(peak @ np.exp(exponent)).reshape(SIZE, SIZE)
