"""Dates against astropy, and the microsecond that makes a date a key."""

from datetime import UTC, datetime, timedelta

import pytest
from astropy.time import Time
from hypothesis import given
from hypothesis import strategies as st

from domain.time import datetime_from_mjd, mjd_from_datetime, mjd_from_jd

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
