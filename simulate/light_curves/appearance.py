"""Light that is there in single exposures only: a moving object, an artefact."""

from dataclasses import dataclass

import numpy as np

from simulate.arrays import FloatArray, IntArray

_SAME_EXPOSURE_DAYS = 1e-6


@dataclass(frozen=True)
class AppearanceLightCurve:
    """Given magnitudes at given epochs, nothing at any other; `sign` -1 is a lack of light (an artefact)."""

    mjd: FloatArray
    magnitude: FloatArray
    sign: float = 1.0

    def flux(self, mjd: FloatArray, fid: IntArray, rng: np.random.Generator) -> FloatArray:  # noqa: ARG002
        same = np.abs(mjd[:, None] - self.mjd[None, :]) < _SAME_EXPOSURE_DAYS
        return np.asarray(self.sign * (same * 10 ** (-0.4 * self.magnitude)).sum(axis=1))
