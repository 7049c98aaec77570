"""Finding objects: by key, by name, by filter, by place."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    and_,
    bindparam,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    text,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect

from domain.errors import ArrayanError
from domain.object_filter import NEWEST_FIRST, Direction, ObjectFilter, ObjectOrder, OrderField
from domain.sky import Cone, Region, cone, position, ranges_of
from domain.sky_object import SkyObject
from domain.survey import SurveyName
from storage.class_filter import asked_probability, feature_condition, is_classified, of_class, with_class
from storage.cursor import decode_cursor, encode_cursor
from storage.ranges import in_range
from storage.reader import Reader
from storage.regions import (
    RANGES,
    arcsec_of_haversine,
    haversine_expression,
    haversine_of_arcsec,
    region_condition,
    region_parameters,
)
from storage.tables import latest_classification, sky_object

COLUMNS = ", ".join(f"o.{column}" for column in SkyObject._fields)

_PARAMETER = re.compile(r"%\((\w+)\)s")
_DIALECT = psycopg_dialect.dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]

_ORDER_EXPRESSIONS: Mapping[OrderField, ColumnElement[Any]] = {
    OrderField.FIRST_MJD: sky_object.c.first_mjd,
    OrderField.LAST_MJD: sky_object.c.last_mjd,
    OrderField.DETECTION_COUNT: sky_object.c.detection_count,
    OrderField.RA: sky_object.c.ra,
    OrderField.DEC: sky_object.c.dec,
    OrderField.NAME: sky_object.c.name,
    OrderField.DURATION: sky_object.c.last_mjd - sky_object.c.first_mjd,
}
_ORDER_KINDS: Mapping[OrderField, type] = {
    field: {OrderField.DETECTION_COUNT: int, OrderField.NAME: str}.get(field, float) for field in OrderField
}


class Placed(NamedTuple):
    """Something found at a distance from a centre."""

    object: SkyObject
    haversine: float
    """sin^2 of half the separation, by which the server sorted."""

    @property
    def separation_arcsec(self) -> float:
        return arcsec_of_haversine(self.haversine)

    @property
    def cursor(self) -> str:
        return encode_cursor([self.haversine, self.object.object_id])


class Listed(NamedTuple):
    """An object in a sorted list."""

    object: SkyObject
    cursor: str


async def objects_by_id(reader: Reader, object_ids: Sequence[int]) -> dict[int, SkyObject]:
    """Objects by key; the unknown ones are missing."""
    rows = await reader.rows(f"SELECT {COLUMNS} FROM object o WHERE object_id = ANY(%s)", (object_ids,))  # noqa: S608
    return {row[0]: _sky_object(row) for row in rows}


async def objects_by_name(
    reader: Reader, names: Sequence[tuple[SurveyName, str]]
) -> dict[tuple[SurveyName, str], SkyObject]:
    """Objects by survey and name; the unknown ones are missing."""
    rows = await reader.rows(
        f"SELECT {COLUMNS} FROM unnest(%s::text[], %s::text[]) AS given(survey, name) "  # noqa: S608
        "JOIN object o USING (survey, name)",
        ([survey.value for survey, _ in names], [name for _, name in names]),
    )
    found = map(_sky_object, rows)
    return {(item.survey, item.name): item for item in found}


async def list_objects(
    reader: Reader,
    where: ObjectFilter,
    order: Sequence[ObjectOrder],
    *,
    limit: int,
    after: str | None = None,
) -> list[Listed]:
    """One page of the objects that pass a filter, sorted, from behind a cursor. Raises InvalidCursor, and
    NothingToSortBy for PROBABILITY without a class."""
    sorting = _with_tie_breaker(order or NEWEST_FIRST, where)
    keys = [expression for expression, _, _ in sorting]
    page = select(*sky_object.c[SkyObject._fields], *keys)
    if where.class_ is not None and _is_by_probability(order):
        joined = sky_object.c.object_id == latest_classification.c.object_id
        page = page.where(joined, of_class(where.class_))
        where = replace(where, class_=None)
    page = page.where(_condition(where))
    if after is not None:
        page = page.where(_behind(sorting, decode_cursor(after, [kind for _, _, kind in sorting])))
    page = page.order_by(
        *(key.asc() if direction is Direction.ASC else key.desc() for key, direction, _ in sorting)
    ).limit(limit)
    width = len(SkyObject._fields)
    return [Listed(_sky_object(row[:width]), encode_cursor(row[width:])) for row in await _run(reader, page)]


async def count_objects(reader: Reader, where: ObjectFilter, *, cap: int) -> int:
    """How many objects pass a filter, counted up to a cap."""
    some = select(literal(1)).select_from(sky_object).where(_condition(where)).limit(cap).subquery()
    rows = await _run(reader, select(func.count()).select_from(some))
    return int(rows[0][0])


async def cone_search(
    reader: Reader, region: Cone, where: ObjectFilter, *, limit: int, after: str | None = None
) -> list[Placed]:
    """Objects in a cone, nearest first, from behind a cursor. Raises InvalidCursor."""
    values = {**region_parameters(region), "limit": limit, "after_haversine": -1.0, "after_id": 0}
    if after is not None:
        values["after_haversine"], values["after_id"] = decode_cursor(after, [float, int])
    condition, prepare = "true", True
    if where != ObjectFilter():
        condition, filter_values = _filter_text(where)
        values |= filter_values
        prepare = False
    rows = await reader.rows(
        f"SELECT {COLUMNS}, haversine FROM ("  # noqa: S608
        f"SELECT o.*, {haversine_expression('o')} AS haversine "
        f"FROM {RANGES} JOIN object o ON o.hpx BETWEEN range.first AND range.last OFFSET 0) o "
        "WHERE haversine <= %(haversine)s "
        "AND (haversine, o.object_id) > (%(after_haversine)s, %(after_id)s) "
        f"AND {condition} ORDER BY haversine, o.object_id LIMIT %(limit)s",
        values,
        prepare=prepare,
    )
    return [Placed(_sky_object(row[:-1]), row[-1]) for row in rows]


async def neighbors_of(
    reader: Reader, centers: Sequence[SkyObject], *, radius_arcsec: float, survey: SurveyName | None
) -> dict[int, list[Placed]]:
    """Other objects around each of some objects, nearest first, in one statement."""
    given: list[tuple[int, int, int]] = []
    for center in centers:
        ranges = ranges_of(cone(position(center.ra, center.dec), radius_arcsec))
        given += [(center.object_id, first, last) for first, last in zip(ranges.first, ranges.last, strict=True)]
    columns = list(zip(*given, strict=True)) if given else [(), (), ()]
    haversine = haversine_expression("o", "center.ra", "center.dec")
    rows = await reader.rows(
        f"SELECT center.object_id, {COLUMNS}, {haversine} AS haversine "  # noqa: S608
        "FROM unnest(%(center)s::bigint[], %(first)s::bigint[], %(last)s::bigint[]) AS range(id, first, last) "
        "JOIN object center ON center.object_id = range.id "
        "JOIN object o ON o.hpx BETWEEN range.first AND range.last AND o.object_id <> center.object_id "
        f"WHERE {haversine} <= %(haversine)s AND (%(survey)s::text IS NULL OR o.survey = %(survey)s) "
        "ORDER BY center.object_id, haversine, o.object_id",
        {
            "center": list(columns[0]),
            "first": list(columns[1]),
            "last": list(columns[2]),
            "haversine": haversine_of_arcsec(radius_arcsec),
            "survey": survey,
        },
    )
    found: dict[int, list[Placed]] = {}
    for center_id, *columns_of_object, value in rows:
        found.setdefault(center_id, []).append(Placed(_sky_object(columns_of_object), value))
    return found


def _sky_object(row: Sequence[Any]) -> SkyObject:
    return SkyObject(row[0], SurveyName(row[1]), *row[2:])


async def _run(reader: Reader, statement: Select[Any]) -> list[tuple[Any, ...]]:
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    return await reader.rows(str(compiled), compiled.params, prepare=False)


def _filter_text(where: ObjectFilter) -> tuple[str, dict[str, Any]]:
    """A filter as a condition on `o.object_id`, for statements that are written by hand."""
    chosen = select(sky_object.c.object_id).where(_condition(where))
    compiled = chosen.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    return f"o.object_id IN ({compiled})", dict(compiled.params)


Order = tuple[ColumnElement[Any], Direction, type]


class NothingToSortBy(ArrayanError):
    """Objects are to be sorted by the probability of a class, and none is asked for."""


def _with_tie_breaker(order: Sequence[ObjectOrder], where: ObjectFilter) -> list[Order]:
    """Sort keys, ended by the unique key in the direction of the one before, so that one index serves both."""
    keys: list[Order] = [
        (_order_expression(item.field, where), item.direction, _ORDER_KINDS[item.field]) for item in order
    ]
    last = latest_classification if _is_by_probability(order) else sky_object
    return [*keys, (last.c.object_id, order[-1].direction, int)]


def _is_by_probability(order: Sequence[ObjectOrder]) -> bool:
    return any(item.field is OrderField.PROBABILITY for item in order)


def _order_expression(field: OrderField, where: ObjectFilter) -> ColumnElement[Any]:
    if field is not OrderField.PROBABILITY:
        return _ORDER_EXPRESSIONS[field]
    if where.class_ is None:
        raise NothingToSortBy(
            "to sort by PROBABILITY, say of which classifier in `where: {class: {classifier: ...}}`"
        )
    return asked_probability(where.class_)


def _behind(order: Sequence[Order], values: Sequence[Any]) -> ColumnElement[bool]:
    """Rows that come after the given sort values."""
    keys = [key for key, _, _ in order]
    directions = {direction for _, direction, _ in order}
    if len(directions) == 1:
        here, mark = tuple_(*keys), tuple_(*map(literal, values))
        return here > mark if directions == {Direction.ASC} else here < mark
    alternatives = [
        and_(
            *(key == value for key, value in zip(keys[:index], values[:index], strict=True)),
            keys[index] > values[index] if direction is Direction.ASC else keys[index] < values[index],
        )
        for index, (_, direction, _) in enumerate(order)
    ]
    return or_(*alternatives)


def _condition(where: ObjectFilter) -> ColumnElement[bool]:
    table = sky_object.c
    conditions: list[ColumnElement[bool]] = [
        *_equal(table.survey, where.survey),
        *in_range(table.detection_count, where.detection_count),
        *in_range(table.first_mjd, where.first_mjd),
        *in_range(table.last_mjd, where.last_mjd),
        *in_range(table.last_mjd - table.first_mjd, where.duration_days),
        *in_range(table.mean_color, where.mean_color),
        *_equal(table.stellar, where.stellar),
        *_equal(table.corrected, where.corrected),
        *(_condition(part) for part in where.all_of),
    ]
    if where.names is not None:
        conditions.append(table.name.in_(where.names))
    if where.name_like is not None:
        conditions.append(table.name.like(_like_pattern(where.name_like)))
    if where.region is not None:
        conditions.append(_in_region(where.region))
    if where.class_ is not None:
        conditions.append(with_class(where.class_))
    if where.classified is not None:
        conditions.append(is_classified() if where.classified else not_(is_classified()))
    if where.feature is not None:
        conditions.append(feature_condition(where.feature))
    if where.any_of is not None:
        conditions.append(or_(false(), *(_condition(part) for part in where.any_of)))
    if where.none_of is not None:
        # A filter on a value that is not known does not pass; so its opposite does.
        conditions.append(not_(func.coalesce(_condition(where.none_of), False)))
    return and_(true(), *conditions)


def _equal(column: ColumnElement[Any], value: object) -> list[ColumnElement[bool]]:
    return [] if value is None else [column == value]


def _like_pattern(pattern: str) -> str:
    """`*` stands for any letters and `?` for one, beside SQL's own signs."""
    return pattern.replace("\\", "\\\\").replace("*", "%").replace("?", "_")


def _in_region(region: Region) -> ColumnElement[bool]:
    """The objects of a region, found through the index whatever the rest of the filter says."""
    statement = (
        f"SELECT inside.object_id FROM {RANGES} JOIN object inside "  # noqa: S608
        f"ON inside.hpx BETWEEN range.first AND range.last WHERE {region_condition(region, 'inside')}"
    )
    named = _PARAMETER.sub(r":\1", statement.replace("::", r"\:\:"))
    values: list[BindParameter[Any]] = [
        bindparam(name, value, unique=True) for name, value in region_parameters(region).items()
    ]
    return sky_object.c.object_id.in_(
        text(named).bindparams(*values).columns(sky_object.c.object_id).scalar_subquery()
    )
