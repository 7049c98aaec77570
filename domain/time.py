"""Modified Julian Dates (UTC) and datetimes.

A survey's Julian Date is a double near 2.46e6, so its last bit is 40 microseconds: one MJD always
gives the same microsecond, which is what makes a timestamp fit for a key.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from domain.errors import InvalidTime

JD_OF_MJD_ZERO = 2400000.5
MJD_OF_UNIX_EPOCH = 40587.0
SECONDS_PER_DAY = 86_400.0
MICROSECONDS_PER_DAY = 86_400_000_000
TIMES_REMEMBERED = 65_536
"""Thousands of alerts come from one exposure, and their histories name the same exposures of the last month."""
EARLIEST_MJD, LATEST_MJD = -678575.0, 2973483.0
"""The years 1 to 9999, which a calendar date can name."""
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


def parse_time(text: str) -> float:
    """MJD (UTC) of a time as people write it: `60310.25`, `2024-01-01`, `2024-01-01 06:00`, `2024-01-01T06:00:00Z`.

    A date alone is its midnight; a time without a zone is UTC. Raises InvalidTime with what was expected.
    """
    stripped = text.strip()
    try:
        mjd = float(stripped)
    except ValueError:
        try:
            time = datetime.fromisoformat(stripped)
        except ValueError as error:
            raise InvalidTime(
                f"cannot read {text!r} as a time; write an MJD (60310.25) or a date (2024-01-01 06:00)"
            ) from error
        return mjd_from_datetime(time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC))
    if not EARLIEST_MJD <= mjd < LATEST_MJD:
        raise InvalidTime(f"{text.strip()} is no MJD of the years 1 to 9999; write 60310.25 or 2024-01-01")
    return mjd
