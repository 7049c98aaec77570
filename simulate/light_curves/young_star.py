"""Young stellar objects: rotating spots, accretion flicker, dips by dust and bursts.

Ranges are those of the CoRoT/Spitzer census of NGC 2264 (Cody et al. 2014): spots 2 to 10 d and 0.05 to 0.3
mag, flicker of days, dips of 0.5 to 2.5 mag lasting days to weeks (fading reddens as dust does), bursts of 0.5
to 3 mag.
"""

from dataclasses import dataclass

import numpy as np

from simulate.arrays import FloatArray, IntArray
from simulate.bands import DUST_EXTINCTION, R, from_r_and_colours
from simulate.light_curves.damped_random_walk import damped_random_walk
from simulate.light_curves.magnitude_draw import draw_magnitude
from simulate.light_curves.phased import by_fid
from simulate.source import Sightline, Source

_WINDOW_DAYS = 300.0
_ACCRETION_RATIO = by_fid(1.25, 1.0, 0.85)
_DUST_RATIO: FloatArray = DUST_EXTINCTION / DUST_EXTINCTION[R]


@dataclass(frozen=True)
class YoungStarLightCurve:
    """Spots + flicker + events, added in magnitudes; an event is a Gaussian in time, positive when it dims."""

    mean: FloatArray
    spot_period: float
    spot_amplitude: float
    flicker_tau: float
    flicker_sigma: float
    event_mjd: FloatArray
    event_width: FloatArray
    event_magnitude: FloatArray

    def flux(self, mjd: FloatArray, fid: IntArray, rng: np.random.Generator) -> FloatArray:
        spots = 0.5 * self.spot_amplitude * np.sin(2 * np.pi * mjd / self.spot_period)
        flicker = damped_random_walk(mjd, self.flicker_tau, self.flicker_sigma, rng)
        since = (mjd[:, None] - self.event_mjd[None, :]) / self.event_width
        events = np.exp(-0.5 * since**2) * self.event_magnitude
        dust, bursts = np.maximum(events, 0).sum(axis=1), np.minimum(events, 0).sum(axis=1)
        change = _ACCRETION_RATIO[fid] * (spots + flicker + bursts) + _DUST_RATIO[fid] * dust
        return np.asarray(10 ** (-0.4 * (self.mean[fid] + change)))


def draw_young_star(rng: np.random.Generator, sightline: Sightline) -> Source:
    kind = str(rng.choice(["dipper", "burster", "stochastic"], p=[0.4, 0.2, 0.4]))
    count = int(rng.integers(2, 14)) if kind != "stochastic" else 0
    width = rng.uniform(1.0, 8.0, count) if kind == "dipper" else rng.uniform(5.0, 60.0, count)
    size = rng.uniform(0.4, 2.5, count) if kind == "dipper" else -rng.uniform(0.4, 2.5, count)
    sigma = float(rng.uniform(0.12, 0.45))
    tau = float(rng.uniform(2, 20))
    colour = float(np.clip(rng.normal(1.35, 0.25), 0.6, 2.2))
    quiet = from_r_and_colours(draw_magnitude(rng, 13.0, 18.8, 0.15), colour, 0.7 * colour)
    period = float(rng.uniform(2, 10))
    return Source(
        light_curve=YoungStarLightCurve(
            quiet.by_fid(),
            period,
            float(rng.uniform(0.05, 0.3)),
            tau,
            sigma,
            sightline.night_mjd + 10 - rng.uniform(0, _WINDOW_DAYS, count),
            width,
            size,
        ),
        kind=kind,
        quiet_magnitudes=quiet,
        period_days=period,
        parameters={"mean_magnitude": quiet.r, "tau_days": tau, "sigma_mag": sigma},
    )
