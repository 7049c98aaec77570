"""The objects nearest to each of many positions."""

from collections.abc import Sequence

import numpy as np
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Double,
    cast,
    column,
    func,
    literal_column,
    select,
    true,
)

from domain.object_filter import ObjectFilter
from domain.sky import Position, ranges_of_cones
from domain.sky_object import SkyObject
from storage.filter_names import with_known_names
from storage.object_condition import object_condition
from storage.objects import Placed, placed, run
from storage.reader import Reader
from storage.regions import array_text, haversine_expression, haversine_of_arcsec, parameter
from storage.skymaps import with_skymaps_drawn
from storage.tables import sky_object


async def crossmatch(
    reader: Reader,
    positions: Sequence[Position],
    *,
    radius_arcsec: float,
    nearest: int,
    where: ObjectFilter,
) -> list[list[Placed]]:
    """For each position, in the order given, at most `nearest` objects within a radius that pass a filter, nearest
    first. One statement, however many positions, and those of with_known_names. Raises UnknownCatalog,
    UnknownName."""
    found: list[list[Placed]] = [[] for _ in positions]
    if not positions:
        return found
    where = await with_known_names(reader, where)
    ra, dec = np.array(positions, dtype=np.float64).T
    ranges = ranges_of_cones(ra, dec, radius_arcsec)
    given = (
        func.unnest(
            *(
                cast(parameter(None, array_text(values.tolist())), ARRAY(kind))
                for values, kind in (
                    (ranges.number, BigInteger),
                    (ra[ranges.number], Double),
                    (dec[ranges.number], Double),
                    (ranges.first, BigInteger),
                    (ranges.last, BigInteger),
                )
            )
        )
        .table_valued(
            column("number", BigInteger),
            column("ra", Double),
            column("dec", Double),
            column("first", BigInteger),
            column("last", BigInteger),
        )
        .render_derived(name="given")
    )
    haversine = literal_column(haversine_expression("object", "given.ra", "given.dec"), Double)
    # OFFSET 0, as in storage.objects_of_region: the index is asked range by range.
    around = (
        select(*sky_object.c[SkyObject._fields], haversine.label("haversine"))
        .where(
            sky_object.c.hpx.between(given.c.first, given.c.last),
            haversine <= haversine_of_arcsec(radius_arcsec),
            object_condition(await with_skymaps_drawn(reader, where), catalogs_lead=False),
        )
        .offset(literal_column("0"))
        .correlate(given)
        .lateral("around")
    )
    ranking = func.row_number().over(partition_by=given.c.number, order_by=(around.c.haversine, around.c.object_id))
    ranked = (
        select(given.c.number, around, ranking.label("ranking"))
        .select_from(given.join(around, true()))
        .subquery("ranked")
    )
    statement = (
        select(*(item for item in ranked.c if item.name != "ranking"))
        .where(ranked.c.ranking <= nearest)
        .order_by(ranked.c.number, ranked.c.ranking)
    )
    for number, *row in await run(reader, statement):
        found[number].append(placed(row))
    return found
