"""Reading the summaries per object and band."""

from collections.abc import Sequence

from domain.statistics import BandStatistics
from storage.reader import Reader

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
