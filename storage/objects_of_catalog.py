"""Objects with the answer whether each has a match in some catalogues, all of them found at once.

To look every object up in a catalogue takes some 6 microseconds each, and the server cannot tell how many it will
have to look up. To join all objects with those that have a match, found once in the statement, takes a quarter of
that, wherever in a filter the catalogue stands.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace

from sqlalchemy import ColumnElement, FromClause, Subquery, select, text

from domain.catalog import Catalog
from domain.object_filter import ObjectFilter
from domain.sky_cells import first_pixel_shift
from storage.catalog_cells import within
from storage.catalog_filter import SMALL, answer_name, objects_near_sources, radius_of, sources_with_cells
from storage.reader import StatementTimeout
from storage.tables import sky_object

SOURCES_PER_OBJECT = 10
"""To look objects up is quicker than to read all of a catalogue with more than so many sources for each object."""


def catalogs_to_look_in(where: ObjectFilter) -> list[Catalog]:
    """The catalogues, all of them known, in which objects that pass all else have to be looked up: large ones, and
    those below an `or` or a `not`. Each once. From others, the server gets to the objects."""
    found = {catalog.catalog_id: catalog for catalog in _looked_in(where, leads=True)}
    return list(found.values())


def without_lookups(where: ObjectFilter) -> ObjectFilter:
    """A filter that everything passes which passes the given one, and that needs none of these lookups."""
    return _without_lookups(where, leads=True)


def only_lookups(where: ObjectFilter) -> ObjectFilter:
    """What an object that passes without_lookups has yet to pass."""
    alternatives = where.any_of is not None and any(map(_names_catalog, where.any_of))
    return ObjectFilter(
        in_catalog=where.in_catalog if list(_own(where, leads=True)) else None,
        all_of=_that_ask(map(only_lookups, where.all_of)),
        any_of=where.any_of if alternatives else None,
        none_of=where.none_of if where.none_of is not None and _names_catalog(where.none_of) else None,
    )


def _without_lookups(where: ObjectFilter, *, leads: bool) -> ObjectFilter:
    alternatives = where.any_of
    if alternatives is not None:
        alternatives = tuple(_without_lookups(part, leads=False) for part in alternatives)
    return replace(
        where,
        in_catalog=None if list(_own(where, leads=leads)) else where.in_catalog,
        all_of=_that_ask(_without_lookups(part, leads=leads) for part in where.all_of),
        any_of=None if alternatives is not None and ObjectFilter() in alternatives else alternatives,
        none_of=None if where.none_of is not None and _names_catalog(where.none_of) else where.none_of,
    )


def _that_ask(parts: Iterable[ObjectFilter]) -> tuple[ObjectFilter, ...]:
    return tuple(part for part in parts if part != ObjectFilter())


def objects_with_matches(catalogs: Sequence[Catalog], object_count: float) -> Subquery:
    """The rows of `object`, of which there are about so many, each with the answer for every catalogue in a column
    that storage.catalog_filter looks for. Catalogues that are too large for that are left out."""
    rows: FromClause = sky_object
    answers: list[ColumnElement[bool]] = []
    for catalog in catalogs:
        if catalog.is_matched or catalog.row_count <= max(SMALL, SOURCES_PER_OBJECT * object_count):
            found = text(_objects_of(catalog)).columns(sky_object.c.object_id).subquery(f"of_{catalog.catalog_id}")
            rows = rows.outerjoin(found, found.c.object_id == sky_object.c.object_id)
            answers.append(found.c.object_id.is_not(None).label(answer_name(catalog)))
    return select(*sky_object.c, *answers).select_from(rows).subquery("found")


@contextmanager
def telling_of_lookups(where: ObjectFilter) -> Iterator[None]:
    """Says what to do where a filter, whose catalogues are known, took too long. Raises StatementTimeout."""
    try:
        yield
    except StatementTimeout as error:
        raise StatementTimeout(f"{error}{_advice(catalogs_to_look_in(where))}") from error


def _advice(catalogs: Sequence[Catalog]) -> str:
    """What somebody may do who has waited too long, as the end of a sentence; nothing without catalogues."""
    if not catalogs:
        return ""
    named = ", ".join(catalog.name for catalog in catalogs)
    told = f", in a region or with conditions that fewer objects pass: all were to be looked up in {named}"
    unmatched = [catalog.name for catalog in catalogs if not catalog.is_matched]
    if not unmatched:
        return told
    return f"{told}; the operator can make that quicker with `arrayan catalog match {unmatched[0]}`"


def _objects_of(catalog: Catalog) -> str:
    """A query of the keys of all objects that have a match, each once."""
    radius = radius_of(catalog)
    if catalog.is_matched:
        near = (
            f"SELECT FROM catalog_match m WHERE m.catalog_id = {catalog.catalog_id} "
            f"AND m.object_id = x.object_id AND {within(radius, 'm', 'x')}"
        )
    elif catalog.row_count <= SMALL:
        return f"SELECT DISTINCT object_id FROM ({objects_near_sources(catalog)}) near"  # noqa: S608
    else:
        cell = f"x.hpx >> {first_pixel_shift(catalog.cell_order)}"
        near = (
            f"SELECT FROM ({sources_with_cells(catalog)}) near "
            f"WHERE near.cell = {cell} AND {within(radius, 'near', 'x')}"
        )
    return f"SELECT x.object_id FROM object x WHERE EXISTS ({near})"  # noqa: S608


def _looked_in(where: ObjectFilter, *, leads: bool) -> Iterator[Catalog]:
    yield from _own(where, leads=leads)
    for part in where.all_of:
        yield from _looked_in(part, leads=leads)
    for part in (*(where.any_of or ()), *(() if where.none_of is None else (where.none_of,))):
        yield from _looked_in(part, leads=False)


def _own(where: ObjectFilter, *, leads: bool) -> Iterator[Catalog]:
    """The catalogue of the filter's own condition, if it has to be looked in."""
    catalog = None if where.in_catalog is None else where.in_catalog.catalog
    if catalog is not None and not (leads and (catalog.is_matched or catalog.row_count <= SMALL)):
        yield catalog


def _names_catalog(where: ObjectFilter) -> bool:
    return next(_looked_in(where, leads=False), None) is not None
