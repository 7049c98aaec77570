"""RR Lyrae stars: RRab and RRc.

Periods and amplitudes near Sesar et al. (2010, Stripe 82): RRab 0.57 +- 0.08 d, larger amplitude at shorter
period, and r amplitude 0.72 of that in g; RRc 0.32 +- 0.05 d, nearly sinusoidal, 0.5 mag.
"""

import numpy as np

from simulate.bands import from_r_and_colours
from simulate.light_curves.magnitude_draw import draw_magnitude
from simulate.light_curves.phased import PhasedLightCurve, by_fid, fourier_shape, sawtooth
from simulate.source import Sightline, Source


def draw_rr_lyrae(rng: np.random.Generator, sightline: Sightline) -> Source:
    fundamental = bool(rng.random() < 0.76)
    if fundamental:
        period = float(np.clip(rng.normal(0.57, 0.075), 0.40, 0.90))
        amplitude = float(np.clip(rng.normal(1.10 - 2.6 * (period - 0.55), 0.15), 0.3, 1.6))
        shape = sawtooth(float(rng.uniform(0.82, 0.97)))
    else:
        period = float(np.clip(rng.normal(0.325, 0.045), 0.20, 0.48))
        amplitude = float(np.clip(rng.normal(0.50, 0.10), 0.2, 0.8))
        shape = fourier_shape([0.0, 0.0], [1.0, float(rng.uniform(0.05, 0.2))])
    quiet = from_r_and_colours(draw_magnitude(rng, 13.2, 20.0, 0.12), float(rng.normal(0.22, 0.06)), 0.08)
    light_curve = PhasedLightCurve(
        period=period,
        epoch=sightline.night_mjd - float(rng.uniform(0, period)),
        shape=shape,
        mean=quiet.by_fid(),
        amplitude=amplitude * by_fid(1.0, 0.72, 0.57),
    )
    return Source(
        light_curve=light_curve,
        kind="RRab" if fundamental else "RRc",
        quiet_magnitudes=quiet,
        period_days=period,
        parameters={"amplitude_mag": amplitude, "mean_magnitude": quiet.r},
    )
