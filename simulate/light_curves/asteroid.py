"""Asteroids: one detection per object, since a minute later they are elsewhere.

Magnitudes follow the counts of the main belt near ZTF's limit (slope 0.3); speeds are those of the belt seen near
opposition, 0.3 to 0.7 arcsec per minute, with a few fast near-Earth objects.
"""

import numpy as np

from simulate.light_curves.appearance import AppearanceLightCurve
from simulate.light_curves.magnitude_draw import draw_magnitude
from simulate.source import Sightline, Source


def draw_asteroid(rng: np.random.Generator, sightline: Sightline) -> Source:
    visit = int(rng.integers(len(sightline.visit_mjd)))
    mjd = float(sightline.visit_mjd[visit])
    colour = 0.25 if sightline.visit_fid[visit] == 1 else -0.2
    v_magnitude = draw_magnitude(rng, 14.5, 20.8, 0.3)
    fast = bool(rng.random() < 0.03)
    speed = float(rng.uniform(2.0, 12.0) if fast else rng.normal(0.5, 0.12))
    return Source(
        light_curve=AppearanceLightCurve(
            np.array([mjd]), np.array([v_magnitude + colour + float(rng.normal(0.0, 0.15))])
        ),
        kind="NEO" if fast else "main belt",
        peak_mjd=mjd,
        parameters={
            "mean_magnitude": v_magnitude,
            "speed_arcsec_min": max(speed, 0.1),
            "motion_angle_rad": float(rng.uniform(0, 2 * np.pi)),
        },
    )
