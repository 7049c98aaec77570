"""Distances in a flat universe with H0 = 70 km/s/Mpc and Omega_m = 0.3."""

import numpy as np

from simulate.arrays import FloatArray

_HUBBLE_DISTANCE_MPC = 299792.458 / 70.0
_REDSHIFTS = np.linspace(0.0, 4.0, 4001)


def _comoving_table() -> FloatArray:
    inverse = 1 / np.sqrt(0.3 * (1 + _REDSHIFTS) ** 3 + 0.7)
    steps = (inverse[1:] + inverse[:-1]) / 2 * np.diff(_REDSHIFTS)
    return np.concatenate([[0.0], np.cumsum(steps)]) * _HUBBLE_DISTANCE_MPC


_COMOVING_MPC = _comoving_table()


def comoving_distance(redshift: float) -> float:
    """Megaparsec."""
    return float(np.interp(redshift, _REDSHIFTS, _COMOVING_MPC))


def distance_modulus(redshift: float) -> float:
    """Magnitudes, from the luminosity distance."""
    return float(5 * np.log10(comoving_distance(redshift) * (1 + redshift)) + 25)


def arcsec_per_kpc(redshift: float) -> float:
    """Apparent size of a transverse kiloparsec."""
    return float(206.265 * (1 + redshift) / comoving_distance(redshift))


def draw_redshift(rng: np.random.Generator, highest: float) -> float:
    """A redshift of constant comoving event rate, seen by us: dN/dz ~ D_c^2 / (E(z) (1 + z))."""
    z = np.linspace(0.003, highest, 400)
    density = np.interp(z, _REDSHIFTS, _COMOVING_MPC) ** 2 / np.sqrt(0.3 * (1 + z) ** 3 + 0.7) / (1 + z)
    cumulative = np.cumsum(density)
    return float(np.interp(rng.random() * cumulative[-1], cumulative, z))
