"""Photometric calibration of one image: the same for every object on it."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np

from simulate.bands import G, R
from simulate.fields import FIRST_FIELD, all_fields
from simulate.identity import ImageNumber
from simulate.random_stream import random_stream
from simulate.sky import galactic_latitude


class Calibration(NamedTuple):
    """Fields of a packet by their own names; ranges are those of real g and r images."""

    magzpsciunc: float
    magzpscirms: float
    clrcoeff: float
    clrcounc: float
    zpclrcov: float
    nmatches: int
    clrmed: float
    clrrms: float
    adpctdif1: float
    adpctdif2: float


_COLOUR_TERM = {G: -0.055, R: 0.092}


@lru_cache(maxsize=20_000)
def image_calibration(image: ImageNumber, fid: int, field: int) -> Calibration:
    """There are more calibration stars near the Galactic plane."""
    fields, index = all_fields(), field - FIRST_FIELD
    latitude = float(galactic_latitude(fields.ra[index], fields.dec[index]))
    crowding = 1 + 6 * np.exp(-abs(latitude) / 8)
    rng = random_stream(8, image.nid, image.fraction, image.rcid)
    matches = int(np.clip(rng.lognormal(np.log(270 * crowding), 0.3), 40, 2200))
    uncertainty = 0.012 / matches * float(rng.lognormal(0, 0.3))
    return Calibration(
        magzpsciunc=uncertainty,
        magzpscirms=float(rng.normal(0.040 if fid == G else 0.026, 0.005)),
        clrcoeff=float(rng.normal(_COLOUR_TERM.get(fid, 0.12), 0.015)),
        clrcounc=uncertainty * 1.2,
        zpclrcov=-0.016 / matches,
        nmatches=matches,
        clrmed=float(rng.normal(0.65, 0.1)),
        clrrms=float(abs(rng.normal(0.24, 0.03))),
        adpctdif1=float(abs(rng.normal(0.080, 0.012))),
        adpctdif2=float(abs(rng.normal(0.088, 0.012))),
    )
