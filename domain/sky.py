"""Positions, separations and regions on the sky (degrees, ICRS), and their HEALPix pixels.

Every position is indexed by its HEALPix pixel (nested, order 29: 0.4 milliarcseconds), so that a region
becomes a few ranges of integers (Górski et al. 2005, ApJ 622 759). Ranges cover a region with a margin;
an exact test follows them.
"""

import re
from math import asin, atan2, cos, degrees, floor, hypot, isfinite, log2, pi, radians, sin, sqrt
from typing import NamedTuple

import astropy.units as u
import cdshealpix.cdshealpix as native_healpix
import numpy as np
from astropy.coordinates import SkyCoord
from astropy_healpix.core import healpix_to_xyz, lonlat_to_healpix, neighbours
from numpy.typing import ArrayLike, NDArray

from domain.errors import InvalidPosition

HEALPIX_ORDER = 29
SMALLEST_RADIANS = 1e-12
"""What is smaller lies in one pixel as well, and may be so small that nothing can be divided by it."""
ARCSEC_PER_DEGREE = 3600.0

CELL_TO_RADIUS = 0.25
"""Cells of a cone are about this fraction of its radius: small enough that the exact test drops few rows,
large enough that there are about ten ranges."""
WIDE_CELL_TO_RADIUS, WIDEST_CELL_TO_RADIUS = 0.125, 1 / 64
"""Cones with many rows have finer cells: a range costs less than the rows that are read in vain."""
WIDE_CONE_DEGREES = 0.2
RANGE_MARGIN = 1.05
"""cdshealpix misses a few points at the rim of a cone; with its radius enlarged by 5 %, none."""
WHOLE_CELLS_DEGREES = 3.0
"""Of wider cones, cells are told apart that need no exact test: it takes longer to test some thousand rows."""
CELL_MARGIN = 0.4
"""They lie within a twentieth of a cell: with fine cells, the radius grows by this part of the smallest cell."""
NARROWEST_CELL = 0.75
"""No cell of order 0 is narrower than this between opposite edges, radians; those of order n than its 2^-n."""
WIDEST_OF_MANY_ARCSEC = 36_000.0
ROUNDING = 1e-9
FEW_CELLS = 40


class Position(NamedTuple):
    """A place on the sky, degrees ICRS; ra in [0, 360), dec in [-90, 90]."""

    ra: float
    dec: float


class PixelRanges(NamedTuple):
    """Runs of order-29 nested pixels: first[i] <= pixel <= last[i]."""

    first: list[int]
    last: list[int]


class Coverage(NamedTuple):
    """Order-29 pixels that hold a region, as sorted ranges that do not overlap: every pixel of `whole` lies in the
    region entirely, those of `edge` may, and need the exact test."""

    whole: PixelRanges
    edge: PixelRanges

    @property
    def all(self) -> PixelRanges:
        """Both together, sorted; ranges that touch are left apart."""
        runs = sorted([*zip(*self.whole, strict=True), *zip(*self.edge, strict=True)])
        return PixelRanges([first for first, _ in runs], [last for _, last in runs])


class RangesOfMany(NamedTuple):
    """Order-29 pixel ranges of many regions: range i, both ends included, belongs to region `number[i]`, from 0."""

    number: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


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


_SEXAGESIMAL = re.compile(
    r"(\d{1,2})[:\s]+(\d{1,2})[:\s]+(\d{1,2}(?:\.\d*)?)[\s,]+([+-]?)(\d{1,2})[:\s]+(\d{1,2})[:\s]+(\d{1,2}(?:\.\d*)?)"
)


_NUMBER = r"(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_JOINED_DECIMALS = re.compile(rf"([+-]?{_NUMBER})([+-]{_NUMBER})", re.ASCII)
_MINUS_SIGNS = str.maketrans("\u2212\u2013", "--")
"""As papers print them."""


def parse_position(text: str) -> Position:
    """A position written as people write it: `150.1 -2.2`, `10:00:24 -02:12:00`, `10h00m24s -2d12m`.

    Two plain numbers are decimal degrees, `150.1-2.2` too; anything sexagesimal is hours and degrees, and a plain
    number beside it is refused, since it may be either.
    Raises InvalidPosition with what was expected.
    """
    plain = text.translate(_MINUS_SIGNS).replace(",", " ")
    joined = _JOINED_DECIMALS.fullmatch(plain.strip())
    words = list(joined.groups()) if joined else plain.split()
    if len(words) == 2 and all(map(is_number, words)):
        return position(float(words[0]), float(words[1]))
    if (found := _plain_sexagesimal(plain)) is not None:
        return found
    if is_number(_right_ascension_of(plain)):
        raise InvalidPosition(
            f"cannot tell whether the right ascension of {text!r} is in degrees or hours; write both as degrees "
            "('150.1 -2.2') or both sexagesimal ('10:00:24 -02:12:00')"
        )
    try:
        coordinate = SkyCoord(plain, unit=(u.hourangle, u.deg))
        return position(float(coordinate.ra.deg), float(coordinate.dec.deg))
    except (ValueError, TypeError, IndexError, AttributeError) as error:
        raise InvalidPosition(
            f"cannot read {text!r} as a position; write degrees ('150.1 -2.2') or "
            "hours and degrees ('10:00:24 -02:12:00')"
        ) from error


def is_number(text: str) -> bool:
    """Whether it is a number as it is written in tables; `1_0`, which Python takes for 10, is none."""
    try:
        float(text)
    except ValueError:
        return False
    return "_" not in text


def _right_ascension_of(text: str) -> str:
    """What stands before the sign of the declination, or before the last word where it has none."""
    sign = max(text.rfind("+"), text.rfind("-"), 0)
    return text[:sign].strip() or text.strip().rpartition(" ")[0].strip()


def _plain_sexagesimal(text: str) -> Position | None:
    """`10:00:24.1 -02:12:00.5` and the like, 200 times as fast as astropy; None for all other forms."""
    written = _SEXAGESIMAL.fullmatch(text.strip())
    if written is None:
        return None
    hours, ra_minutes, ra_seconds = map(float, written.group(1, 2, 3))
    whole, dec_minutes, dec_seconds = map(float, written.group(5, 6, 7))
    if hours >= 24 or max(ra_minutes, ra_seconds, dec_minutes, dec_seconds) >= 60:
        return None
    dec = whole + dec_minutes / 60 + dec_seconds / 3600
    return position(15 * (hours + ra_minutes / 60 + ra_seconds / 3600), -dec if written.group(4) == "-" else dec)


def cone(center: Position, radius_arcsec: float) -> Cone:
    """A checked cone. Raises InvalidPosition for a radius that is not in (0, 180 degrees]."""
    if not (isfinite(radius_arcsec) and 0 < radius_arcsec <= 180 * ARCSEC_PER_DEGREE):
        raise InvalidPosition(f"radius must be greater than 0 and at most 648000 arcsec, got {radius_arcsec}")
    return Cone(center, float(radius_arcsec))


def box(ra_min: float, ra_max: float, dec_min: float, dec_max: float) -> Box:
    """A checked box. Raises InvalidPosition for angles off the sky or declinations in the wrong order."""
    for name, edge in {"raMin": ra_min, "raMax": ra_max, "decMin": dec_min, "decMax": dec_max}.items():
        if not isfinite(edge):
            raise InvalidPosition(f"{name} must be a finite number of degrees, got {edge}")
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


def max_pixel_radius(order: int) -> float:
    """No point of a pixel is farther from its centre than this, radians.

    It is the distance from the centre to the outer corner of a pixel where the polar caps begin, the most
    drawn out of an order.
    """
    nside = 2**order
    z, longitude = 2 / 3, pi / (4 * nside)
    corner_z = 1 - (1 - 1 / nside) ** 2 / 3
    horizontal = sqrt((1 - z * z) * (1 - corner_z * corner_z))
    # The angle between them loses half of its digits at high orders: take it from the chord instead.
    chord_squared = (z - corner_z) ** 2 + (sqrt(1 - z * z) - sqrt(1 - corner_z * corner_z)) ** 2
    chord_squared += 4 * horizontal * sin(longitude / 2) ** 2
    return 2 * asin(sqrt(chord_squared) / 2)


def pixel_directions(pixels: NDArray[np.int64], order: int) -> NDArray[np.float64]:
    """Unit vectors, shape (n, 3), of the centres of nested pixels."""
    return np.stack(healpix_to_xyz(pixels, 2**order, order="nested"), axis=-1)


def ranges_of_cones(ra: ArrayLike, dec: ArrayLike, radius_arcsec: float) -> RangesOfMany:
    """Order-29 pixel ranges that hold every point of many cones of one radius, sorted by cone: some four for each,
    at 10 microseconds a cone.

    Positions are degrees; the radius is at most WIDEST_OF_MANY_ARCSEC. Raises InvalidPosition beyond it.
    """
    if not 0 < radius_arcsec <= WIDEST_OF_MANY_ARCSEC:
        raise InvalidPosition(
            f"radius must be greater than 0 and at most {WIDEST_OF_MANY_ARCSEC:g} arcsec, got {radius_arcsec}"
        )
    radius = radians(radius_arcsec / ARCSEC_PER_DEGREE) * RANGE_MARGIN
    # Cells wider than the radius: a cone reaches no farther than the neighbours of its centre's cell.
    order = min(HEALPIX_ORDER, floor(log2(NARROWEST_CELL / max(radius, SMALLEST_RADIANS))))
    centers = direction(np.atleast_1d(ra), np.atleast_1d(dec))
    own = healpix(np.atleast_1d(ra), np.atleast_1d(dec), order)
    with np.errstate(invalid="ignore"):  # it warns where there is none
        around = neighbours(own, 2**order, order="nested")
    cells = np.vstack([own, around]).T
    number, place = np.nonzero(cells >= 0)  # corners of base pixels lack a neighbour
    cell = cells[number, place]
    chord = np.linalg.norm(pixel_directions(cell, order) - centers[number], axis=-1)
    reached = chord <= 2 * sin((radius + max_pixel_radius(order)) / 2)
    return _runs_of_many(number[reached], cell[reached], order)


def _runs_of_many(number: NDArray[np.int64], cell: NDArray[np.int64], order: int) -> RangesOfMany:
    if number.size == 0:
        return RangesOfMany(number, cell, cell)
    by_cell = np.lexsort((cell, number))
    number, cell = number[by_cell], cell[by_cell]
    begins = np.concatenate([[True], (number[1:] != number[:-1]) | (cell[1:] > cell[:-1] + 1)])
    ends = np.concatenate([begins[1:], [True]])
    shift = 2 * (HEALPIX_ORDER - order)
    return RangesOfMany(number[begins], cell[begins] << shift, ((cell[ends] + 1) << shift) - 1)


def ranges_of(region: Cone | Box) -> PixelRanges:
    """Order-29 pixel ranges that hold every point of a region (and some more around its edge)."""
    return cone_ranges(region) if isinstance(region, Cone) else box_ranges(region)


def cone_ranges(region: Cone) -> PixelRanges:
    """Order-29 pixel ranges that hold every point of a cone."""
    cells = _cells_of_cone(region)
    if cells is None:
        return WHOLE_SKY
    return merged_pixels(*cells) if cells[0].size > FEW_CELLS else _runs_of_few(*cells)


def _runs_of_few(pixels: NDArray[np.int64], orders: NDArray[np.int64]) -> PixelRanges:
    """The same as merged_pixels of pixels that are sorted and do not overlap: a third of its time for ten."""
    first: list[int] = []
    last: list[int] = []
    end = -1
    for pixel, order in zip(pixels.tolist(), orders.tolist(), strict=True):
        shift = 2 * (HEALPIX_ORDER - order)
        begin = pixel << shift
        if begin == end and last:
            last.pop()
        else:
            first.append(begin)
        end = (pixel + 1) << shift
        last.append(end - 1)
    return PixelRanges(first, last)


def cone_cover(region: Cone) -> Coverage:
    """The pixels that hold a cone; of one with many rows, those known that lie in it entirely."""
    cells = _cells_of_cone(region)
    if cells is None:
        return Coverage(NOWHERE, WHOLE_SKY)
    if region.radius_arcsec < WHOLE_CELLS_DEGREES * ARCSEC_PER_DEGREE:
        return Coverage(NOWHERE, merged_pixels(*cells))
    order = _order_of_cone(region)
    pixels = _of_one_order(*cells, order)
    chord = np.linalg.norm(pixel_directions(pixels, order) - direction(*region.center), axis=-1)
    radius, reach = radians(region.radius_arcsec / ARCSEC_PER_DEGREE), max_pixel_radius(order)
    is_whole = chord <= 2 * sin(max(0.0, radius - reach) * (1 - ROUNDING) / 2)
    is_edge = ~is_whole & (chord <= 2 * sin(min(pi, radius + reach) * (1 + ROUNDING) / 2))
    return Coverage(merged_pixels(pixels[is_whole], order), merged_pixels(pixels[is_edge], order))


def _of_one_order(pixels: NDArray[np.int64], orders: NDArray[np.int64], order: int) -> NDArray[np.int64]:
    """The same part of the sky in pixels of an order that is none of the coarser."""
    parts = 4 ** (order - orders)
    first = np.repeat(pixels * parts, parts)
    return first + np.arange(first.size) - np.repeat(np.cumsum(parts) - parts, parts)


def _cell_to_radius(region: Cone) -> float:
    wider = region.radius_arcsec / (WIDE_CONE_DEGREES * ARCSEC_PER_DEGREE)
    return CELL_TO_RADIUS if wider <= 1 else max(WIDEST_CELL_TO_RADIUS, WIDE_CELL_TO_RADIUS / sqrt(wider))


def _padded_radius(region: Cone) -> float:
    """In radians."""
    is_wide = region.radius_arcsec > WIDE_CONE_DEGREES * ARCSEC_PER_DEGREE
    margin = 1 + CELL_MARGIN * _cell_to_radius(region) if is_wide else RANGE_MARGIN
    return radians(region.radius_arcsec / ARCSEC_PER_DEGREE) * margin


def _order_of_cone(region: Cone) -> int:
    return _order_of_cell(_padded_radius(region) * _cell_to_radius(region))


def _cells_of_cone(region: Cone) -> tuple[NDArray[np.int64], NDArray[np.int64]] | None:
    """Nested pixels and their orders that hold a cone; None for the whole sky."""
    radius = _padded_radius(region)
    if radius > pi / 2:  # cdshealpix loses whole base pixels of cones wider than some 135 degrees
        return None
    pixels, depths, _ = native_healpix.cone_search(
        np.uint8(_order_of_cone(region)),
        np.uint8(0),
        np.float64(radians(region.center.ra)),
        np.float64(radians(region.center.dec)),
        np.float64(radius),
        False,
    )
    return pixels.astype(np.int64), depths.astype(np.int64)


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


NOWHERE = PixelRanges([], [])
PIXELS = 12 * 4**HEALPIX_ORDER
WHOLE_SKY = PixelRanges([0], [PIXELS - 1])


def _order_of_cell(size_radians: float) -> int:
    """The finest order whose cells (by the square root of their area) are not smaller than a size."""
    return max(0, min(HEALPIX_ORDER, floor(log2(sqrt(pi / 3) / max(size_radians, SMALLEST_RADIANS)))))


def _merged_ranges(pixels: NDArray[np.uint64], depths: NDArray[np.uint8]) -> PixelRanges:
    return merged_pixels(pixels.astype(np.int64), depths.astype(np.int64))


def merged_pixels(pixels: NDArray[np.int64], orders: NDArray[np.int64] | int) -> PixelRanges:
    """The fewest order-29 ranges of nested pixels of one order or of several; pixels may overlap."""
    shift = 2 * (HEALPIX_ORDER - np.asarray(orders, dtype=np.int64))
    return merged_ranges(pixels << shift, ((pixels + 1) << shift) - 1)


def merged_ranges(first: NDArray[np.int64], last: NDArray[np.int64]) -> PixelRanges:
    """The fewest ranges that hold the same pixels, sorted; ranges may overlap."""
    if first.size == 0:
        return PixelRanges([], [])
    by_first = np.argsort(first)
    first, last = first[by_first], np.maximum.accumulate(last[by_first])
    gap = np.flatnonzero(first[1:] > last[:-1] + 1) + 1
    starts = np.concatenate([[0], gap])
    ends = np.concatenate([gap - 1, [first.size - 1]])
    return PixelRanges(first[starts].tolist(), last[ends].tolist())


def share_of_sky(ranges: PixelRanges) -> float:
    """The share of the whole sky, 0 to 1, that disjoint ranges hold."""
    held = sum(last + 1 - first for first, last in zip(ranges.first, ranges.last, strict=True))
    return float(held / PIXELS)
