"""Blazars: a fast and large damped random walk with flares on top, almost colourless.

tau 10 to 200 d and sigma 0.3 to 0.7 mag are the ranges given for optical blazar light curves (Ruan et al.
2012); the flares (exponential rise of 1 to 5 d, decay of 3 to 12 d, one in 60 d) are our choice.
"""

from dataclasses import dataclass

import numpy as np

from simulate.arrays import FloatArray, IntArray
from simulate.bands import from_r_and_colours
from simulate.light_curves.damped_random_walk import RandomWalkLightCurve
from simulate.light_curves.magnitude_draw import draw_magnitude
from simulate.light_curves.phased import by_fid
from simulate.source import Sightline, Source

FLARE_RATE_PER_DAY = 1 / 60
_FLARE_WINDOW_DAYS = 260.0


@dataclass(frozen=True)
class FlaringLightCurve:
    """A random walk times (1 + flares); flares are known only within the recent past."""

    walk: RandomWalkLightCurve
    start: FloatArray
    """Peaks of the flares [MJD]."""
    rise: FloatArray
    decay: FloatArray
    strength: FloatArray
    """Peak flux of a flare in units of the walk's flux."""

    def flux(self, mjd: FloatArray, fid: IntArray, rng: np.random.Generator) -> FloatArray:
        since = mjd[:, None] - self.start[None, :]
        shape = np.where(
            since < 0, np.exp(np.minimum(since, 0) / self.rise), np.exp(-np.maximum(since, 0) / self.decay)
        )
        return np.asarray(self.walk.flux(mjd, fid, rng) * (1 + (shape * self.strength).sum(axis=1)))


def draw_blazar(rng: np.random.Generator, sightline: Sightline) -> Source:
    tau, sigma = float(10 ** rng.uniform(1.0, 2.3)), float(rng.uniform(0.3, 0.7))
    quiet = from_r_and_colours(draw_magnitude(rng, 15.5, 19.5, 0.25), float(rng.normal(0.40, 0.08)), 0.25)
    count = rng.poisson(FLARE_RATE_PER_DAY * _FLARE_WINDOW_DAYS)
    flares = FlaringLightCurve(
        walk=RandomWalkLightCurve(quiet.by_fid(), tau, sigma, by_fid(1.05, 1.0, 0.97)),
        start=sightline.night_mjd + 10 - rng.uniform(0, _FLARE_WINDOW_DAYS, count),
        rise=rng.uniform(1, 5, count),
        decay=rng.uniform(3, 12, count),
        strength=rng.lognormal(0.0, 0.6, count),
    )
    return Source(
        light_curve=flares,
        kind=str(rng.choice(["BL Lac", "FSRQ"])),
        quiet_magnitudes=quiet,
        redshift=float(np.clip(rng.gamma(2.0, 0.35), 0.03, 2.5)),
        parameters={"mean_magnitude": quiet.r, "tau_days": tau, "sigma_mag": sigma},
    )
