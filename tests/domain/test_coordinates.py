"""Coordinates in other frames and in sexagesimal, beside astropy's."""

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import Angle, SkyCoord
from hypothesis import given
from hypothesis import strategies as st

from domain.coordinates import ecliptic, from_ecliptic, from_galactic, galactic, hours_and_degrees
from domain.sky import Position, parse_position, position, separation_arcsec

anywhere = st.builds(position, st.floats(0, 360, exclude_max=True), st.floats(-90, 90))


@given(anywhere)
def test_sexagesimal_is_read_back_within_its_last_digit(place: Position) -> None:
    again = parse_position(" ".join(hours_and_degrees(place)))
    assert separation_arcsec(place, again) < 0.012


@given(anywhere)
def test_sexagesimal_digits_are_those_of_astropy(place: Position) -> None:
    ra, dec = hours_and_degrees(place)
    assert Angle(ra, u.hourangle).deg == pytest.approx(place.ra, abs=0.0008 / 240) or ra == "00:00:00.000"
    assert Angle(dec, u.deg).deg == pytest.approx(place.dec, abs=0.0051 / 3600)


@pytest.mark.parametrize(
    ("place", "text"),
    [
        (Position(0.0, 0.0), ("00:00:00.000", "+00:00:00.00")),
        (Position(359.9999999, -0.0000001), ("00:00:00.000", "+00:00:00.00")),
        (Position(150.1, -2.2), ("10:00:24.000", "-02:12:00.00")),
        (Position(12.0, 90.0), ("00:48:00.000", "+90:00:00.00")),
        (Position(15.0, -89.9999999), ("01:00:00.000", "-90:00:00.00")),
    ],
)
def test_carries_run_through_and_zero_has_no_minus(place: Position, text: tuple[str, str]) -> None:
    assert hours_and_degrees(place) == text


@given(anywhere)
def test_frames_go_there_and_back(place: Position) -> None:
    for there, back in ((galactic, from_galactic), (ecliptic, from_ecliptic)):
        found = there(place)
        again = back([found.ra], [found.dec])
        assert separation_arcsec(place, position(again.longitude[0], again.latitude[0])) < 1e-4


def test_the_galactic_centre_and_pole_are_where_they_are() -> None:
    assert separation_arcsec(galactic(Position(266.40498829, -28.93617776)), Position(0.0, 0.0)) < 0.1
    assert galactic(Position(192.85948, 27.12825)).dec == pytest.approx(90, abs=1e-4)


def test_the_ecliptic_holds_the_sun() -> None:
    """The Sun at the solstice of June 2000 stood 23.44 degrees north."""
    pole = ecliptic(Position(270.0, 66.5607))
    assert pole.dec == pytest.approx(90, abs=0.01)
    line = from_ecliptic([90.0], [0.0])
    assert line.latitude[0] == pytest.approx(23.4393, abs=1e-3)
    astropys = SkyCoord(lon=90 * u.deg, lat=0 * u.deg, frame="barycentricmeanecliptic").icrs
    np.testing.assert_allclose(line.longitude, astropys.ra.deg)
