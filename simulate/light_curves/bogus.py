"""Artefacts of detector, optics and subtraction, with the magnitude that the pipeline would give them."""

import numpy as np

from simulate.bands import from_r_and_colours
from simulate.light_curves.appearance import AppearanceLightCurve
from simulate.light_curves.magnitude_draw import draw_magnitude
from simulate.source import Sightline, Source

KINDS = ("dipole", "cosmic ray", "bad column", "saturated star", "ghost", "hot pixel")
_SHARES = (0.36, 0.14, 0.12, 0.16, 0.10, 0.12)


def draw_bogus(rng: np.random.Generator, sightline: Sightline) -> Source:
    kind = str(rng.choice(KINDS, p=_SHARES))
    tonight = sightline.visit_mjd[[int(rng.integers(len(sightline.visit_mjd)))]]
    repeats = kind in ("dipole", "bad column", "saturated star") and rng.random() < 0.6
    share = float(rng.uniform(0.03, 0.3)) if repeats else 0.0
    before = sightline.survey_mjd[sightline.survey_mjd < tonight[0]]
    epochs = np.append(before[rng.random(len(before)) < share], tonight)
    star = None
    if kind == "dipole":
        star = from_r_and_colours(draw_magnitude(rng, 13.5, 17.5, 0.1), float(rng.normal(0.7, 0.3)), 0.3)
    if kind == "saturated star":
        star = from_r_and_colours(float(rng.uniform(10.5, 12.8)), float(rng.normal(0.7, 0.3)), 0.3)
    faint = star.r + float(rng.uniform(2.0, 4.5)) if star else draw_magnitude(rng, 16.5, 20.2, 0.2)
    return Source(
        light_curve=AppearanceLightCurve(
            epochs,
            np.minimum(faint + rng.normal(0, 0.3, len(epochs)), 20.3),
            sign=1.0 if kind in ("cosmic ray", "hot pixel") or rng.random() < 0.55 else -1.0,
        ),
        kind=kind,
        quiet_magnitudes=star,
        peak_mjd=float(tonight[0]),
        parameters={"mean_magnitude": faint},
    )
