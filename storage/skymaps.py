"""Sky maps that clients sent: kept for a while under an identifier that follows from their contents."""

import asyncio
from collections import OrderedDict
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

import psycopg

from domain.errors import ArrayanError
from domain.moc import Moc
from domain.object_filter import ObjectFilter
from domain.region import Region
from domain.skymap import (
    Skymap,
    SkymapFacts,
    SkymapLevel,
    skymap_bytes,
    skymap_id_of,
    skymap_of_bytes,
)
from domain.skymap_file import ReadSkymap
from storage.database import DatabaseUnavailable
from storage.reader import Reader

KEPT = timedelta(days=30)
MOST_SKYMAPS = 1000
MOST_BYTES = 2_000_000_000
"""Of all maps together, as they are kept: a usual one has a tenth of a megabyte."""
REMEMBERED = 8

_FACTS = "skymap_id, event, observed_at, instruments, distance_mpc, distance_error_mpc, pixel_count, "
_FACTS += "area_50, area_90, uploaded_at, expires_at"


class UnknownSkymap(ArrayanError):
    """No map has this identifier, or none any more."""


class TooManySkymaps(ArrayanError):
    """There is no room for another map until one expires."""


class StoredSkymap(NamedTuple):
    """What is known about a map without its pixels. Areas are square degrees, of the credible regions of 50 and
    90 %."""

    skymap_id: str
    event: str | None
    observed_at: datetime | None
    instruments: str | None
    distance_mpc: float | None
    distance_error_mpc: float | None
    pixel_count: int
    area_50: float
    area_90: float
    uploaded_at: datetime
    expires_at: datetime


class SkymapStore:
    """Where maps are kept. It writes on a connection of its own, made for each map."""

    def __init__(self, url: str) -> None:
        self._url = url

    async def keep(self, read: ReadSkymap) -> tuple[StoredSkymap, bool]:
        """Keep a map for KEPT from now on; whether it is new. Raises TooManySkymaps, DatabaseUnavailable."""
        row = await asyncio.to_thread(_row, read.skymap, read.facts)
        try:
            async with await psycopg.AsyncConnection.connect(
                self._url, application_name="arrayan sky maps"
            ) as connection:
                return await _insert(connection, row)
        except psycopg.OperationalError as error:
            raise DatabaseUnavailable("the database does not answer") from error


Row = tuple[object, ...]


def _row(item: Skymap, facts: SkymapFacts) -> Row:
    return (
        skymap_id_of(item),
        *facts,
        *(len(item.uniq), item.area(0.5), item.area(0.9), KEPT, skymap_bytes(item)),
    )


async def _insert(connection: psycopg.AsyncConnection, row: Row) -> tuple[StoredSkymap, bool]:
    await connection.execute("LOCK TABLE skymap IN SHARE ROW EXCLUSIVE MODE")
    await connection.execute("DELETE FROM skymap WHERE expires_at < now()")
    found = await connection.execute(
        "SELECT count(*), coalesce(sum(octet_length(pixels)), 0), bool_or(skymap_id = %s) FROM skymap", (row[0],)
    )
    count, size, is_known = await found.fetchone() or (0, 0, None)
    if not is_known and (count >= MOST_SKYMAPS or size >= MOST_BYTES):
        raise TooManySkymaps(f"{count} sky maps are kept, and no more: try again when the oldest has expired")
    kept = await connection.execute(
        "INSERT INTO skymap (skymap_id, event, observed_at, instruments, distance_mpc, distance_error_mpc, "  # noqa: S608
        "pixel_count, area_50, area_90, expires_at, pixels) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, now() + %s, %s) "
        f"ON CONFLICT (skymap_id) DO UPDATE SET expires_at = excluded.expires_at RETURNING {_FACTS}",
        row,
    )
    stored = await kept.fetchone()
    assert stored is not None
    return StoredSkymap._make(stored), not is_known


async def skymap_facts(reader: Reader, skymap_id: str) -> StoredSkymap | None:
    """What is known about a map; None when it is not there, or no longer."""
    rows = await reader.rows(
        f"SELECT {_FACTS} FROM skymap WHERE skymap_id = %s AND expires_at > now()",  # noqa: S608
        (skymap_id,),
    )
    return StoredSkymap._make(rows[0]) if rows else None


_remembered: OrderedDict[str, Skymap] = OrderedDict()
"""The maps that were asked for last: what an identifier stands for never changes."""


async def load_skymap(reader: Reader, skymap_id: str) -> Skymap:
    """A map with its pixels, in one statement. Raises UnknownSkymap."""
    known = _remembered.get(skymap_id)
    rows = await reader.rows(
        "SELECT CASE WHEN %s THEN NULL ELSE pixels END FROM skymap WHERE skymap_id = %s AND expires_at > now()",
        (known is not None, skymap_id),
    )
    if not rows:
        raise UnknownSkymap(
            f"no sky map has the id {skymap_id[:80]!r}: send it to POST /skymaps, which keeps it for "
            f"{KEPT.days} days"
        )
    if known is None:
        known = await asyncio.to_thread(skymap_of_bytes, rows[0][0])
    _remembered[skymap_id] = known
    _remembered.move_to_end(skymap_id)
    while len(_remembered) > REMEMBERED:
        _remembered.popitem(last=False)
    return known


async def drawn(reader: Reader, region: Region) -> Region:
    """The same region, that of a sky map by its pixels. Raises UnknownSkymap."""
    if not isinstance(region, SkymapLevel):
        return region
    item = await load_skymap(reader, region.skymap_id)
    return Moc(await asyncio.to_thread(item.ranges, region.credible_level))


async def with_skymaps_drawn(reader: Reader, where: ObjectFilter) -> ObjectFilter:
    """The same filter, every region of a sky map in it by its pixels; one statement for each. Raises
    UnknownSkymap."""
    if not _names_a_skymap(where):
        return where
    return replace(
        where,
        region=None if where.region is None else await drawn(reader, where.region),
        all_of=tuple([await with_skymaps_drawn(reader, part) for part in where.all_of]),
        any_of=None
        if where.any_of is None
        else tuple([await with_skymaps_drawn(reader, part) for part in where.any_of]),
        none_of=None if where.none_of is None else await with_skymaps_drawn(reader, where.none_of),
    )


def _names_a_skymap(where: ObjectFilter) -> bool:
    parts = [*where.all_of, *(where.any_of or ()), *([] if where.none_of is None else [where.none_of])]
    return isinstance(where.region, SkymapLevel) or any(map(_names_a_skymap, parts))
