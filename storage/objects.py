"""Finding objects: by key, by name, by filter, by place."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple
from zlib import crc32

from sqlalchemy import (
    BigInteger,
    Boolean,
    ColumnElement,
    Double,
    FromClause,
    Select,
    Subquery,
    and_,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect

from domain.errors import ArrayanError
from domain.moc import Moc
from domain.object_filter import NEWEST_FIRST, Direction, ObjectFilter, ObjectOrder, OrderField
from domain.sky import NOWHERE, Cone, Coverage, PixelRanges, cone_ranges, ranges_of_cones
from domain.sky_object import SkyObject
from domain.skymap import SkymapLevel
from domain.survey import SurveyName
from storage.class_filter import asked_probability, of_class
from storage.cursor import decode_cursor, encode_cursor
from storage.filter_names import with_known_names
from storage.object_condition import object_condition
from storage.objects_of_catalog import (
    catalogs_to_look_in,
    objects_with_matches,
    only_lookups,
    telling_of_lookups,
    without_lookups,
)
from storage.objects_of_region import objects_of_region
from storage.reader import Reader
from storage.regions import (
    RANGES,
    arcsec_of_haversine,
    array_text,
    haversine_expression,
    haversine_of_arcsec,
    is_narrow,
    parameters_of,
    ranges_to_search,
    value_in_ranges,
)
from storage.skymaps import load_skymap, with_skymaps_drawn
from storage.tables import latest_classification, sky_object

COLUMNS = ", ".join(f"o.{column}" for column in SkyObject._fields)

TRIED_FIRST = 20_000
"""Objects that are looked up in catalogues, a tenth of a second for each, before all are at once."""
NEAREST_FIRST, NEAREST_LAST = "haversine, o.object_id", "haversine DESC, o.object_id DESC"
_DIALECT = psycopg_dialect.dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]

_BY_NAME = f"SELECT {COLUMNS} FROM object o WHERE survey = %s AND name = %s"  # noqa: S608
_BY_NAMES = (
    f"SELECT {COLUMNS} FROM unnest(%s::text[], %s::text[]) AS given(survey, name) "  # noqa: S608
    "JOIN object o USING (survey, name)"
)

_ABOUT_ALL = "(SELECT greatest(reltuples, 1)::float8 FROM pg_class WHERE oid = 'object'::regclass)"

_ORDER_KINDS: Mapping[OrderField, type] = {
    field: {OrderField.DETECTION_COUNT: int, OrderField.NAME: str}.get(field, float) for field in OrderField
}


class Placed(tuple[Any, ...]):
    """An object found at a distance from a centre: its row, with sin^2 of half the separation at the end, by which
    the server sorted. The object is made of the row when somebody looks at it: of all that a wide cone finds, it
    would take half as long as finding them."""

    __slots__ = ()

    @property
    def object(self) -> SkyObject:
        return _sky_object(self[:-1])

    @property
    def haversine(self) -> float:
        return float(self[-1])

    @property
    def separation_arcsec(self) -> float:
        return arcsec_of_haversine(self.haversine)

    @property
    def cursor(self) -> str:
        return encode_cursor([self.haversine, self[0]])


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
    if len(names) == 1:
        ((survey, name),) = names
        rows = await reader.rows(_BY_NAME, (survey.value, name))
    else:
        rows = await reader.rows(_BY_NAMES, ([survey.value for survey, _ in names], [name for _, name in names]))
    found = map(_sky_object, rows)
    return {(item.survey, item.name): item for item in found}


async def list_objects(
    reader: Reader,
    where: ObjectFilter,
    order: Sequence[ObjectOrder],
    *,
    limit: int,
    after: str | None = None,
    before: str | None = None,
    backwards: bool = False,
) -> list[Listed]:
    """The objects that pass a filter, sorted, between two cursors: the first ones up to a limit, or with
    `backwards` the last ones, from the end on. Raises InvalidCursor, UnknownSkymap, UnknownCatalog, UnknownName,
    and NothingToSortBy for PROBABILITY without a class and SKYMAP_PROBABILITY without a sky map."""
    where = await with_known_names(reader, where)
    mark = _mark(order or NEWEST_FIRST, where)

    def between(rows: Select[Any], sorting: list[Order]) -> Select[Any]:
        """Rows between the cursors, the first ones first."""
        kinds = [kind for _, _, kind in sorting]
        if after is not None:
            rows = rows.where(_behind(sorting, decode_cursor(after, kinds, mark)))
        if before is not None:
            rows = rows.where(_behind(_turned(sorting), decode_cursor(before, kinds, mark)))
        return _in_order(rows, _turned(sorting) if backwards else sorting)

    async def page(objects: Select[Any], sorting: list[Order]) -> list[tuple[Any, ...]]:
        shown = between(objects.add_columns(*(key for key, _, _ in sorting)), sorting)
        return await run(reader, shown.limit(limit))

    async def page_of_lookups(drawn: ObjectFilter) -> list[tuple[Any, ...]]:
        some, sorting = await _passing(reader, without_lookups(where), order)
        some = between(some, sorting).limit(TRIED_FIRST)
        tried, keys = _with_keys(some, sorting)
        condition = object_condition(only_lookups(drawn), tried, catalogs_lead=False)
        rows = await page(select(*tried.c[SkyObject._fields]).where(condition), keys)
        if len(rows) == limit:
            return rows
        there_are = await _counts(reader, some)
        if there_are.some < TRIED_FIRST:
            return rows
        objects, sorting = await _passing(reader, where, order, _with_matches(where, there_are))
        # OFFSET 0: the server would hope to have found enough soon, but that has been tried.
        found, keys = _with_keys(objects.offset(literal_column("0")), sorting)
        return await page(select(*found.c[SkyObject._fields]), keys)

    drawn = await with_skymaps_drawn(reader, where)
    with telling_of_lookups(where):
        if _needs_lookups(drawn):
            rows = await page_of_lookups(drawn)
        else:
            rows = await page(*await _passing(reader, where, order))
    width = len(SkyObject._fields)
    return [Listed(_sky_object(row[:width]), encode_cursor(row[width:], mark)) for row in rows]


async def sorted_objects(reader: Reader, where: ObjectFilter, order: Sequence[ObjectOrder]) -> Select[Any]:
    """All objects that pass a filter, sorted, as a statement. Raises what list_objects raises."""
    where = await with_known_names(reader, where)
    source = None
    if _needs_lookups(await with_skymaps_drawn(reader, where)):
        some, _ = await _passing(reader, without_lookups(where), order)
        there_are = await _counts(reader, some.limit(TRIED_FIRST))
        source = _with_matches(where, there_are) if there_are.some == TRIED_FIRST else None
    return _in_order(*await _passing(reader, where, order, source))


async def _passing(
    reader: Reader, where: ObjectFilter, order: Sequence[ObjectOrder], source: FromClause | None = None
) -> tuple[Select[Any], list["Order"]]:
    """The objects that pass a filter, whose catalogues are known, as a statement, and what they are to be sorted
    by. `source` has the rows to look at, if they are known."""
    drawn = await with_skymaps_drawn(reader, where)
    source, rest = _source(drawn) if source is None else (source, drawn)
    densities = await _densities(reader, where) if _is_by_skymap(order) else None
    sorting = _with_tie_breaker(order or NEWEST_FIRST, where, source, densities)
    objects = select(*source.c[SkyObject._fields])
    if where.class_ is not None and _is_by_probability(order):
        joined = source.c.object_id == latest_classification.c.object_id
        objects = objects.where(joined, of_class(where.class_))
        rest = replace(rest, class_=None)
    return objects.where(object_condition(rest, source)), sorting


def _with_keys(objects: Select[Any], sorting: Sequence["Order"]) -> tuple[Subquery, list["Order"]]:
    """Objects, and what they are sorted by as columns of theirs."""
    keys = [key.label(f"key_{place}") for place, (key, _, _) in enumerate(sorting)]
    rows = objects.add_columns(*keys).subquery("found")
    columns = (rows.c[key.name] for key in keys)
    return rows, [(key, way, kind) for key, (_, way, kind) in zip(columns, sorting, strict=True)]


class Counts(NamedTuple):
    """How many rows a statement gives, and about how many objects there are."""

    some: int
    objects: float


async def _counts(reader: Reader, some: Select[Any]) -> Counts:
    counted = some.order_by(None).with_only_columns(literal(1), maintain_column_froms=True).subquery()
    rows = await run(reader, select(func.count(), literal_column(_ABOUT_ALL, Double)).select_from(counted))
    return Counts(*rows[0])


def _with_matches(where: ObjectFilter, there_are: Counts) -> FromClause:
    return objects_with_matches(catalogs_to_look_in(where), there_are.objects)


def _needs_lookups(where: ObjectFilter) -> bool:
    """Whether many objects may have to be looked up in catalogues: then the first ones are tried before, of which
    enough may pass, or which may be all. Regions are drawn; in a narrow one, objects are few enough."""
    if where.names is not None or not catalogs_to_look_in(where):
        return False
    return ranges_to_search(where) is None and (where.region is None or not is_narrow(where.region))


def _in_order(objects: Select[Any], sorting: Sequence["Order"]) -> Select[Any]:
    return objects.order_by(
        *(key.asc() if direction is Direction.ASC else key.desc() for key, direction, _ in sorting)
    )


async def object_ids_passing(reader: Reader, object_ids: Collection[int], where: ObjectFilter) -> set[int]:
    """Which of some objects pass a filter. Raises UnknownSkymap."""
    if not object_ids:
        return set()
    where = await with_skymaps_drawn(reader, where)
    among = sky_object.c.object_id == func.any(literal(list(object_ids), ARRAY(BigInteger)))
    rows = await run(reader, select(sky_object.c.object_id).where(among, object_condition(where, sky_object)))
    return {row[0] for row in rows}


async def count_objects(reader: Reader, where: ObjectFilter, *, cap: int) -> int:
    """How many objects pass a filter, counted up to a cap. Raises UnknownCatalog, UnknownName."""
    where = await with_known_names(reader, where)
    drawn = await with_skymaps_drawn(reader, where)
    with telling_of_lookups(where):
        if not _needs_lookups(drawn):
            return await _count(reader, *_source(drawn), cap)
        source, rest = _source(without_lookups(drawn))
        some = select(source).where(object_condition(rest, source)).limit(TRIED_FIRST)
        found = await _count(reader, some.subquery("found"), only_lookups(drawn), cap, catalogs_lead=False)
        if found >= cap or (there_are := await _counts(reader, some)).some < TRIED_FIRST:
            return found
        source = _with_matches(where, there_are)
        # Without a limit: the server would hope to have found enough soon, but that has been tried.
        every = select(literal(1)).select_from(source).where(object_condition(drawn, source))
        return min(cap, await _how_many(reader, every))


async def _count(
    reader: Reader, source: FromClause, where: ObjectFilter, cap: int, *, catalogs_lead: bool = True
) -> int:
    condition = object_condition(where, source, catalogs_lead=catalogs_lead)
    return await _how_many(reader, select(literal(1)).select_from(source).where(condition).limit(cap))


async def _how_many(reader: Reader, some: Select[Any]) -> int:
    rows = await run(reader, select(func.count()).select_from(some.subquery()))
    return int(rows[0][0])


async def cone_search(
    reader: Reader,
    region: Cone,
    where: ObjectFilter,
    *,
    limit: int,
    after: str | None = None,
    before: str | None = None,
    backwards: bool = False,
) -> list[Placed]:
    """Objects in a cone between two cursors, nearest first, or with `backwards` farthest first. Raises
    InvalidCursor."""
    # The distance is wanted of every row, so that it need not be known which pixels are whole.
    values = {**parameters_of(region, Coverage(NOWHERE, cone_ranges(region))), "limit": limit}
    conditions, prepare = ["haversine <= %(haversine)s"], True
    if after is not None:
        conditions.append("(haversine, o.object_id) > (%(after_haversine)s, %(after_id)s)")
        values["after_haversine"], values["after_id"] = decode_cursor(after, [float, int])
    if before is not None:
        conditions.append("(haversine, o.object_id) < (%(before_haversine)s, %(before_id)s)")
        values["before_haversine"], values["before_id"] = decode_cursor(before, [float, int])
    if where != ObjectFilter():
        condition, filter_values = _filter_text(
            await with_skymaps_drawn(reader, await with_known_names(reader, where))
        )
        conditions.append(condition)
        values |= filter_values
        prepare = False
    rows = await reader.rows(
        f"SELECT {COLUMNS}, haversine FROM ("  # noqa: S608
        f"SELECT {COLUMNS}, {haversine_expression('o')} AS haversine "
        f"FROM {RANGES} JOIN object o ON o.hpx BETWEEN range.first AND range.last OFFSET 0) o "
        f"WHERE {' AND '.join(conditions)} "
        f"ORDER BY {NEAREST_LAST if backwards else NEAREST_FIRST} LIMIT %(limit)s",
        values,
        prepare=prepare,
    )
    return list(map(placed, rows))


async def neighbors_of(
    reader: Reader, centers: Sequence[SkyObject], *, radius_arcsec: float, survey: SurveyName | None
) -> dict[int, list[Placed]]:
    """Other objects around each of some objects, nearest first, in one statement."""
    ranges = ranges_of_cones([row.ra for row in centers], [row.dec for row in centers], radius_arcsec)
    haversine = haversine_expression("o", "center.ra", "center.dec")
    rows = await reader.rows(
        f"SELECT center.object_id, {COLUMNS}, {haversine} AS haversine "  # noqa: S608
        "FROM unnest(%(center)s::bigint[], %(first)s::bigint[], %(last)s::bigint[]) AS range(id, first, last) "
        "JOIN object center ON center.object_id = range.id "
        "JOIN object o ON o.hpx BETWEEN range.first AND range.last AND o.object_id <> center.object_id "
        f"WHERE {haversine} <= %(haversine)s AND (%(survey)s::text IS NULL OR o.survey = %(survey)s) "
        "ORDER BY center.object_id, haversine, o.object_id",
        {
            "center": array_text([centers[number].object_id for number in ranges.number.tolist()]),
            "first": array_text(ranges.first.tolist()),
            "last": array_text(ranges.last.tolist()),
            "haversine": haversine_of_arcsec(radius_arcsec),
            "survey": survey,
        },
    )
    found: dict[int, list[Placed]] = {}
    for center_id, *row in rows:
        found.setdefault(center_id, []).append(placed(row))
    return found


placed: Callable[[Sequence[Any]], Placed] = partial(tuple.__new__, Placed)
"""Of a row with the columns of an object, and the haversine at the end; much faster than to call the class."""


def _sky_object(row: Sequence[Any]) -> SkyObject:
    return _new(SkyObject, (row[0], _SURVEYS[row[1]], *row[2:]))


_new = tuple.__new__
"""Makes a named tuple in half the time, where the number of values is known to be right."""


_SURVEYS = {survey.value: survey for survey in SurveyName}


def as_text(statement: Select[Any]) -> tuple[str, dict[str, Any]]:
    """A statement as the driver takes it, and its parameters."""
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    return str(compiled), dict(compiled.params)


async def run(reader: Reader, statement: Select[Any]) -> list[tuple[Any, ...]]:
    """All rows of a statement that was made for one question."""
    written, parameters = as_text(statement)
    return await reader.rows(written, parameters, prepare=False)


def _filter_text(where: ObjectFilter) -> tuple[str, dict[str, Any]]:
    """A filter as a condition on `o.object_id`, for statements that are written by hand and find few objects."""
    condition = object_condition(where, catalogs_lead=False)
    if not catalogs_to_look_in(where):
        chosen, parameters = as_text(select(sky_object.c.object_id).where(condition))
        return f"o.object_id IN ({chosen})", parameters
    is_it = literal_column("object.object_id = o.object_id", Boolean)
    chosen, parameters = as_text(select(sky_object.c.object_id).where(is_it, condition))
    # OFFSET 0 keeps the server from looking all objects up.
    return f"EXISTS ({chosen} OFFSET 0)", parameters


Order = tuple[ColumnElement[Any], Direction, type]


def _source(where: ObjectFilter) -> tuple[FromClause, ObjectFilter]:
    """The rows to look at, with the columns of `object`, and what they have yet to pass.

    Where a filter names a region, the index of pixels leads to them: the planner, which knows nothing of regions,
    has no say in it.
    """
    if where.region is not None and is_narrow(where.region):
        return objects_of_region(where.region), replace(where, region=None)
    if (ranges := ranges_to_search(where)) is not None:
        return objects_of_region(Moc(ranges)), where
    return sky_object, where


class NothingToSortBy(ArrayanError):
    """Objects are to be sorted by the probability of a class, or in a sky map, and none is asked for."""


class Densities(NamedTuple):
    """Probability per square degree in the pixels of a sky map's region."""

    ranges: PixelRanges
    values: list[float]


async def _densities(reader: Reader, where: ObjectFilter) -> Densities:
    if not isinstance(where.region, SkymapLevel):
        raise NothingToSortBy(
            "to sort by SKYMAP_PROBABILITY, say of which sky map in `where: {region: {skymap: {id: ...}}}`"
        )
    item = await load_skymap(reader, where.region.skymap_id)
    chosen = item.inside(where.region.credible_level)
    ranges = PixelRanges(item.first[chosen].tolist(), item.last[chosen].tolist())
    return Densities(ranges, item.density[chosen].tolist())


def _with_tie_breaker(
    order: Sequence[ObjectOrder], where: ObjectFilter, source: FromClause, densities: Densities | None = None
) -> list[Order]:
    """Sort keys, ended by the unique key in the direction of the one before, so that one index serves both."""
    keys: list[Order] = [
        (_order_expression(item.field, where, source, densities), item.direction, _ORDER_KINDS[item.field])
        for item in order
    ]
    last = latest_classification.c.object_id if _is_by_probability(order) else source.c.object_id
    return [*keys, (last, order[-1].direction, int)]


def _turned(order: Sequence[Order]) -> list[Order]:
    """The same keys the other way round."""
    turned = {Direction.ASC: Direction.DESC, Direction.DESC: Direction.ASC}
    return [(key, turned[direction], kind) for key, direction, kind in order]


def _mark(order: Sequence[ObjectOrder], where: ObjectFilter) -> str:
    """What cursors of an order have in common, and those of no other: the keys, and the class that is sorted by."""
    keys = ", ".join(f"{item.field.value} {item.direction.value}" for item in order)
    if _is_by_probability(order):
        keys += f" of {crc32(repr(where.class_).encode()):08x}"
    if _is_by_skymap(order) and isinstance(where.region, SkymapLevel):
        keys += f" of {where.region.skymap_id}"
    return keys


def _is_by_skymap(order: Sequence[ObjectOrder]) -> bool:
    return any(item.field is OrderField.SKYMAP_PROBABILITY for item in order)


def _is_by_probability(order: Sequence[ObjectOrder]) -> bool:
    return any(item.field is OrderField.PROBABILITY for item in order)


def _order_expression(
    field: OrderField, where: ObjectFilter, source: FromClause, densities: Densities | None
) -> ColumnElement[Any]:
    row = source.c
    if field is OrderField.SKYMAP_PROBABILITY:
        assert densities is not None
        return value_in_ranges(str(source.description), *densities)
    if field is OrderField.DURATION:
        duration: ColumnElement[Any] = row.last_mjd - row.first_mjd
        return duration
    if field is not OrderField.PROBABILITY:
        column: ColumnElement[Any] = row[field.lower()]
        return column
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
