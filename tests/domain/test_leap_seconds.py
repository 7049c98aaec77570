"""TAI to UTC, against astropy."""

from math import nan

import numpy as np
import pytest
from astropy.time import Time
from astropy.utils import iers

from domain.leap_seconds import utc_from_tai

pytestmark = pytest.mark.filterwarnings("ignore:ERFA function:erfa.ErfaWarning")
"""The far years, of which no leap second can be known yet."""

DAYS_WITH_A_LEAP_SECOND = (57203, 57753)
"""2015 June 30 and 2016 December 31."""
TOLERANCE_DAYS = 1e-9


def by_astropy(mjd_tai: float) -> float:
    with iers.conf.set_temp("auto_download", False):
        return float(Time(mjd_tai, format="mjd", scale="tai").utc.mjd)


def test_equals_astropy_from_2015_to_2030() -> None:
    random = np.random.default_rng(3)
    for mjd_tai in random.uniform(57023, 62867, 2000).tolist():
        assert utc_from_tai(mjd_tai) == pytest.approx(by_astropy(mjd_tai), abs=TOLERANCE_DAYS, rel=0)


@pytest.mark.parametrize("day", DAYS_WITH_A_LEAP_SECOND)
def test_equals_astropy_around_a_leap_second(day: int) -> None:
    seconds = [*range(-5, 50), 3600, 43200, *range(86380, 86460)]
    for second in (*seconds, *(s + 0.5 for s in seconds)):
        mjd_tai = day + second / 86400
        assert utc_from_tai(mjd_tai) == pytest.approx(by_astropy(mjd_tai), abs=TOLERANCE_DAYS, rel=0)


@pytest.mark.parametrize("year", range(1973, 2031))
def test_equals_astropy_since_utc_counts_leap_seconds(year: int) -> None:
    for start in (f"{year}-01-01", f"{year}-07-01"):
        middle = Time(start, scale="tai").mjd
        for mjd_tai in np.linspace(middle - 1.5, middle + 1.5, 31).tolist():
            assert utc_from_tai(mjd_tai) == pytest.approx(by_astropy(mjd_tai), abs=TOLERANCE_DAYS, rel=0)


def test_is_37_seconds_now() -> None:
    assert (61000.25 - utc_from_tai(61000.25)) * 86400 == pytest.approx(37, abs=1e-6)


def test_never_runs_backwards() -> None:
    instants = np.linspace(57753.99, 57754.01, 5000).tolist()
    converted = [utc_from_tai(mjd_tai) for mjd_tai in instants]
    assert converted == sorted(converted)


@pytest.mark.parametrize("mjd_tai", [0.0, 41317.0, nan, -1.0])
def test_refuses_times_before_1972(mjd_tai: float) -> None:
    with pytest.raises(ValueError, match="1972"):
        utc_from_tai(mjd_tai)
