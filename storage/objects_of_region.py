"""The rows of `object` that lie in a region, as something to select from."""

from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Subquery,
    cast,
    column,
    func,
    literal_column,
    select,
    true,
)

from domain.region import Region
from storage.regions import parameter, region_condition, region_parameters, written_condition
from storage.tables import sky_object

RANGE_PARAMETERS = ("range_first", "range_last", "range_whole")


def objects_of_region(region: Region) -> Subquery:
    """The rows in a region, found range by range through the index of pixels.

    OFFSET 0 keeps the planner from turning that round: it takes every range for a two-hundredth of the table.
    """
    values = region_parameters(region)
    first, last, whole = (values.pop(name) for name in RANGE_PARAMETERS)
    ranges = (
        func.unnest(_array(first, BigInteger), _array(last, BigInteger), _array(whole, Boolean))
        .table_valued(column("first", BigInteger), column("last", BigInteger), column("whole", Boolean))
        .render_derived(name="range")
    )
    inside = (
        select(sky_object)
        .where(
            sky_object.c.hpx.between(ranges.c.first, ranges.c.last),
            written_condition(region_condition(region, "object"), values),
        )
        .offset(literal_column("0"))
        .correlate(ranges)
        .lateral("inside")
    )
    return select(inside).select_from(ranges.join(inside, true())).subquery("found")


def _array(values: str, kind: type[BigInteger] | type[Boolean]) -> Any:
    return cast(parameter(None, values), ARRAY(kind))
