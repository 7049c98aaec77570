"""Cells of the sky that are wide beside a radius, so that what is near a place lies in its cell or reaches over its
edge.

A cell is a nested HEALPix pixel of some order. Two lists find everything within the radius of a place by looking
up one cell: the sources in the cell, and the sources of other cells that lie within the radius of it.
"""

from math import floor, log2, pi, radians, sqrt

import astropy.units as u
import numpy as np
from astropy_healpix.core import lonlat_to_healpix
from numpy.typing import NDArray

from domain.sky import ARCSEC_PER_DEGREE, HEALPIX_ORDER, SMALLEST_RADIANS, direction, healpix

CELL_TO_RADIUS = 16
"""Cells are at least so many radii wide: about a quarter of the sources reach over an edge."""
DIRECTIONS = 16
PROBE_TO_RADIUS = 2.0
"""A cell that a circle touches holds one of DIRECTIONS points on the circle twice as wide: corners of cells are
wider than 50 degrees, and the points are 0.8 radii apart."""
EDGE_MARGIN = 2.0
"""Cells are sheared, some to 0.6 of the height that a square has."""


def cell_order(radius_arcsec: float) -> int:
    """The finest HEALPix order whose cells are CELL_TO_RADIUS radii wide, by the square root of their area."""
    width = max(_radians(radius_arcsec) * CELL_TO_RADIUS, SMALLEST_RADIANS)
    return max(0, min(HEALPIX_ORDER, floor(log2(sqrt(pi / 3) / width))))


def first_pixel_shift(order: int) -> int:
    """By how many bits an order-29 pixel is shifted to give its cell."""
    return 2 * (HEALPIX_ORDER - order)


def cells_beside(
    ra: NDArray[np.float64], dec: NDArray[np.float64], radius_arcsec: float, order: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Which sources lie within a radius of cells that are not their own: indices of sources, and the cells.

    A few cells that lie a little further are among them.
    """
    own, x, y = lonlat_to_healpix(
        u.Quantity(ra, u.deg), u.Quantity(dec, u.deg), 2**order, return_offsets=True, order="nested"
    )
    margin = EDGE_MARGIN * _radians(radius_arcsec) / sqrt(pi / 3) * 2**order
    near = np.flatnonzero(np.minimum(np.minimum(x, 1 - x), np.minimum(y, 1 - y)) <= margin)
    around_ra, around_dec = _around(ra[near], dec[near], PROBE_TO_RADIUS * _radians(radius_arcsec))
    cells = healpix(around_ra.ravel(), around_dec.ravel(), order)
    indices = np.repeat(near, DIRECTIONS)
    is_other = cells != np.asarray(own, dtype=np.int64)[indices]
    pairs = np.unique(np.stack([indices[is_other], cells[is_other]]), axis=1)
    return pairs[0], pairs[1]


def _around(
    ra: NDArray[np.float64], dec: NDArray[np.float64], distance: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points at a distance (radians) from places, shape (places, DIRECTIONS), degrees."""
    center = direction(ra, dec)
    east = direction(ra + 90.0, np.zeros_like(dec))
    north = np.cross(center, east)
    angles = 2 * pi * np.arange(DIRECTIONS) / DIRECTIONS
    offset = np.cos(angles)[None, :, None] * east[:, None, :] + np.sin(angles)[None, :, None] * north[:, None, :]
    points = np.cos(distance) * center[:, None, :] + np.sin(distance) * offset
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    return np.degrees(np.arctan2(y, x)) % 360.0, np.degrees(np.arctan2(z, np.hypot(x, y)))


def _radians(radius_arcsec: float) -> float:
    return radians(radius_arcsec / ARCSEC_PER_DEGREE)
