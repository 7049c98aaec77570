"""Periodic stars of no large class: spotted rotators (RS CVn, BY Dra), ellipsoidal and reflection binaries."""

import numpy as np

from simulate.bands import from_r_and_colours
from simulate.light_curves.magnitude_draw import draw_magnitude
from simulate.light_curves.phased import PhasedLightCurve, by_fid, fourier_shape
from simulate.source import Sightline, Source


def draw_other_periodic(rng: np.random.Generator, sightline: Sightline) -> Source:
    kind = str(rng.choice(["rotation", "ellipsoidal", "reflection"], p=[0.7, 0.2, 0.1]))
    if kind == "rotation":
        period, amplitude = float(10 ** rng.uniform(-0.3, 1.6)), float(rng.uniform(0.12, 0.45))
        shape = fourier_shape([1.0, float(rng.uniform(0, 0.5))], [0.0, float(rng.uniform(-0.4, 0.4))])
        ratios, colour = by_fid(1.0, 0.85, 0.7), float(rng.normal(0.95, 0.2))
    elif kind == "ellipsoidal":
        period, amplitude = float(10 ** rng.uniform(-0.4, 0.8)), float(rng.uniform(0.12, 0.3))
        shape = fourier_shape([float(rng.uniform(0, 0.15)), 1.0], [0.0, 0.0])
        ratios, colour = by_fid(1.0, 0.95, 0.92), float(rng.normal(0.7, 0.3))
    else:
        period, amplitude = float(10 ** rng.uniform(-1.1, -0.1)), float(rng.uniform(0.2, 0.8))
        shape = fourier_shape([1.0, 0.1], [0.0, 0.0])
        ratios, colour = by_fid(1.0, 1.15, 1.3), float(rng.normal(0.0, 0.15))
    quiet = from_r_and_colours(draw_magnitude(rng, 12.8, 18.0, 0.12), colour, 0.4 * colour)
    light_curve = PhasedLightCurve(
        period=period,
        epoch=sightline.night_mjd - float(rng.uniform(0, period)),
        shape=shape,
        mean=quiet.by_fid(),
        amplitude=amplitude * ratios,
    )
    return Source(
        light_curve=light_curve,
        kind=kind,
        quiet_magnitudes=quiet,
        period_days=period,
        parameters={"amplitude_mag": amplitude, "mean_magnitude": quiet.r},
    )
