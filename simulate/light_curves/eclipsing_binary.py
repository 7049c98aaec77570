"""Eclipsing binaries: detached (EA), semi-detached (EB) and contact (EW), nearly the same in all bands.

Shapes are eclipses of finite width on tidal waves; shares and periods are round values for the ZTF catalogue of
periodic variables (Chen et al. 2020), in which EW outnumber the others by far; EA are over-weighted here.
"""

import numpy as np

from simulate.bands import from_r_and_colours
from simulate.light_curves.magnitude_draw import draw_magnitude
from simulate.light_curves.phased import EclipseShape, PhasedLightCurve, by_fid
from simulate.source import Sightline, Source


def draw_eclipsing_binary(rng: np.random.Generator, sightline: Sightline) -> Source:
    kind = str(rng.choice(["EW", "EB", "EA"], p=[0.6, 0.15, 0.25]))
    if kind == "EW":
        period, depth = float(np.clip(rng.normal(0.36, 0.07), 0.22, 0.9)), float(rng.uniform(0.2, 0.85))
        shape = EclipseShape(0.20, float(rng.uniform(0.75, 1.0)), 0.5, 0.65)
    elif kind == "EB":
        period, depth = float(10 ** np.clip(rng.normal(-0.15, 0.22), -0.5, 0.7)), float(rng.uniform(0.3, 1.2))
        shape = EclipseShape(0.13, float(rng.uniform(0.3, 0.8)), 0.5, 0.30)
    else:
        period, depth = float(10 ** np.clip(rng.normal(0.35, 0.35), -0.4, 1.7)), float(rng.uniform(0.25, 2.2))
        eccentric = 0.5 if rng.random() < 0.7 else float(rng.uniform(0.38, 0.62))
        shape = EclipseShape(float(rng.uniform(0.02, 0.08)), float(rng.uniform(0.05, 0.95)), eccentric, 0.02)
    colour = float(np.clip(rng.normal(0.6, 0.25), 0.0, 1.4))
    quiet = from_r_and_colours(draw_magnitude(rng, 13.0, 19.5, 0.15), colour, 0.4 * colour)
    light_curve = PhasedLightCurve(
        period=period,
        epoch=sightline.night_mjd - float(rng.uniform(0, period)),
        shape=shape,
        mean=quiet.by_fid(),
        amplitude=depth * by_fid(1.0, 0.96, 0.94),
    )
    return Source(
        light_curve=light_curve,
        kind=kind,
        quiet_magnitudes=quiet,
        period_days=period,
        parameters={"amplitude_mag": depth, "mean_magnitude": quiet.r},
    )
