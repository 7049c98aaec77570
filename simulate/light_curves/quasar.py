"""Quasars and active nuclei: damped random walks, alone (QSO) or in a visible galaxy (AGN).

log10 tau and log10 sigma are jointly normal, with moments measured on the r-band fits of 8,864 Stripe 82
quasars (the posterior medians of Suberlak et al. 2021, 10 < tau < 3000 d). Amplitude ~ wavelength^-0.48
(MacLeod et al. 2010).
"""

import numpy as np

from simulate.arrays import FloatArray
from simulate.bands import WAVELENGTH_NM, R, from_r_and_colours
from simulate.cosmology import distance_modulus, draw_redshift
from simulate.host import draw_host
from simulate.light_curves.damped_random_walk import RandomWalkLightCurve
from simulate.light_curves.magnitude_draw import draw_magnitude
from simulate.source import Sightline, Source

LOG_TAU_MEAN, LOG_TAU_SPREAD = 2.58, 0.45
LOG_SIGMA_MEAN, LOG_SIGMA_SPREAD = -0.92, 0.21
TAU_SIGMA_CORRELATION = 0.46
BAND_RATIO: FloatArray = (WAVELENGTH_NM / WAVELENGTH_NM[R]) ** -0.48
_SEYFERT_EXTRA_SIGMA = 0.25
"""Faint nuclei vary more (MacLeod et al. 2010): log10 sigma of those in visible galaxies is higher by this."""


def draw_walk(rng: np.random.Generator) -> tuple[float, float]:
    """Damping time [d] and asymptotic standard deviation [mag] of one quasar, in r."""
    first, second = rng.normal(0, 1, 2)
    log_tau = LOG_TAU_MEAN + LOG_TAU_SPREAD * first
    mixed = TAU_SIGMA_CORRELATION * first + np.sqrt(1 - TAU_SIGMA_CORRELATION**2) * second
    log_sigma = LOG_SIGMA_MEAN + LOG_SIGMA_SPREAD * mixed
    return float(10 ** np.clip(log_tau, 1.0, 3.5)), float(10 ** np.clip(log_sigma, -1.6, -0.3))


def draw_quasar(rng: np.random.Generator, sightline: Sightline) -> Source:  # noqa: ARG001
    tau, sigma = draw_walk(rng)
    quiet = from_r_and_colours(draw_magnitude(rng, 16.0, 20.3, 0.35), float(rng.normal(0.18, 0.12)), 0.12)
    return Source(
        light_curve=RandomWalkLightCurve(quiet.by_fid(), tau, sigma, BAND_RATIO),
        kind="QSO",
        quiet_magnitudes=quiet,
        redshift=float(np.clip(rng.gamma(5.0, 0.3), 0.3, 3.9)),
        parameters={"mean_magnitude": quiet.r, "tau_days": tau, "sigma_mag": sigma},
    )


def draw_active_nucleus(rng: np.random.Generator, sightline: Sightline) -> Source:
    tau, sigma = draw_walk(rng)
    sigma *= 10**_SEYFERT_EXTRA_SIGMA
    redshift = draw_redshift(rng, 0.25)
    absolute_r = float(rng.normal(-20.8, 1.0))
    quiet = from_r_and_colours(absolute_r + distance_modulus(redshift), float(rng.normal(0.35, 0.15)), 0.2)
    return Source(
        light_curve=RandomWalkLightCurve(quiet.by_fid(), tau, sigma, BAND_RATIO),
        kind="Seyfert",
        quiet_magnitudes=quiet,
        host=draw_host(rng, redshift, sightline.galactic_latitude, absolute_r=-21.4, spread=0.8, nuclear=True),
        redshift=redshift,
        parameters={"mean_magnitude": quiet.r, "tau_days": tau, "sigma_mag": sigma},
    )
