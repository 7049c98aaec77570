"""Classical and type II Cepheids: sawtooth-like, 1 to 60 d.

Amplitude against period and the ratio of the bands (r about 0.68 of g) are round values for the Galactic stars of
Klagyivik & Szabados (2009); the shape is a Fourier series with a second harmonic near 0.4 of the first.
"""

import numpy as np

from simulate.bands import from_r_and_colours
from simulate.light_curves.magnitude_draw import draw_magnitude
from simulate.light_curves.phased import PhasedLightCurve, by_fid, sawtooth
from simulate.source import Sightline, Source


def draw_cepheid(rng: np.random.Generator, sightline: Sightline) -> Source:
    type_two = bool(rng.random() < 0.35)
    period = float(10 ** np.clip(rng.normal(0.75, 0.32), 0.05, 1.75))
    amplitude = float(np.clip(rng.normal(0.85 + 0.15 * (np.log10(period) - 0.75), 0.2), 0.25, 1.5))
    steepness = float(rng.uniform(0.55, 0.9))
    quiet = from_r_and_colours(draw_magnitude(rng, 12.8, 18.0, 0.15), float(rng.normal(0.85, 0.25)), 0.35)
    light_curve = PhasedLightCurve(
        period=period,
        epoch=sightline.night_mjd - float(rng.uniform(0, period)),
        shape=sawtooth(steepness, harmonics=5),
        mean=quiet.by_fid(),
        amplitude=amplitude * by_fid(1.0, 0.68, 0.52),
    )
    return Source(
        light_curve=light_curve,
        kind="type II" if type_two else "classical",
        quiet_magnitudes=quiet,
        period_days=period,
        parameters={"amplitude_mag": amplitude, "mean_magnitude": quiet.r},
    )
