"""What objects' dropped rows count for.

Before maintenance drops the beginning of a light curve, its tally is kept here, and the moment it reaches to
with the object (`kept_since`). A tally made anew begins with it, so that summaries are of the whole history.
What comes later from before that moment is counted already, or came too late: it changes nothing.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.types.json import Json

from domain.tally import BandTally, CountedDetection, CountedLimit, MagnitudeTally, ObjectTally
from domain.time import datetime_from_mjd

KeptSince = Mapping[int, datetime]
"""Objects whose rows before some moment were dropped."""


def past_tallies(connection: Connection, object_ids: Sequence[int]) -> dict[int, ObjectTally]:
    """The tallies of what was dropped of objects; those of which nothing was are missing."""
    rows = connection.execute(
        "SELECT object_id, tally FROM past_tally WHERE object_id = ANY(%s)", (list(object_ids),)
    )
    return {object_id: _tally(kept) for object_id, kept in rows}


def store_past_tallies(connection: Connection, tallies: Iterable[ObjectTally]) -> None:
    """Keep tallies of what is dropped, in the place of those that were there."""
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO past_tally (object_id, tally) VALUES (%s, %s) "
            "ON CONFLICT (object_id) DO UPDATE SET tally = excluded.tally",
            [(tally.object_id, Json(asdict(tally))) for tally in tallies],
        )


def is_since(row: CountedDetection | CountedLimit, moment: datetime) -> bool:
    """Whether the row's `ts` is at a moment or later."""
    return datetime_from_mjd(row.mjd) >= moment


def _tally(kept: dict[str, Any]) -> ObjectTally:
    bands = {band: _band_tally(held) for band, held in kept.pop("bands").items()}
    waiting = [CountedLimit(*limit) for limit in kept.pop("waiting_limits")]
    return ObjectTally(**kept, bands=bands, waiting_limits=waiting)


def _band_tally(kept: dict[str, Any]) -> BandTally:
    magnitude, apparent = MagnitudeTally(**kept.pop("magnitude")), MagnitudeTally(**kept.pop("apparent"))
    return BandTally(**kept, magnitude=magnitude, apparent=apparent)
