"""Strictly periodic light curves: a shape in phase, an amplitude and a mean per band."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from simulate.arrays import FloatArray, IntArray

_GRID = np.linspace(0, 1, 512, endpoint=False)


class Shape(Protocol):
    """Magnitude against phase, in units of the amplitude."""

    def __call__(self, phase: FloatArray) -> FloatArray: ...


@dataclass(frozen=True)
class FourierShape:
    """A Fourier series with mean 0 and peak-to-peak range 1; `scale` normalises it."""

    cosines: tuple[float, ...]
    sines: tuple[float, ...]
    scale: float

    def __call__(self, phase: FloatArray) -> FloatArray:
        return _series(phase, self.cosines, self.sines) * self.scale


def fourier_shape(cosines: Sequence[float], sines: Sequence[float]) -> FourierShape:
    """The series sum_k a_k cos 2 pi k phase + b_k sin 2 pi k phase, scaled to a range of 1."""
    values = _series(_GRID, cosines, sines)
    return FourierShape(tuple(cosines), tuple(sines), float(1 / np.ptp(values)))


def _series(phase: FloatArray, cosines: Sequence[float], sines: Sequence[float]) -> FloatArray:
    total = np.zeros_like(phase)
    for order, (cosine, sine) in enumerate(zip(cosines, sines, strict=True), start=1):
        angle = 2 * np.pi * order * phase
        total += cosine * np.cos(angle) + sine * np.sin(angle)
    return total


def sawtooth(steepness: float, harmonics: int = 6) -> FourierShape:
    """Slow fading and fast brightening, the shape of RRab stars and Cepheids; 0 is a sine, 1 a true sawtooth."""
    sines = [-(steepness ** (order - 1)) / order for order in range(1, harmonics + 1)]
    return fourier_shape([0.0] * harmonics, sines)


@dataclass(frozen=True)
class EclipseShape:
    """0 outside eclipse, 1 in the middle of the primary one; an eclipse lasts 2 `half_width` of phase."""

    half_width: float
    secondary_depth: float
    secondary_phase: float
    ellipsoidal: float
    """Amplitude of the tidal distortion (two waves per orbit), in units of the primary eclipse."""

    def __call__(self, phase: FloatArray) -> FloatArray:
        primary = _eclipse(phase, 0.0, self.half_width)
        secondary = self.secondary_depth * _eclipse(phase, self.secondary_phase, self.half_width)
        tide = self.ellipsoidal * (0.5 + 0.5 * np.cos(4 * np.pi * phase))
        return np.asarray(np.maximum(primary, secondary) * (1 - self.ellipsoidal) + tide)


def _eclipse(phase: FloatArray, centre: float, half_width: float) -> FloatArray:
    """Between a V and a U: the power 1.5 is our choice."""
    distance = np.abs((phase - centre + 0.5) % 1.0 - 0.5) / half_width
    return np.asarray(np.maximum(1 - distance**1.5, 0.0))


@dataclass(frozen=True)
class PhasedLightCurve:
    """m(t) = mean + amplitude x shape(phase), per band."""

    period: float
    epoch: float
    shape: Shape
    mean: FloatArray
    """Magnitude by `fid`."""
    amplitude: FloatArray
    """Peak-to-peak range by `fid` [mag]."""

    def flux(self, mjd: FloatArray, fid: IntArray, rng: np.random.Generator) -> FloatArray:  # noqa: ARG002
        phase = (mjd - self.epoch) / self.period % 1.0
        magnitude = self.mean[fid] + self.amplitude[fid] * self.shape(phase)
        return np.asarray(10 ** (-0.4 * magnitude))


def by_fid(g: float, r: float, i: float) -> FloatArray:
    """An array indexed by `fid`."""
    return np.array([np.nan, g, r, i])
