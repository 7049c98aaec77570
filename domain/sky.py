"""Positions, separations and regions on the sky (degrees, ICRS), and their HEALPix pixels.

Every position is indexed by its HEALPix pixel (nested, order 29: 0.4 milliarcseconds), so that a region
becomes a few ranges of integers (Górski et al. 2005, ApJ 622 759). Ranges cover a region with a margin;
an exact test follows them.
"""

from math import asin, atan2, cos, degrees, floor, hypot, isfinite, log2, pi, radians, sin, sqrt
from typing import NamedTuple

import astropy.units as u
import cdshealpix.cdshealpix as native_healpix
import numpy as np
from astropy.coordinates import SkyCoord
from astropy_healpix.core import lonlat_to_healpix
from numpy.typing import ArrayLike, NDArray

from domain.errors import InvalidPosition

HEALPIX_ORDER = 29
ARCSEC_PER_DEGREE = 3600.0

CELL_TO_RADIUS = 0.25
"""Cells of a cone are about this fraction of its radius: small enough that the exact test drops few rows,
large enough that there are about ten ranges."""
WIDE_CELL_TO_RADIUS = 0.125
WIDE_CONE_DEGREES = 0.2
RANGE_MARGIN = 1.05
"""cdshealpix misses a few points at the rim of a cone; with its radius enlarged by 5 %, none."""


class Position(NamedTuple):
    """A place on the sky, degrees ICRS; ra in [0, 360), dec in [-90, 90]."""

    ra: float
    dec: float


class PixelRanges(NamedTuple):
    """Half-closed runs of order-29 nested pixels: first[i] <= pixel <= last[i]."""

    first: list[int]
    last: list[int]


class Cone(NamedTuple):
    """All places within `radius_arcsec` of a centre, the rim included."""

    center: Position
    radius_arcsec: float


class Box(NamedTuple):
    """Places between two right ascensions and two declinations, the edges included.

    With `ra_min` greater than `ra_max` the box crosses RA 0.
    """

    ra_min: float
    ra_max: float
    dec_min: float
    dec_max: float


Region = Cone | Box


def position(ra: float, dec: float) -> Position:
    """A checked position; RA is taken modulo 360.

    Raises InvalidPosition for numbers that are not finite and for |dec| > 90.
    """
    if not (isfinite(ra) and isfinite(dec)):
        raise InvalidPosition(f"ra and dec must be finite numbers, got ra={ra}, dec={dec}")
    if not -90 <= dec <= 90:
        raise InvalidPosition(f"dec must lie between -90 and 90 degrees, got {dec}")
    wrapped = float(ra) % 360.0
    return Position(0.0 if wrapped == 360.0 else wrapped, float(dec))


def parse_position(text: str) -> Position:
    """A position written as people write it: `150.1 -2.2`, `10:00:24 -02:12:00`, `10h00m24s -2d12m`.

    Two plain numbers are decimal degrees; anything sexagesimal is hours and degrees.
    Raises InvalidPosition with what was expected.
    """
    words = text.replace(",", " ").split()
    try:
        if len(words) == 2:
            return position(float(words[0]), float(words[1]))
    except ValueError:
        pass
    try:
        coordinate = SkyCoord(text.replace(",", " "), unit=(u.hourangle, u.deg))
        return position(float(coordinate.ra.deg), float(coordinate.dec.deg))
    except (ValueError, TypeError, IndexError, AttributeError) as error:
        raise InvalidPosition(
            f"cannot read {text!r} as a position; write degrees ('150.1 -2.2') or "
            "hours and degrees ('10:00:24 -02:12:00')"
        ) from error


def cone(center: Position, radius_arcsec: float) -> Cone:
    """A checked cone. Raises InvalidPosition for a radius that is not in (0, 180 degrees]."""
    if not (isfinite(radius_arcsec) and 0 < radius_arcsec <= 180 * ARCSEC_PER_DEGREE):
        raise InvalidPosition(f"radius must be greater than 0 and at most 648000 arcsec, got {radius_arcsec}")
    return Cone(center, float(radius_arcsec))


def box(ra_min: float, ra_max: float, dec_min: float, dec_max: float) -> Box:
    """A checked box. Raises InvalidPosition for angles off the sky or declinations in the wrong order."""
    if not all(map(isfinite, (ra_min, ra_max, dec_min, dec_max))):
        raise InvalidPosition("the edges of a box must be finite numbers of degrees")
    if not (0 <= ra_min <= 360 and 0 <= ra_max <= 360):
        raise InvalidPosition(f"raMin and raMax must lie between 0 and 360, got {ra_min} and {ra_max}")
    if not -90 <= dec_min <= dec_max <= 90:
        raise InvalidPosition(f"-90 <= decMin <= decMax <= 90 must hold, got {dec_min} and {dec_max}")
    return Box(float(ra_min), float(ra_max), float(dec_min), float(dec_max))


def separation_arcsec(a: Position, b: Position) -> float:
    """Angle between two positions, arcsec, by the haversine formula (accurate at small angles)."""
    sin_dec = sin(radians(b.dec - a.dec) / 2)
    sin_ra = sin(radians(b.ra - a.ra) / 2)
    haversine = sin_dec**2 + cos(radians(a.dec)) * cos(radians(b.dec)) * sin_ra**2
    return degrees(2 * asin(sqrt(min(1.0, haversine)))) * ARCSEC_PER_DEGREE


def direction(ra: ArrayLike, dec: ArrayLike) -> NDArray[np.float64]:
    """Unit vectors, shape (..., 3), of positions in degrees."""
    ra_rad, dec_rad = np.radians(ra), np.radians(dec)
    cos_dec = np.cos(dec_rad)
    return np.stack([cos_dec * np.cos(ra_rad), cos_dec * np.sin(ra_rad), np.sin(dec_rad)], axis=-1)


def position_of_direction(x: float, y: float, z: float) -> Position:
    """Position of a vector of any length but zero; the mean of directions is right across RA 0 and poles."""
    ra = degrees(atan2(y, x)) % 360.0
    return Position(0.0 if ra == 360.0 else ra, degrees(atan2(z, hypot(x, y))))


def healpix(ra: ArrayLike, dec: ArrayLike, order: int = HEALPIX_ORDER) -> NDArray[np.int64]:
    """Nested HEALPix pixels of positions in degrees."""
    pixels = lonlat_to_healpix(u.Quantity(ra, u.deg), u.Quantity(dec, u.deg), 2**order, order="nested")
    return np.asarray(pixels, dtype=np.int64)


def coarser_pixel(pixel: int, order: int) -> int:
    """The pixel of a lower order that holds an order-29 pixel."""
    return pixel >> (2 * (HEALPIX_ORDER - order))


def ranges_of(region: Region) -> PixelRanges:
    """Order-29 pixel ranges that hold every point of a region (and some more around its edge)."""
    return cone_ranges(region) if isinstance(region, Cone) else box_ranges(region)


def cone_ranges(region: Cone) -> PixelRanges:
    """Order-29 pixel ranges that hold every point of a cone."""
    radius = radians(region.radius_arcsec / ARCSEC_PER_DEGREE) * RANGE_MARGIN
    if radius > pi / 2:  # cdshealpix loses whole base pixels of cones wider than some 135 degrees
        return WHOLE_SKY
    wide = region.radius_arcsec > WIDE_CONE_DEGREES * ARCSEC_PER_DEGREE
    depth = _order_of_cell(radius * (WIDE_CELL_TO_RADIUS if wide else CELL_TO_RADIUS))
    pixels, depths, _ = native_healpix.cone_search(
        np.uint8(depth),
        np.uint8(0),
        np.float64(radians(region.center.ra)),
        np.float64(radians(region.center.dec)),
        np.float64(radius),
        False,
    )
    return _merged_ranges(pixels, depths)


def box_ranges(region: Box) -> PixelRanges:
    """Order-29 pixel ranges that hold every point of a box."""
    ra_width = (
        (region.ra_max - region.ra_min) if region.ra_min <= region.ra_max else 360 - region.ra_min + region.ra_max
    )
    dec_height = region.dec_max - region.dec_min
    cell = radians(max(min(ra_width, dec_height), max(ra_width, dec_height) / 16, 1 / ARCSEC_PER_DEGREE)) / 8
    depth = _order_of_cell(cell)
    margin = degrees(2 * sqrt(pi / 3) / 2**depth)
    dec_min, dec_max = max(-90.0, region.dec_min - margin), min(90.0, region.dec_max + margin)
    ra_margin = margin / max(cos(radians(max(abs(dec_min), abs(dec_max)))), 1e-9)
    if dec_min == -90.0 or dec_max == 90.0 or ra_width + 2 * ra_margin >= 360:
        ra_min, ra_max = 0.0, 360.0
    else:
        ra_min, ra_max = (region.ra_min - ra_margin) % 360, (region.ra_max + ra_margin) % 360
    return _zone_ranges(depth, ra_min, ra_max, dec_min, dec_max)


def _zone_ranges(depth: int, ra_min: float, ra_max: float, dec_min: float, dec_max: float) -> PixelRanges:
    pixels, depths, _ = native_healpix.zone_search(
        np.uint8(depth),
        np.float64(radians(ra_min)),
        np.float64(radians(dec_min)),
        np.float64(radians(ra_max)),
        np.float64(radians(dec_max)),
        False,
    )
    return _merged_ranges(pixels, depths)


WHOLE_SKY = PixelRanges([0], [12 * 4**HEALPIX_ORDER - 1])


def _order_of_cell(size_radians: float) -> int:
    """The finest order whose cells (by the square root of their area) are not smaller than a size."""
    return max(0, min(HEALPIX_ORDER, floor(log2(sqrt(pi / 3) / size_radians))))


def _merged_ranges(pixels: NDArray[np.uint64], depths: NDArray[np.uint8]) -> PixelRanges:
    shift = (2 * (HEALPIX_ORDER - depths.astype(np.int64))).astype(np.int64)
    first = pixels.astype(np.int64) << shift
    last = ((pixels.astype(np.int64) + 1) << shift) - 1
    if first.size == 0:
        return PixelRanges([], [])
    order = np.argsort(first)
    first, last = first[order], last[order]
    gap = np.flatnonzero(first[1:] != last[:-1] + 1) + 1
    starts = np.concatenate([[0], gap])
    ends = np.concatenate([gap - 1, [first.size - 1]])
    return PixelRanges(first[starts].tolist(), last[ends].tolist())
