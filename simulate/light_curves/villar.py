"""The rise, plateau and fall of Villar et al. (2019, equation 1): a curve for any supernova."""

from dataclasses import dataclass

import numpy as np

from simulate.arrays import FloatArray, IntArray
from simulate.bands import FIDS

_GRID_DAYS = np.linspace(0.0, 400.0, 1601)
_START_IN_RISES = 4.0
"""The curve begins this many rise times before its half-way point; what is earlier (< 2 % of peak) is cut."""


@dataclass(frozen=True)
class VillarCurve:
    """Times in rest-frame days; peak flux 1 at `peak_day` after the explosion."""

    rise: float
    plateau: float
    slope: float
    """Fraction of the flux lost by the end of the plateau."""
    fall: float

    def unscaled(self, days: FloatArray) -> FloatArray:
        t = days - _START_IN_RISES * self.rise
        risen = 1 / (1 + np.exp(-np.clip(t / self.rise, -50, 50)))
        level = 1 - self.slope * np.clip(t, 0, self.plateau) / self.plateau
        falling = np.exp(-np.maximum(t - self.plateau, 0) / self.fall)
        return np.asarray(np.where(days > 0, risen * level * falling, 0.0))

    def peak(self) -> tuple[float, float]:
        """Day of the maximum and the unscaled flux there."""
        values = self.unscaled(_GRID_DAYS)
        best = int(np.argmax(values))
        return float(_GRID_DAYS[best]), float(values[best])


@dataclass(frozen=True)
class VillarLight:
    """One curve and one peak absolute magnitude per band, both by `fid`; index 0 is not used."""

    curves: tuple[VillarCurve, ...]
    peak_absolute: FloatArray

    def luminosity(self, days: FloatArray, fid: IntArray) -> FloatArray:
        total = np.zeros(len(days))
        for band in FIDS:
            here = fid == band
            if here.any():
                curve = self.curves[band]
                total[here] = curve.unscaled(days[here]) / curve.peak()[1] * 10 ** (-0.4 * self.peak_absolute[band])
        return total
