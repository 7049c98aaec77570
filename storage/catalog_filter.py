"""The condition that an object has a match in a catalogue.

Of a catalogue that is matched at ingest, the stored matches are asked. Of others, each object's cell is looked up;
a small catalogue is gone through instead where that may lead to the objects, which is quicker than to look up those
that are not in it. How all objects are looked up at once is in storage.objects_of_catalog.
"""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Boolean, ColumnElement, FromClause, and_, bindparam, literal_column, text, true

from domain.catalog import Catalog
from domain.object_filter import InCatalog, ObjectFilter
from domain.sky_cells import first_pixel_shift
from storage.catalog_cells import sources_by_cell, within
from storage.catalogs import find_catalogs
from storage.reader import Reader
from storage.tables import sky_object

SMALL = 20_000
"""Sources that are gone through in a tenth of a second."""


async def with_catalogs(reader: Reader, where: ObjectFilter) -> ObjectFilter:
    """A filter whose catalogues are known: one statement when it names any. Raises UnknownCatalog."""
    names = sorted({part.in_catalog.name for part in where.everywhere() if part.in_catalog is not None})
    return _known(where, await find_catalogs(reader, names)) if names else where


def in_catalog(condition: InCatalog, row: FromClause = sky_object, *, leads: bool = True) -> ColumnElement[bool]:
    """Whether a row with the columns of `object` has a source within the default radius. A catalogue that is not
    known yet is looked for by its name, and nothing is in it when there is none.

    `leads` says that the server may find the rows by way of the catalogue, as it can where nothing passes without
    the condition; otherwise each row is looked up.
    """
    catalog, name = condition.catalog, str(row.description)
    if catalog is None:
        return _by_name(condition.name, name)
    if (answer := row.c.get(answer_name(catalog))) is not None:
        return answer
    if catalog.is_matched:
        return _by_matches(catalog, row, leads=leads)
    if leads and catalog.row_count <= SMALL:
        return row.c.object_id.in_(
            text(objects_near_sources(catalog)).columns(sky_object.c.object_id).scalar_subquery()
        )
    return _by_cell(catalog, name)


def answer_name(catalog: Catalog) -> str:
    """The column that says whether a row has a match, in rows of which that has been found out."""
    return f"in_catalog_{catalog.catalog_id}"


def objects_near_sources(catalog: Catalog) -> str:
    """A query of the keys of the objects that have a match, some several times, by going through all sources: the
    objects in their cells, and in those that they reach into."""
    shift = first_pixel_shift(catalog.cell_order)
    return (
        f"SELECT inside.object_id FROM ({sources_with_cells(catalog)}) near CROSS JOIN LATERAL ("  # noqa: S608
        f"SELECT x.object_id, x.ra, x.dec FROM object x "
        f"WHERE x.hpx BETWEEN (near.cell << {shift}) AND ((near.cell + 1) << {shift}) - 1 OFFSET 0) "
        f"inside WHERE {within(radius_of(catalog), 'near', 'inside')}"
    )


def sources_with_cells(catalog: Catalog) -> str:
    """A query of (cell, ra, dec) of all sources: by their own cell, and by those that they reach into."""
    return (
        f"SELECT s.hpx >> {first_pixel_shift(catalog.cell_order)} AS cell, s.ra, s.dec FROM catalog_source s "  # noqa: S608
        f"WHERE s.catalog_id = {catalog.catalog_id} UNION ALL "
        f"SELECT p.cell, p.ra, p.dec FROM catalog_overlap p WHERE p.catalog_id = {catalog.catalog_id}"
    )


def radius_of(catalog: Catalog) -> str:
    """The default radius as SQL, arcsec."""
    return repr(float(catalog.default_radius_arcsec))


def _by_matches(catalog: Catalog, row: FromClause, *, leads: bool) -> ColumnElement[bool]:
    stored = f"SELECT m.object_id FROM catalog_match m WHERE m.catalog_id = {catalog.catalog_id}"  # noqa: S608
    name = str(row.description)
    near = within(radius_of(catalog), "m", name)
    is_near = _exists(f"{stored} AND m.object_id = {name}.object_id AND {near}")
    if not leads:
        return is_near
    # There for the planner, which can go through the matches only by equality alone.
    return and_(row.c.object_id.in_(text(stored).columns(sky_object.c.object_id).scalar_subquery()), is_near)


def _by_cell(catalog: Catalog, row: str) -> ColumnElement[bool]:
    near = sources_by_cell(str(catalog.catalog_id), str(catalog.cell_order), row)
    return _exists(f"SELECT FROM ({near}) near WHERE {within(radius_of(catalog), 'near', row)}")


def _by_name(name: str, row: str) -> ColumnElement[bool]:
    near = sources_by_cell("c.catalog_id", "c.cell_order", row)
    statement = (
        f"EXISTS (SELECT FROM catalog c CROSS JOIN LATERAL ({near} OFFSET 0) near "
        f"WHERE c.name = :name AND {within('c.default_radius_arcsec', 'near', row)})"
    )
    return and_(true(), text(statement).bindparams(bindparam("name", name, unique=True)))


def _exists(statement: str) -> ColumnElement[bool]:
    return literal_column(f"EXISTS ({statement})", Boolean)


def _known(where: ObjectFilter, catalogs: Mapping[str, Catalog]) -> ObjectFilter:
    condition = where.in_catalog
    return replace(
        where,
        in_catalog=None if condition is None else condition._replace(catalog=catalogs[condition.name]),
        all_of=tuple(_known(part, catalogs) for part in where.all_of),
        any_of=None if where.any_of is None else tuple(_known(part, catalogs) for part in where.any_of),
        none_of=None if where.none_of is None else _known(where.none_of, catalogs),
    )
