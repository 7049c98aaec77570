"""Reading the summaries per object and band."""

from collections.abc import Sequence
from typing import NamedTuple

from domain.statistics import BandStatistics
from storage.reader import Reader


class Medians(NamedTuple):
    """Medians of one object in one band; None when no detection has a magnitude of the kind."""

    object_id: int
    band: str
    magnitude: float | None
    apparent_magnitude: float | None


_COLUMNS = ", ".join(BandStatistics._fields)
BAND_ORDER = "ugrizy"


async def band_statistics_of(reader: Reader, object_ids: Sequence[int]) -> dict[int, list[BandStatistics]]:
    """Statistics of each object, from the bluest band to the reddest; unknown objects are missing."""
    rows = await reader.rows(
        f"SELECT {_COLUMNS} FROM band_statistics WHERE object_id = ANY(%s)",  # noqa: S608
        (list(object_ids),),
    )
    found: dict[int, list[BandStatistics]] = {}
    for row in sorted(map(BandStatistics._make, rows), key=lambda item: BAND_ORDER.index(item.band)):
        found.setdefault(row.object_id, []).append(row)
    return found


async def medians_of(reader: Reader, object_ids: Sequence[int]) -> dict[tuple[int, str], Medians]:
    """Medians per object and band, taken from the light curves."""
    rows = await reader.rows(
        "SELECT object_id, band, percentile_cont(0.5) WITHIN GROUP (ORDER BY magnitude), "
        "percentile_cont(0.5) WITHIN GROUP (ORDER BY apparent_magnitude) "
        "FROM detection WHERE object_id = ANY(%s) GROUP BY object_id, band",
        (list(object_ids),),
    )
    return {(row[0], row[1]): Medians._make(row) for row in rows}
