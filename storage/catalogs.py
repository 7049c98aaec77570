"""Catalogues as they are read: which there are, and their sources around places."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import orjson

from domain.catalog import Catalog, CatalogColumn, CatalogMatch, CatalogSource, unknown_catalog
from domain.sky import Position, ranges_of_cones
from domain.sky_object import SkyObject
from storage.reader import Reader
from storage.regions import arcsec_of_haversine, array_text, haversine_expression, haversine_of_arcsec

CATALOG_FIELDS = ", ".join(Catalog._fields)


class FoundSource(NamedTuple):
    """A source near one of several places, with the catalogue's name and columns as they were when it was read."""

    place: int
    catalog: str
    columns: tuple[CatalogColumn, ...]
    match: CatalogMatch


def catalog_of_row(row: Sequence[Any]) -> Catalog:
    """A catalogue from CATALOG_FIELDS."""
    return Catalog._make((*row[:-1], columns_of_json(row[-1])))


def columns_of_json(told: Any) -> tuple[CatalogColumn, ...]:
    """Columns as the table keeps them."""
    return tuple(CatalogColumn(one["name"], one.get("unit"), one.get("description")) for one in told)


async def list_catalogs(reader: Reader) -> list[Catalog]:
    """Every catalogue, by name."""
    rows = await reader.rows(f"SELECT {CATALOG_FIELDS} FROM catalog ORDER BY name")  # noqa: S608
    return [catalog_of_row(row) for row in rows]


async def find_catalogs(reader: Reader, names: Sequence[str]) -> dict[str, Catalog]:
    """Catalogues by name. Raises UnknownCatalog for a name that none has."""
    known = {catalog.name: catalog for catalog in await list_catalogs(reader)}
    for name in names:
        if name not in known:
            raise unknown_catalog(name, list(known))
    return {name: known[name] for name in names}


_CENTERS = (
    "unnest(%(place)s::int[], %(ra)s::float8[], %(dec)s::float8[], %(first)s::bigint[], %(last)s::bigint[]) "
    "AS center(place, ra, dec, first, last)"
)
_IS_ASKED = "(%(names)s::text[] IS NULL OR c.name = ANY(%(names)s))"

_FOUND = (
    "SELECT place, c.name, c.columns, c.catalog_id, near.source_id, near.ra, near.dec, near.values, "  # noqa: S608
    f"near.haversine FROM {_CENTERS} CROSS JOIN catalog c CROSS JOIN LATERAL ("
    "SELECT s.source_id, s.ra, s.dec, s.values, "
    f"{haversine_expression('s', 'center.ra', 'center.dec')} AS haversine "
    "FROM catalog_source s WHERE s.catalog_id = c.catalog_id AND s.hpx BETWEEN center.first AND center.last "
    # Keeps the server from anything but a look into the index of one partition, whatever it estimates.
    f"OFFSET 0) near WHERE {_IS_ASKED} AND near.haversine <= %(haversine)s"
)

# The stored matches of a catalogue tell of everything within its default radius.
_IS_STORED = "(c.is_matched AND c.default_radius_arcsec >= %(radius)s)"
_FOUND_BY_MATCHES = (
    "SELECT place, c.name, c.columns, c.catalog_id, near.source_id, near.ra, near.dec, near.values, "  # noqa: S608
    "near.haversine FROM unnest(%(own_place)s::int[], %(object_id)s::bigint[], %(own_ra)s::float8[], "
    "%(own_dec)s::float8[]) AS center(place, object_id, ra, dec) CROSS JOIN catalog c CROSS JOIN LATERAL ("
    "SELECT s.source_id, s.ra, s.dec, s.values, "
    f"{haversine_expression('s', 'center.ra', 'center.dec')} AS haversine "
    "FROM catalog_match m JOIN catalog_source s ON s.catalog_id = c.catalog_id AND s.hpx = m.hpx "
    "WHERE m.catalog_id = c.catalog_id AND m.object_id = center.object_id OFFSET 0) near "
    f"WHERE {_IS_ASKED} AND {_IS_STORED} AND near.haversine <= %(haversine)s"
)


def _nearest(found: str) -> str:
    """The nearest of what is found around each place."""
    return (
        "SELECT place, name, "  # noqa: S608
        # The columns travel with the first row of a catalogue only: some have hundreds.
        "CASE WHEN row_number() OVER (PARTITION BY catalog_id ORDER BY place, haversine, source_id) = 1 "
        "THEN columns END, catalog_id, source_id, ra, dec, values, haversine FROM (SELECT *, "
        "row_number() OVER (PARTITION BY place ORDER BY haversine, name, source_id) AS number "
        f"FROM ({found}) found) numbered WHERE number <= %(most)s ORDER BY place, haversine, name, source_id"
    )


_AROUND = _nearest(_FOUND)
_CROSSMATCHES = _nearest(f"{_FOUND} AND NOT {_IS_STORED} UNION ALL {_FOUND_BY_MATCHES}")


async def sources_around(
    reader: Reader,
    centers: Sequence[Position],
    *,
    radius_arcsec: float,
    names: Sequence[str] | None = None,
    most: int,
) -> list[FoundSource]:
    """Sources within a radius of each of some places, the nearest first and at most so many per place, in one
    statement. Of all catalogues when no names are given; an unknown name finds nothing."""
    values = around_parameters(centers, radius_arcsec=radius_arcsec, names=names, most=most)
    return _found(await reader.rows(sources_around_statement(), values))


def sources_around_statement() -> str:
    """The statement of sources_around, with names for its parameters."""
    return _AROUND


def around_parameters(
    centers: Sequence[Position], *, radius_arcsec: float, names: Sequence[str] | None, most: int
) -> dict[str, Any]:
    """Values for sources_around_statement."""
    ra = np.array([center.ra for center in centers], dtype=np.float64)
    dec = np.array([center.dec for center in centers], dtype=np.float64)
    ranges = ranges_of_cones(ra, dec, radius_arcsec)
    return {
        "place": array_text(ranges.number.tolist()),
        "ra": array_text(ra[ranges.number].tolist()),
        "dec": array_text(dec[ranges.number].tolist()),
        "first": array_text(ranges.first.tolist()),
        "last": array_text(ranges.last.tolist()),
        "names": None if names is None else list(names),
        "haversine": haversine_of_arcsec(radius_arcsec),
        "most": most,
    }


async def crossmatches_of(
    reader: Reader,
    objects: Sequence[SkyObject],
    *,
    radius_arcsec: float,
    names: Sequence[str] | None = None,
    most: int,
) -> dict[int, list[FoundSource]]:
    """Sources within a radius of objects, the nearest first and at most so many per object, in one statement.

    Where the matches of a catalogue are stored and reach far enough, they tell where to look.
    """
    centers = [Position(one.ra, one.dec) for one in objects]
    values = around_parameters(centers, radius_arcsec=radius_arcsec, names=names, most=most) | {
        "radius": radius_arcsec,
        "own_place": array_text(range(len(objects))),
        "object_id": array_text([one.object_id for one in objects]),
        "own_ra": array_text([one.ra for one in objects]),
        "own_dec": array_text([one.dec for one in objects]),
    }
    found: dict[int, list[FoundSource]] = {}
    for source in _found(await reader.rows(_CROSSMATCHES, values)):
        found.setdefault(objects[source.place].object_id, []).append(source)
    return found


def _found(rows: Sequence[Sequence[Any]]) -> list[FoundSource]:
    columns: Mapping[int, tuple[CatalogColumn, ...]] = {
        row[3]: columns_of_json(row[2]) for row in rows if row[2] is not None
    }
    return [
        FoundSource(
            place,
            name,
            columns[catalog_id],
            CatalogMatch(
                CatalogSource(catalog_id, source_id, ra, dec, values_of_text(values)),
                arcsec_of_haversine(haversine),
            ),
        )
        for place, name, _, catalog_id, source_id, ra, dec, values, haversine in rows
    ]


def values_of_text(values: str) -> tuple[str | None, ...]:
    """The values of a source as text; numbers with the fewest digits that tell them apart."""
    return tuple(
        cell if cell is None or isinstance(cell, str) else orjson.dumps(cell).decode()
        for cell in orjson.loads(values)
    )
