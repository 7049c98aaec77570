"""ZTF's three filters, by their packet number `fid`: 1 = g, 2 = r, 3 = i.

Constants are arrays indexed by `fid`; index 0 is never used.
"""

from typing import NamedTuple

import numpy as np

from simulate.arrays import FloatArray

G, R, I = 1, 2, 3  # noqa: E741
FIDS = (G, R, I)
LETTER = ("", "g", "r", "i")
WAVELENGTH_NM = np.array([np.nan, 477.0, 642.0, 780.0])
ZERO_POINT = np.array([np.nan, 26.25, 26.17, 25.70])
"""Magnitude of 1 DN in a 30 s exposure at the zenith; g and r: medians of real forced photometry rows."""
DARK_SKY_DN = np.array([np.nan, 76.0, 145.0, 170.0])
"""Moonless sky per pixel at the zenith [DN]; g and r: lower quartiles of the backgrounds of real stamps."""
AIRMASS_EXTINCTION = np.array([np.nan, 0.18, 0.10, 0.06])
"""Atmospheric extinction [mag per airmass]."""
DUST_EXTINCTION = np.array([np.nan, 3.17, 2.27, 1.68])
"""A_band / E(B-V) for R_V = 3.1 (Schlafly & Finkbeiner 2011, Pan-STARRS g, r, i)."""


class Magnitudes(NamedTuple):
    """Mean AB magnitudes of a source in g, r, i, z; the first three also stand for ZTF's filters."""

    g: float
    r: float
    i: float
    z: float

    def by_fid(self) -> FloatArray:
        return np.array([np.nan, self.g, self.r, self.i])


def from_r_and_colours(r: float, g_r: float, r_i: float) -> Magnitudes:
    """Magnitudes of a smooth spectrum: i - z is taken as 0.6 (r - i)."""
    return Magnitudes(r + g_r, r, r - r_i, r - 1.6 * r_i)
