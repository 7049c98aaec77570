"""Modified Julian Dates (UTC) and datetimes.

A survey's Julian Date is a double near 2.46e6, so its last bit is 40 microseconds: one MJD always
gives the same microsecond, which is what makes a timestamp fit for a key.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

JD_OF_MJD_ZERO = 2400000.5
MJD_OF_UNIX_EPOCH = 40587.0
SECONDS_PER_DAY = 86_400.0
MICROSECONDS_PER_DAY = 86_400_000_000
TIMES_REMEMBERED = 65_536
"""Thousands of alerts come from one exposure, and their histories name the same exposures of the last month."""
MJD_EPOCH = datetime(1858, 11, 17, tzinfo=UTC)


def mjd_from_jd(jd: float) -> float:
    """Modified Julian Date of a Julian Date, in the same time scale. Exact in binary64."""
    return jd - JD_OF_MJD_ZERO


@lru_cache(maxsize=TIMES_REMEMBERED)
def datetime_from_mjd(mjd: float) -> datetime:
    """UTC datetime of an MJD (UTC), rounded to the microsecond.

    Raises OverflowError or ValueError when the date is not finite or leaves the years 1 to 9999.
    """
    return MJD_EPOCH + timedelta(microseconds=round(mjd * MICROSECONDS_PER_DAY))


def mjd_from_datetime(time: datetime) -> float:
    """MJD (UTC) of an aware datetime."""
    return (time - MJD_EPOCH) / timedelta(days=1)
