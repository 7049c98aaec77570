"""From International Atomic Time to UTC.

TAI has no leap seconds, UTC has: since 2017 it is 37 s behind. The table of leap seconds is that of ERFA, which
astropy uses too; nothing is asked of the network. One that is announced later is known after an update of pyerfa.
"""

from bisect import bisect_right
from datetime import UTC, datetime
from typing import NamedTuple

import erfa

from domain.time import mjd_from_datetime

SECONDS_PER_DAY = 86400.0
FIRST_YEAR = 1972
"""Before, UTC ran at another rate than TAI and did not differ by whole seconds."""


class _Era(NamedTuple):
    """A time between two leap seconds. Its last day, as a rule, is the one that the second leap second prolongs."""

    first_tai: float
    """MJD (TAI) at which it begins."""
    offset: float
    """TAI - UTC, days."""
    last_day: float
    """MJD (UTC) at which the day with a leap second begins, infinite when none is known."""


def _eras() -> list[_Era]:
    table = [row for row in erfa.leap_seconds.get().tolist() if row[0] >= FIRST_YEAR]
    starts = [mjd_from_datetime(datetime(year, month, 1, tzinfo=UTC)) for year, month, _ in table]
    offsets = [seconds / SECONDS_PER_DAY for _, _, seconds in table]
    ends = [start - 1 for start in starts[1:]] + [float("inf")]
    return [_Era(start + offset, offset, end) for start, offset, end in zip(starts, offsets, ends, strict=True)]


ERAS = _eras()
_STARTS = [era.first_tai for era in ERAS]
_NOW = ERAS[-1]


def utc_from_tai(mjd_tai: float) -> float:
    """MJD (UTC) of an MJD (TAI), as astropy has it: a day with a leap second is 86,401 s long and still one day.

    Raises ValueError for times before 1972, and for what is no number.
    """
    if mjd_tai >= _NOW.first_tai:
        return mjd_tai - _NOW.offset
    if not mjd_tai >= ERAS[0].first_tai:
        raise ValueError(f"MJD {mjd_tai} (TAI) lies before 1972, when UTC began to count leap seconds")
    era = ERAS[bisect_right(_STARTS, mjd_tai) - 1]
    mjd = mjd_tai - era.offset
    if mjd < era.last_day:
        return mjd
    return era.last_day + (mjd - era.last_day) * SECONDS_PER_DAY / (SECONDS_PER_DAY + 1)
