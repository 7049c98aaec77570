"""Points on the sky, spread evenly and crowded where regions go wrong; and regions that try them."""

from functools import cache
from typing import NamedTuple

import astropy.units as u
import numpy as np
from astropy.coordinates import SkyCoord
from astropy_healpix import HEALPix
from numpy.typing import NDArray

from domain.moc import Moc, parse_moc
from domain.polygon import Polygon, polygon
from domain.sky import Box, Cone, PixelRanges, Position, position

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


def _polygon(*vertices: tuple[float, float]) -> Polygon:
    return polygon([position(ra, dec) for ra, dec in vertices])


POLYGONS = (
    _polygon((10, 10), (20, 10), (20, 20), (10, 20)),
    _polygon((350, -5), (10, -5), (10, 5), (350, 5)),
    _polygon((358, 1), (358, -1), (2, -1), (2, 1)),  # the other way round
    _polygon((0, 89.5), (120, 89.5), (240, 89.5)),  # round a pole
    _polygon((0, -80), (90, -60), (180, -80), (270, -60)),
    _polygon((0, 0), (90, 0), (123, 90)),  # an octant, with a pole for a vertex
    _polygon((179.99, -0.01), (180.01, -0.01), (180.01, 0.01), (180, 0.002), (179.99, 0.01)),  # not convex
    _polygon((45, 41.8), (45.01, 41.81), (45, 41.82), (44.99, 41.81)),
    _polygon((0, -20), (80, -20), (80, 50), (40, -10), (0, 50)),
    _polygon((217.2999, -33.3001), (217.3001, -33.3001), (217.3, -33.2999)),
)
MOCS = (
    parse_moc("0/4"),
    parse_moc("3/10-12,300 5/2000-2047 6/"),
    parse_moc("9/0 10/4-9 2/191 1/47"),
    parse_moc("8/"),
    parse_moc("29/0"),
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
    if not ranges.first:
        return np.zeros(pixels.shape, dtype=bool)
    first, last = np.array(ranges.first, dtype=np.int64), np.array(ranges.last, dtype=np.int64)
    place = np.searchsorted(first, pixels, side="right") - 1
    return np.asarray((place >= 0) & (pixels <= last[np.maximum(place, 0)]))


def in_polygon(points: Points, region: Polygon) -> NDArray[np.bool_]:
    """Which points lie in a polygon that fits into half of the sky: those from which its outline goes all the way
    round. Directions are astropy's position angles."""
    corners = SkyCoord(
        [vertex.ra for vertex in region.vertices], [vertex.dec for vertex in region.vertices], unit="deg"
    )
    places = SkyCoord(points.ra, points.dec, unit="deg")
    angles = np.stack([places.position_angle(corner).rad for corner in corners])
    turns = np.diff(np.concatenate([angles, angles[:1]]), axis=0)
    around = np.abs(((turns + np.pi) % (2 * np.pi) - np.pi).sum(axis=0)) > np.pi
    middle = corners.cartesian.sum().xyz.value
    return np.asarray(around & (places.cartesian.xyz.value.T @ middle > 0))


def from_outline(points: Points, region: Polygon) -> NDArray[np.float64]:
    """Angles between points and the nearest edge of a polygon, or its continuation, arcsec, by astropy."""
    corners = [SkyCoord(vertex.ra, vertex.dec, unit="deg") for vertex in region.vertices]
    places = SkyCoord(points.ra, points.dec, unit="deg")
    across = [
        np.abs(
            np.arcsin(
                np.clip(
                    np.sin(start.separation(places))
                    * np.sin(start.position_angle(places) - start.position_angle(end)),
                    -1,
                    1,
                )
            ).to_value(u.arcsec)
        )
        for start, end in zip(corners, [*corners[1:], corners[0]], strict=True)
    ]
    return np.asarray(np.min(across, axis=0))


def in_moc(points: Points, region: Moc) -> NDArray[np.bool_]:
    """Which points lie in a MOC, by astropy-healpix."""
    pixels = HEALPix(2**29, order="nested").lonlat_to_healpix(points.ra * u.deg, points.dec * u.deg)
    return inside(np.asarray(pixels), region.ranges)
