"""Dates against astropy, and the microsecond that makes a date a key."""

from datetime import UTC, datetime, timedelta

import pytest
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidTime
from domain.time import datetime_from_mjd, mjd_from_datetime, mjd_from_jd, parse_time

MJDS = st.floats(40_000, 70_000)


@given(st.floats(57_754, 70_000))  # after the last leap second: astropy stretches the days that have one
def test_datetime_is_that_of_astropy(mjd: float) -> None:
    expected = Time(mjd, format="mjd", scale="utc").to_datetime(timezone=UTC)
    assert abs(datetime_from_mjd(mjd) - expected) <= timedelta(microseconds=1)


@given(MJDS)
def test_a_date_survives_the_way_to_a_datetime_and_back(mjd: float) -> None:
    time = datetime_from_mjd(mjd)
    assert datetime_from_mjd(mjd_from_datetime(time)) == time


@given(st.floats(2_440_000, 2_470_000))
def test_julian_dates_that_differ_have_datetimes_that_differ(jd: float) -> None:
    """The next double is 40 microseconds away, so one jd can be told from another by its datetime."""
    following = jd + 2**-31
    assert following != jd
    assert datetime_from_mjd(mjd_from_jd(jd)) < datetime_from_mjd(mjd_from_jd(following))


def test_known_dates() -> None:
    assert mjd_from_jd(2451545.0) == 51544.5
    assert datetime_from_mjd(51544.5) == datetime(2000, 1, 1, 12, tzinfo=UTC)
    assert mjd_from_datetime(datetime(1858, 11, 17, tzinfo=UTC)) == 0.0


@pytest.mark.parametrize("mjd", [float("nan"), float("inf"), float("-inf"), 1e12, -1e9, 1e300])
def test_dates_outside_of_the_calendar_raise(mjd: float) -> None:
    with pytest.raises((ValueError, OverflowError)):
        datetime_from_mjd(mjd)


@pytest.mark.parametrize(
    ("text", "mjd"),
    [
        ("60310.25", 60310.25),
        (" 60310 ", 60310.0),
        ("2024-01-01", 60310.0),
        ("2024-01-01 06:00", 60310.25),
        ("2024-01-01T06:00:00Z", 60310.25),
        ("2024-01-01T08:00:00+02:00", 60310.25),
        ("1858-11-17", 0.0),
    ],
)
def test_times_are_read_as_people_write_them(text: str, mjd: float) -> None:
    assert parse_time(text) == mjd


@pytest.mark.parametrize("text", ["", "yesterday", "2024-13-01", "nan", "inf", "1e9", "-1e9", "01/02/2024"])
def test_other_texts_are_no_times(text: str) -> None:
    with pytest.raises(InvalidTime, match=r"60310\.25"):
        parse_time(text)
