"""Points on the sky, spread evenly and crowded where regions go wrong; and regions that try them."""

from functools import cache
from typing import NamedTuple

import astropy.units as u
import numpy as np
from astropy.coordinates import SkyCoord
from numpy.typing import NDArray

from domain.sky import Box, Cone, PixelRanges, Position

COUNT = 100_000
ARCSEC = 1 / 3600

CENTERS = (
    Position(0.0, 0.0),
    Position(180.0, 0.0),
    Position(0.0, 45.0),
    Position(359.99999, -30.0),
    Position(123.4, 0.0),
    Position(0.0, 90.0),
    Position(77.0, -90.0),
    Position(10.0, 89.9999),
    Position(45.0, 41.8103149),  # a corner of HEALPix base pixels
    Position(217.3, -33.3),
)
RADII_ARCSEC = (0.1, 1.0, 60.0, 3600.0, 30 * 3600.0)
CONES = (
    *(Cone(center, radius) for center in CENTERS for radius in RADII_ARCSEC),
    Cone(Position(33.0, 30.0), 90 * 3600.0),
    Cone(Position(33.0, 30.0), 150 * 3600.0),
    Cone(Position(33.0, 30.0), 175 * 3600.0),
    Cone(Position(33.0, 30.0), 180 * 3600.0),
)
BOXES = (
    Box(350.0, 10.0, -5.0, 5.0),
    Box(0.0, 0.01, -0.01, 0.01),
    Box(359.99, 0.01, 44.99, 45.01),
    Box(0.0, 360.0, 80.0, 90.0),
    Box(0.0, 360.0, -90.0, 90.0),
    Box(100.0, 200.0, -90.0, -89.9),
    Box(10.0, 350.0, -1.0, 1.0),
    Box(0.0, 1.0, -90.0, 90.0),
    Box(360.0, 20.0, 0.0, 10.0),
    Box(340.0, 360.0, 0.0, 10.0),
    Box(0.0, 0.0, -60.0, 60.0),
    Box(217.2, 217.4, -33.4, -33.2),
)


class Points(NamedTuple):
    """Positions, one array per coordinate."""

    ra: NDArray[np.float64]
    dec: NDArray[np.float64]


@cache
def sky_points() -> Points:
    """COUNT points: a fifth all over the sphere, the others around CENTERS at each of RADII_ARCSEC."""
    random = np.random.default_rng(20260101)
    spread = COUNT // 5
    ras = [random.uniform(0, 360, spread)]
    decs = [np.degrees(np.arcsin(random.uniform(-1, 1, spread)))]
    share = (COUNT - spread - len(CENTERS)) // (len(CENTERS) * len(RADII_ARCSEC))
    for center in CENTERS:
        for radius in RADII_ARCSEC:
            around = SkyCoord(center.ra, center.dec, unit="deg").directional_offset_by(
                random.uniform(0, 360, share) * u.deg,
                # To the rim and past it; every tenth on the rim but for rounding.
                radius * np.where(np.arange(share) % 10 == 0, 1 - 1e-9, random.uniform(0, 1.5, share)) * u.arcsec,
            )
            ras.append(around.ra.deg)
            decs.append(around.dec.deg)
    ras.append(np.array([center.ra for center in CENTERS]))
    decs.append(np.array([center.dec for center in CENTERS]))
    return Points(np.concatenate(ras) % 360, np.clip(np.concatenate(decs), -90, 90))


def separations(points: Points, center: Position) -> NDArray[np.float64]:
    """Angles from a centre, arcsec, by astropy."""
    place = SkyCoord(points.ra, points.dec, unit="deg")
    angles: NDArray[np.float64] = place.separation(SkyCoord(center.ra, center.dec, unit="deg")).arcsec
    return angles


def in_box(points: Points, region: Box) -> NDArray[np.bool_]:
    """Which points lie in a box; RA 360 is RA 0."""
    ra, dec = points
    if region.ra_min <= region.ra_max:
        in_ra = (ra >= region.ra_min) & (ra <= region.ra_max)
    else:
        in_ra = (ra >= region.ra_min) | (ra <= region.ra_max)
    if region.ra_max == 360:
        in_ra |= ra == 0
    return np.asarray(in_ra & (dec >= region.dec_min) & (dec <= region.dec_max))


def inside(pixels: NDArray[np.int64], ranges: PixelRanges) -> NDArray[np.bool_]:
    """Which pixels lie in one of some sorted ranges."""
    first, last = np.array(ranges.first, dtype=np.int64), np.array(ranges.last, dtype=np.int64)
    place = np.searchsorted(first, pixels, side="right") - 1
    return np.asarray((place >= 0) & (pixels <= last[np.maximum(place, 0)]))
