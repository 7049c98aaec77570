"""The camera: 64 readout quadrants (`rcid` 0 to 63), and where a pixel of one points on the sky.

Pixels grow towards west and south, as in real ZTF images (measured on pairs of alerts of one exposure).
"""

from typing import NamedTuple

import numpy as np

PIXEL_ARCSEC = 1.01
WIDTH, HEIGHT = 3072, 3080
_PITCH_DEG = 0.915
"""Distance of the centres of two neighbouring quadrants: their size and the mean gap."""
EDGE_MARGIN = 10.0
"""Nothing nearer to the edge than this many pixels is made an alert (smallest mindtoedge of the real packets)."""


class DetectorPosition(NamedTuple):
    """A place on the camera; `x` and `y` in pixels."""

    rcid: int
    x: float
    y: float


class SkyPosition(NamedTuple):
    """J2000 degrees."""

    ra: float
    dec: float


def sky_position(field_ra: float, field_dec: float, place: DetectorPosition) -> SkyPosition:
    """Gnomonic projection around the field's centre."""
    column, row = place.rcid % 8, place.rcid // 8
    west = (column - 3.5) * _PITCH_DEG + (place.x - WIDTH / 2) * PIXEL_ARCSEC / 3600
    south = (row - 3.5) * _PITCH_DEG + (place.y - HEIGHT / 2) * PIXEL_ARCSEC / 3600
    xi, eta = np.radians(-west), np.radians(-south)
    dec0 = np.radians(field_dec)
    below = np.cos(dec0) - eta * np.sin(dec0)
    ra = field_ra + np.degrees(np.arctan2(xi, below))
    dec = np.degrees(np.arctan2(np.sin(dec0) + eta * np.cos(dec0), np.hypot(xi, below)))
    return SkyPosition(float(ra % 360), float(dec))


def distance_to_edge(x: float, y: float) -> float:
    """Pixels to the nearest border of the quadrant; negative outside."""
    return min(x, y, WIDTH - x, HEIGHT - y)
