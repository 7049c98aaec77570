"""Core-collapse supernovae: II (with plateau, linear, or interacting) and stripped-envelope Ibc.

Peak absolute magnitudes: Richardson et al. (2014), II-P -16.8 +- 1.0, IIn -18.5 +- 1.2, Ibc -17.5 +- 0.9. Times
are the ranges of the fits of Villar et al. (2019): plateaus of 60 to 110 d, fast rise; blue bands fade first.
"""

import numpy as np

from simulate.bands import from_r_and_colours
from simulate.cosmology import draw_redshift
from simulate.host import draw_host
from simulate.light_curves.supernova import SupernovaLightCurve, explosion_before, extinction
from simulate.light_curves.villar import VillarCurve, VillarLight
from simulate.source import Sightline, Source


def draw_supernova_ii(rng: np.random.Generator, sightline: Sightline) -> Source:
    kind = str(rng.choice(["IIP", "IIL", "IIn"], p=[0.7, 0.15, 0.15]))
    if kind == "IIP":
        absolute, plateau = rng.normal(-16.9, 0.9), float(rng.normal(88, 14))
        slope, fall, rise = float(rng.uniform(0.05, 0.35)), float(rng.uniform(8, 16)), float(rng.uniform(1.5, 3.0))
    elif kind == "IIL":
        absolute, plateau = rng.normal(-17.6, 0.7), float(rng.normal(60, 12))
        slope, fall, rise = float(rng.uniform(0.6, 0.8)), float(rng.uniform(15, 30)), float(rng.uniform(2.0, 4.0))
    else:
        absolute, plateau = rng.normal(-18.6, 0.9), float(rng.uniform(20, 80))
        slope, fall, rise = float(rng.uniform(0.2, 0.6)), float(rng.uniform(30, 80)), float(rng.uniform(3.0, 8.0))
    blue = float(np.clip(rng.normal(0.62, 0.12), 0.35, 0.9)) if kind != "IIn" else 0.95
    curves = (
        VillarCurve(rise * 0.85, plateau * blue, min(slope + 0.3, 0.85), fall * 1.3),
        VillarCurve(rise * 0.85, plateau * blue, min(slope + 0.3, 0.85), fall * 1.3),
        VillarCurve(rise, plateau, slope, fall),
        VillarCurve(rise * 1.15, plateau * 1.05, slope * 0.8, fall),
    )
    return _core_collapse(rng, sightline, kind, float(absolute), 0.0, curves, 0.12, 150.0)


def draw_supernova_ibc(rng: np.random.Generator, sightline: Sightline) -> Source:
    kind = str(rng.choice(["Ib", "Ic", "IcBL"], p=[0.4, 0.4, 0.2]))
    absolute = rng.normal(-18.3 if kind == "IcBL" else -17.5, 0.7)
    rise, fall = float(np.clip(rng.normal(4.2, 0.9), 2.5, 7.5)), float(np.clip(rng.normal(26, 7), 12, 50))
    curves = (
        VillarCurve(rise * 0.9, 4.0, 0.25, fall * 0.65),
        VillarCurve(rise * 0.9, 4.0, 0.25, fall * 0.65),
        VillarCurve(rise, 7.0, 0.15, fall),
        VillarCurve(rise * 1.08, 9.0, 0.12, fall * 1.15),
    )
    return _core_collapse(rng, sightline, kind, float(absolute), 0.35, curves, 0.10, 90.0)


def _core_collapse(
    rng: np.random.Generator,
    sightline: Sightline,
    kind: str,
    absolute: float,
    colour: float,
    curves: tuple[VillarCurve, ...],
    highest_redshift: float,
    visible_days: float,
) -> Source:
    redshift = draw_redshift(rng, highest_redshift)
    explosion = explosion_before(rng, sightline.night_mjd, visible_days)
    peaks = from_r_and_colours(absolute, colour + float(rng.normal(0, 0.1)), 0.05).by_fid()
    light = VillarLight(curves, peaks)
    return Source(
        light_curve=SupernovaLightCurve(
            light, explosion, redshift, extinction(rng, sightline.galactic_latitude, 0.08)
        ),
        kind=kind,
        host=draw_host(rng, redshift, sightline.galactic_latitude, absolute_r=-20.0),
        redshift=redshift,
        first_light_mjd=explosion,
        peak_mjd=explosion + curves[2].peak()[0] * (1 + redshift),
        parameters={"peak_absolute_magnitude": absolute},
    )
