"""Objects for downloads: all that pass a filter, or lie in a cone, from one snapshot, sorted."""

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from typing import Any, NamedTuple

from domain.object_filter import ObjectFilter, ObjectOrder
from domain.sky import Cone
from domain.sky_object import SkyObject
from storage.objects import COLUMNS, as_text, sorted_objects
from storage.reader import Reader
from storage.regions import RANGES, arcsec_of_haversine, haversine_expression, region_condition, region_parameters
from storage.snapshots import Snapshot

TEXTS = ("survey", "name")

HPX = SkyObject._fields.index("hpx")

DownloadRow = tuple[Any, ...]
"""An object as domain.sky_object.SkyObject has it, without its pixel, which follows from the position; in a cone,
the separation from its centre (arcsec) behind."""


class Extent(NamedTuple):
    """How many rows there are, at most the limit; whether there are more; the most bytes in each text column."""

    rows: int
    truncated: bool
    widths: dict[str, int]


class Statement(NamedTuple):
    """SQL with its parameters, to which a LIMIT can be added."""

    text: str
    parameters: dict[str, Any]

    def limited(self, most: int) -> "Statement":
        return Statement(f"{self.text} LIMIT %(most)s", {**self.parameters, "most": most})


class ObjectListing(NamedTuple):
    """Objects to be read, at most `limit` of them."""

    unsorted: Statement
    sorted: Statement
    limit: int
    finish: Callable[[tuple[Any, ...]], DownloadRow]

    async def extent(self, snapshot: Snapshot) -> Extent:
        """Told before the rows are read. Of what is beyond the limit, only one row is looked at."""
        found, widths = await _counted(snapshot, self.unsorted.limited(self.limit + 1))
        if found <= self.limit:
            return Extent(found, False, widths)
        _, widths = await _counted(snapshot, self.sorted.limited(self.limit))
        return Extent(self.limit, True, widths)

    async def batches(self, snapshot: Snapshot) -> AsyncGenerator[list[DownloadRow], None]:
        """The rows, some thousand at a time."""
        async with aclosing(snapshot.batches(*self.sorted.limited(self.limit))) as batches:
            async for batch in batches:
                yield list(map(self.finish, batch))


async def list_for_download(
    reader: Reader, where: ObjectFilter, order: Sequence[ObjectOrder], *, limit: int
) -> ObjectListing:
    """Objects that pass a filter, sorted. Raises NothingToSortBy for an order without what it sorts by, and
    UnknownSkymap."""
    objects = await sorted_objects(reader, where, order)
    unsorted, in_order = Statement(*as_text(objects.order_by(None))), Statement(*as_text(objects))
    return ObjectListing(unsorted, in_order, limit, _without_pixel)


def cone_for_download(region: Cone, *, limit: int) -> ObjectListing:
    """Objects in a cone, nearest first."""
    inside = Statement(
        f"SELECT {COLUMNS}, {haversine_expression('o')} AS from_centre "  # noqa: S608
        f"FROM {RANGES} JOIN object o ON o.hpx BETWEEN range.first AND range.last "
        f"WHERE {region_condition(region, 'o')}",
        region_parameters(region),
    )
    nearest_first = Statement(f"{inside.text} ORDER BY from_centre, o.object_id", inside.parameters)
    return ObjectListing(inside, nearest_first, limit, _placed)


async def _counted(snapshot: Snapshot, statement: Statement) -> tuple[int, dict[str, int]]:
    lengths = ", ".join(f"coalesce(max(octet_length({column})), 0)" for column in TEXTS)
    count = f"SELECT count(*), {lengths} FROM ({statement.text}) counted"  # noqa: S608
    ((found, *widths),) = await snapshot.rows(count, statement.parameters)
    return found, dict(zip(TEXTS, widths, strict=True))


def _placed(row: tuple[Any, ...]) -> DownloadRow:
    return (*_without_pixel(row[:-1]), arcsec_of_haversine(row[-1]))


def _without_pixel(row: tuple[Any, ...]) -> DownloadRow:
    return (*row[:HPX], *row[HPX + 1 :])
