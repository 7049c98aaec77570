"""Regions of the sky in SQL: ranges of the HEALPix index, then the exact test where pixels cannot decide."""

import re
from collections.abc import Mapping, Sequence
from math import asin, degrees, radians, sin, sqrt
from typing import Any

import numpy as np
from sqlalchemy import BindParameter, ColumnElement, Double, bindparam, case, false, text, true, type_coerce
from sqlalchemy.sql.elements import Grouping
from sqlalchemy.types import NULLTYPE

from domain.moc import Moc
from domain.object_filter import ObjectFilter
from domain.polygon import Polygon
from domain.region import Region, coverage_of
from domain.sky import ARCSEC_PER_DEGREE, Cone, Coverage, PixelRanges, merged_ranges, share_of_sky
from domain.skymap import SkymapLevel

RANGES = (
    "unnest(%(range_first)s::bigint[], %(range_last)s::bigint[], %(range_whole)s::boolean[]) "
    "AS range(first, last, whole)"
)
WIDE = 1 / 8
"""Of a larger share of the sky, most rows are read anyhow, and the index of pixels is no help."""

DEGREE, HALF_A_DEGREE = (f"{radians(angle)!r}::float8" for angle in (1.0, 0.5))
"""Radians, as SQL has them."""

_PARAMETER = re.compile(r"%\((\w+)\)s")
_EDGE_COLUMNS = tuple(f"{circle}_{axis}" for circle in ("west", "east", "along") for axis in "xyz")


def region_parameters(region: Region) -> dict[str, Any]:
    """Values for RANGES and for the condition of region_condition."""
    return parameters_of(region, coverage_of(region))


def parameters_of(region: Region, coverage: Coverage) -> dict[str, Any]:
    """The same, where it is known already which pixels hold the region."""
    whole, edge = coverage
    return {
        "range_first": array_text([*whole.first, *edge.first]),
        "range_last": array_text([*whole.last, *edge.last]),
        "range_whole": array_text(["t"] * len(whole.first) + ["f"] * len(edge.first)),
        **_exact_parameters(region),
    }


def region_condition(region: Region, row: str) -> str:
    """Whether `row`, which was found in one of RANGES, lies in the region, exactly."""
    if isinstance(region, Moc | SkymapLevel):
        return "true"
    exact = _exact_condition(region, row)
    return f"(range.whole OR {exact})" if isinstance(region, Polygon | Cone) else exact


def lies_in(region: Region, row: str) -> ColumnElement[Any]:
    """Whether `row` lies in the region, exactly: a condition on the row alone, for any place of a filter."""
    whole, edge = coverage_of(region)
    cases: list[tuple[ColumnElement[Any], ColumnElement[Any]]] = []
    if whole.first:
        cases.append((_in_ranges(row, whole), true()))
    if edge.first:
        exact = written_condition(_exact_condition(region, row), _exact_parameters(region))
        cases.append((_in_ranges(row, edge), exact))
    return case(*cases, else_=false()) if cases else false()


def written_condition(condition: str, values: Mapping[str, Any]) -> ColumnElement[Any]:
    """A condition that is written by hand, with named parameters, as part of a statement that is not."""
    named = _PARAMETER.sub(r":\1", condition.replace("::", r"\:\:"))
    return Grouping(text(named).bindparams(*(parameter(name, value) for name, value in values.items())))


def parameter(name: str | None, value: Any) -> BindParameter[Any]:
    """A value whose type the server tells from its place. SQLAlchemy would cast a text, and the server would read
    the array in it anew for every row."""
    return bindparam(name, value, type_=NULLTYPE, unique=True)


def value_in_ranges(row: str, ranges: PixelRanges, values: Sequence[float]) -> ColumnElement[Any]:
    """The value that belongs to the range which `row` lies in, of sorted ranges; null for a row in none.

    Ranges may touch: a bound that ends one and begins the next counts twice.
    """
    found = written_condition(
        f"(%(values)s::float8[])[nullif(mod(width_bucket({row}.hpx, %(bounds)s::bigint[]), 2), 0) "
        f"* (width_bucket({row}.hpx, %(bounds)s::bigint[]) + 1) / 2]",
        {"values": array_text(values), "bounds": _bounds(ranges)},
    )
    return type_coerce(found, Double)


def is_narrow(region: Region) -> bool:
    """Whether the index of pixels is the way to what lies in a region."""
    return share_of_sky(coverage_of(region).all) <= WIDE


def ranges_to_search(where: ObjectFilter) -> PixelRanges | None:
    """Ranges of pixels outside of which nothing passes a filter; None where they would be most of the sky."""
    ranges = _holding(where)
    return None if ranges is None or share_of_sky(ranges) > WIDE else ranges


def _holding(where: ObjectFilter) -> PixelRanges | None:
    """The smallest known ranges that hold what passes a filter; None without a region to go by."""
    known = [] if where.region is None else [coverage_of(where.region).all]
    known += [ranges for part in where.all_of if (ranges := _holding(part)) is not None]
    if where.any_of is not None:
        alternatives = [_holding(part) for part in where.any_of]
        if all(ranges is not None for ranges in alternatives):
            known.append(_union([ranges for ranges in alternatives if ranges is not None]))
    return min(known, key=share_of_sky, default=None)


def _union(parts: Sequence[PixelRanges]) -> PixelRanges:
    first = [number for part in parts for number in part.first]
    last = [number for part in parts for number in part.last]
    return merged_ranges(np.array(first, dtype=np.int64), np.array(last, dtype=np.int64))


def array_text(values: Sequence[Any]) -> str:
    """An array as the server reads it. The driver, which looks at each value in turn, takes 15 times as long."""
    return "{" + ",".join(map(str, values)) + "}"


def _bounds(ranges: PixelRanges) -> str:
    """Where ranges begin and end, in turn: a pixel is inside when an odd number of bounds is not greater."""
    bounds = [0] * (2 * len(ranges.first))
    bounds[::2] = ranges.first
    bounds[1::2] = [last + 1 for last in ranges.last]
    return array_text(bounds)


def _in_ranges(row: str, ranges: PixelRanges) -> ColumnElement[Any]:
    inside = f"mod(width_bucket({row}.hpx, %(bounds)s::bigint[]), 2) = 1"
    return written_condition(inside, {"bounds": _bounds(ranges)})


def _exact_parameters(region: Region) -> dict[str, Any]:
    if isinstance(region, Moc | SkymapLevel):
        return {}
    if isinstance(region, Cone):
        return {
            "ra": region.center.ra,
            "dec": region.center.dec,
            "haversine": haversine_of_arcsec(region.radius_arcsec),
        }
    if isinstance(region, Polygon):
        columns = np.concatenate(region.edges(), axis=1).T.tolist()
        return {
            **{name: array_text(values) for name, values in zip(_EDGE_COLUMNS, columns, strict=True)},
            "odd_is_inside": 0 if region.holds_pole else 1,
        }
    return region._asdict()


def _exact_condition(region: Region, row: str) -> str:
    """Whether `row`.ra and `row`.dec lie in the region."""
    if isinstance(region, Moc | SkymapLevel):
        return "true"
    if isinstance(region, Cone):
        return f"{haversine_expression(row)} <= %(haversine)s"
    if isinstance(region, Polygon):
        return _polygon_condition(row)
    in_ra = f"{row}.ra BETWEEN %(ra_min)s AND %(ra_max)s"
    if region.ra_min > region.ra_max:
        in_ra = f"({row}.ra >= %(ra_min)s OR {row}.ra <= %(ra_max)s)"
    elif region.ra_max == 360.0:
        in_ra = f"({in_ra} OR {row}.ra = 0)"
    return f"{in_ra} AND {row}.dec BETWEEN %(dec_min)s AND %(dec_max)s"


def _polygon_condition(row: str) -> str:
    """The edges between the row and the pole are counted, as Polygon.holds does."""

    def height(circle: str) -> str:
        return " + ".join(f"edge.{circle}_{axis} * place.{axis}" for axis in "xyz")

    edges = ", ".join(f"%({name})s::float8[]" for name in _EDGE_COLUMNS)
    return (
        f"mod((SELECT count(*) FROM (SELECT cosd({row}.dec) * cosd({row}.ra) AS x, "  # noqa: S608
        f"cosd({row}.dec) * sind({row}.ra) AS y, sind({row}.dec) AS z OFFSET 0) place "
        f"CROSS JOIN unnest({edges}) AS edge({', '.join(_EDGE_COLUMNS)}) "
        f"WHERE {height('west')} >= 0 AND {height('east')} < 0 AND {height('along')} < 0"
        "), 2) = %(odd_is_inside)s"
    )


def haversine_expression(row: str, ra: str = "%(ra)s", dec: str = "%(dec)s") -> str:
    """sin^2 of half the angle between `row` and a centre; accurate for the smallest angles.

    In radians: the functions of degrees take the server twice as long.
    """
    return (
        f"(sin(({row}.dec - {dec}) * {HALF_A_DEGREE}) ^ 2 + cos({dec} * {DEGREE}) * cos({row}.dec * {DEGREE}) "
        f"* sin(({row}.ra - {ra}) * {HALF_A_DEGREE}) ^ 2)"
    )


def haversine_of_arcsec(angle_arcsec: float) -> float:
    """sin^2 of half an angle. For 180 degrees more than 1, which haversine_expression can exceed by rounding."""
    if angle_arcsec >= 180 * ARCSEC_PER_DEGREE:
        return 2.0
    return sin(radians(angle_arcsec / ARCSEC_PER_DEGREE) / 2) ** 2


def arcsec_of_haversine(haversine: float) -> float:
    """The angle whose half has this sin^2, arcsec."""
    return degrees(2 * asin(min(1.0, sqrt(haversine)))) * ARCSEC_PER_DEGREE
