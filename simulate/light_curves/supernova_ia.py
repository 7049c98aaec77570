"""Type Ia supernovae: one mean light curve per band, stretched, coloured and standardised.

The mean shapes are smooth curves through rounded values of the well-known normal type Ia templates (decline in
15 d of 0.9 mag in g and 0.6 in r, the shoulder of r and second maximum of i three weeks after peak; compare
Hsiao et al. 2007). Peak absolute magnitude, stretch and colour terms: Betoule et al. (2014); rise as t^2 from
-18 d (Riess et al. 1999).
"""

from dataclasses import dataclass

import numpy as np

from simulate.arrays import FloatArray, IntArray
from simulate.bands import FIDS
from simulate.cosmology import draw_redshift
from simulate.host import draw_host
from simulate.light_curves.supernova import SupernovaLightCurve, explosion_before, extinction
from simulate.source import Sightline, Source

RISE_DAYS = 18.0
_PHASE = np.array([-15, -12, -9, -6, -3, 0, 3, 6, 10, 15, 20, 25, 30, 40, 60, 100, 160], dtype=float)
_FADING = np.array(
    [
        np.full(len(_PHASE), np.nan),
        [3.0, 1.55, 0.75, 0.30, 0.07, 0, 0.05, 0.18, 0.45, 0.92, 1.45, 1.95, 2.35, 2.85, 3.3, 4.1, 5.3],
        [2.9, 1.50, 0.75, 0.30, 0.08, 0, 0.02, 0.12, 0.36, 0.62, 0.70, 0.80, 1.05, 1.60, 2.3, 3.5, 5.2],
        [2.8, 1.40, 0.68, 0.27, 0.06, 0, 0.08, 0.25, 0.50, 0.62, 0.48, 0.42, 0.62, 1.25, 2.1, 3.5, 5.2],
    ]
)
"""Magnitudes below peak, by `fid` and phase."""
_PEAK_ABSOLUTE = np.array([np.nan, -19.25, -19.20, -18.60])
_COLOUR_TERM = np.array([np.nan, 3.6, 2.8, 2.1])
_STRETCH_TERM = 0.14
HIGHEST_REDSHIFT = 0.17


@dataclass(frozen=True)
class TypeIaLight:
    """`stretch` multiplies times; `offset` [mag, by fid] holds colour, stretch-luminosity relation and scatter."""

    stretch: float
    offset: FloatArray

    def luminosity(self, days: FloatArray, fid: IntArray) -> FloatArray:
        phase = days / self.stretch - RISE_DAYS
        magnitude = np.full(len(days), np.inf)
        for band in FIDS:
            here = fid == band
            magnitude[here] = (
                np.interp(phase[here], _PHASE, _FADING[band]) + _PEAK_ABSOLUTE[band] + self.offset[band]
            )
        early = np.clip((phase + RISE_DAYS) / (RISE_DAYS + _PHASE[0]), 0.0, 1.0) ** 2
        late = np.where(phase > _PHASE[-1], 10 ** (-0.4 * 0.015 * (phase - _PHASE[-1])), 1.0)
        return np.asarray(10 ** (-0.4 * magnitude) * early * late)


def draw_supernova_ia(rng: np.random.Generator, sightline: Sightline) -> Source:
    x1 = float(np.clip(rng.normal(0.4, 0.6) if rng.random() < 0.65 else rng.normal(-0.8, 0.8), -3, 2.5))
    colour = float(np.clip(rng.normal(-0.05, 0.07) + rng.exponential(0.05), -0.25, 0.5))
    stretch = 0.98 + 0.091 * x1
    offset = _COLOUR_TERM * colour - _STRETCH_TERM * x1 + rng.normal(0, 0.12)
    redshift = draw_redshift(rng, HIGHEST_REDSHIFT)
    explosion = explosion_before(rng, sightline.night_mjd, 95.0)
    return Source(
        light_curve=SupernovaLightCurve(
            TypeIaLight(stretch, offset), explosion, redshift, extinction(rng, sightline.galactic_latitude, 0.0)
        ),
        kind="Ia",
        host=draw_host(rng, redshift, sightline.galactic_latitude),
        redshift=redshift,
        first_light_mjd=explosion,
        peak_mjd=explosion + RISE_DAYS * stretch * (1 + redshift),
        parameters={"stretch": stretch, "colour": colour},
    )
