"""Offsets on the sky around a place, as they are drawn on a chart: the gnomonic projection.

xi = cos(d) sin(a - a0) / c, eta = (cos(d0) sin(d) - sin(d0) cos(d) cos(a - a0)) / c,
c = sin(d0) sin(d) + cos(d0) cos(d) cos(a - a0) (Calabretta & Greisen 2002, A&A 395 1077, TAN).
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from domain.sky import ARCSEC_PER_DEGREE, Position


class Offsets(NamedTuple):
    """Arcsec to the east and to the north of a centre, of the same length; NaN for places a quarter of the sky away
    or further."""

    east: NDArray[np.float64]
    north: NDArray[np.float64]


def offsets(center: Position, ra: ArrayLike, dec: ArrayLike) -> Offsets:
    """Where places (degrees ICRS) lie in the plane that touches the sky at the centre."""
    turn = np.radians(np.asarray(ra, dtype=float) - center.ra)
    latitude, at = np.radians(np.asarray(dec, dtype=float)), np.radians(center.dec)
    depth = np.sin(at) * np.sin(latitude) + np.cos(at) * np.cos(latitude) * np.cos(turn)
    with np.errstate(divide="ignore", invalid="ignore"):
        east = np.cos(latitude) * np.sin(turn) / depth
        north = (np.cos(at) * np.sin(latitude) - np.sin(at) * np.cos(latitude) * np.cos(turn)) / depth
    in_front = depth > 0
    arcsec = np.degrees(1.0) * ARCSEC_PER_DEGREE
    return Offsets(np.where(in_front, east * arcsec, np.nan), np.where(in_front, north * arcsec, np.nan))
