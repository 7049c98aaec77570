"""Regions of the sky in SQL: ranges of the HEALPix index, then the exact test."""

from collections.abc import Sequence
from math import asin, degrees, radians, sin, sqrt
from typing import Any

from domain.sky import ARCSEC_PER_DEGREE, Cone, Region, ranges_of

RANGES = "unnest(%(range_first)s::bigint[], %(range_last)s::bigint[]) AS range(first, last)"


def region_parameters(region: Region) -> dict[str, Any]:
    """Values for RANGES and for the condition of region_condition."""
    ranges = ranges_of(region)
    values: dict[str, Any] = {"range_first": _array(ranges.first), "range_last": _array(ranges.last)}
    if isinstance(region, Cone):
        values |= {
            "ra": region.center.ra,
            "dec": region.center.dec,
            "haversine": haversine_of_arcsec(region.radius_arcsec),
        }
    else:
        values |= region._asdict()
    return values


def _array(numbers: Sequence[int]) -> str:
    """An array as the server reads it. The driver, which looks at each number in turn, takes 15 times as long."""
    return "{" + ",".join(map(str, numbers)) + "}"


def region_condition(region: Region, row: str) -> str:
    """Whether `row`.ra and `row`.dec lie in the region, exactly."""
    if isinstance(region, Cone):
        return f"{haversine_expression(row)} <= %(haversine)s"
    in_ra = f"{row}.ra BETWEEN %(ra_min)s AND %(ra_max)s"
    if region.ra_min > region.ra_max:
        in_ra = f"({row}.ra >= %(ra_min)s OR {row}.ra <= %(ra_max)s)"
    elif region.ra_max == 360.0:
        in_ra = f"({in_ra} OR {row}.ra = 0)"
    return f"{in_ra} AND {row}.dec BETWEEN %(dec_min)s AND %(dec_max)s"


def haversine_expression(row: str, ra: str = "%(ra)s", dec: str = "%(dec)s") -> str:
    """sin^2 of half the angle between `row` and a centre; accurate for the smallest angles."""
    return f"(sind(({row}.dec - {dec}) / 2) ^ 2 + cosd({dec}) * cosd({row}.dec) * sind(({row}.ra - {ra}) / 2) ^ 2)"


def haversine_of_arcsec(angle_arcsec: float) -> float:
    """sin^2 of half an angle. For 180 degrees more than 1, which haversine_expression can exceed by rounding."""
    if angle_arcsec >= 180 * ARCSEC_PER_DEGREE:
        return 2.0
    return sin(radians(angle_arcsec / ARCSEC_PER_DEGREE) / 2) ** 2


def arcsec_of_haversine(haversine: float) -> float:
    """The angle whose half has this sin^2, arcsec."""
    return degrees(2 * asin(min(1.0, sqrt(haversine)))) * ARCSEC_PER_DEGREE
