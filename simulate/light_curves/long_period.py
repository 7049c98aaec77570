"""Long-period variables: Miras and semiregular red giants.

Miras 150 to 500 d and 3 to 7 mag in g, semiregular 50 to 250 d and 0.3 to 1.5 mag, with a slow second wave (long
secondary period, 5 to 10 times the first; Wood 2000); redder bands change less.
"""

from dataclasses import dataclass

import numpy as np

from simulate.arrays import FloatArray, IntArray
from simulate.bands import from_r_and_colours
from simulate.light_curves.magnitude_draw import draw_magnitude
from simulate.light_curves.phased import PhasedLightCurve, by_fid, fourier_shape
from simulate.source import Sightline, Source


@dataclass(frozen=True)
class DriftingLightCurve:
    """A pulsation whose mean drifts as a slow sine."""

    pulsation: PhasedLightCurve
    drift_period: float
    drift_amplitude: FloatArray
    """Peak-to-peak by `fid` [mag]."""

    def flux(self, mjd: FloatArray, fid: IntArray, rng: np.random.Generator) -> FloatArray:
        drift = 0.5 * self.drift_amplitude[fid] * np.sin(2 * np.pi * mjd / self.drift_period)
        return np.asarray(self.pulsation.flux(mjd, fid, rng) * 10 ** (-0.4 * drift))


def draw_long_period(rng: np.random.Generator, sightline: Sightline) -> Source:
    mira = bool(rng.random() < 0.35)
    period = float(np.clip(rng.normal(290, 75), 120, 550) if mira else rng.uniform(50, 250))
    amplitude = float(rng.uniform(3.0, 6.5) if mira else np.clip(rng.lognormal(np.log(0.7), 0.4), 0.25, 2.0))
    colour = float(np.clip(rng.normal(1.9 if mira else 1.6, 0.3), 1.0, 2.8))
    quiet = from_r_and_colours(draw_magnitude(rng, 13.0, 18.5, 0.15), colour, float(rng.uniform(0.8, 1.8)))
    ratios = by_fid(1.0, 0.75, 0.5)
    pulsation = PhasedLightCurve(
        period=period,
        epoch=sightline.night_mjd - float(rng.uniform(0, period)),
        shape=fourier_shape([0.0, 0.06], [1.0, float(rng.uniform(0.0, 0.3))]),
        mean=quiet.by_fid(),
        amplitude=amplitude * ratios,
    )
    light_curve = DriftingLightCurve(
        pulsation, period * float(rng.uniform(5, 10)), amplitude * float(rng.uniform(0.05, 0.35)) * ratios
    )
    return Source(
        light_curve=light_curve,
        kind="Mira" if mira else "SR",
        quiet_magnitudes=quiet,
        period_days=period,
        parameters={"amplitude_mag": amplitude, "mean_magnitude": quiet.r},
    )
