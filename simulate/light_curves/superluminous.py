"""Superluminous supernovae (type I): slow, hot, distant, in faint dwarf galaxies.

Peak -21.7 +- 0.7 and rise of a month: De Cia et al. (2018); times in the range of the fits of Villar et al. (2019).
"""

import numpy as np

from simulate.bands import from_r_and_colours
from simulate.cosmology import draw_redshift
from simulate.host import draw_host
from simulate.light_curves.supernova import SupernovaLightCurve, explosion_before, extinction
from simulate.light_curves.villar import VillarCurve, VillarLight
from simulate.source import Sightline, Source


def draw_superluminous(rng: np.random.Generator, sightline: Sightline) -> Source:
    absolute = float(np.clip(rng.normal(-21.6, 0.65), -23.2, -20.3))
    rise, fall = float(np.clip(rng.normal(9.0, 2.5), 4.5, 16)), float(np.clip(rng.normal(45, 15), 20, 100))
    curves = (
        VillarCurve(rise * 0.93, 12.0, 0.2, fall * 0.75),
        VillarCurve(rise * 0.93, 12.0, 0.2, fall * 0.75),
        VillarCurve(rise, 16.0, 0.15, fall),
        VillarCurve(rise * 1.05, 18.0, 0.12, fall * 1.2),
    )
    redshift = draw_redshift(rng, 0.55)
    explosion = explosion_before(rng, sightline.night_mjd, 190.0)
    peaks = from_r_and_colours(absolute, float(rng.normal(-0.15, 0.1)) + 0.4 * redshift, -0.05).by_fid()
    return Source(
        light_curve=SupernovaLightCurve(
            VillarLight(curves, peaks), explosion, redshift, extinction(rng, sightline.galactic_latitude, 0.0)
        ),
        kind="SLSN-I",
        host=draw_host(rng, redshift, sightline.galactic_latitude, absolute_r=-17.8, spread=1.3),
        redshift=redshift,
        first_light_mjd=explosion,
        peak_mjd=explosion + curves[2].peak()[0] * (1 + redshift),
        parameters={"peak_absolute_magnitude": absolute},
    )
