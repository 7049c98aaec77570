"""Nights at a site, beside what an almanac says."""

from datetime import date

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import EarthLocation, get_body
from astropy.time import Time

from domain.observatories import OBSERVATORIES
from domain.sky import Position
from domain.visibility import InvalidSite, airmass, site, visibility

PALOMAR = OBSERVATORIES["Palomar"]
RUBIN = OBSERVATORIES["Cerro Pachón (Rubin, Gemini South, SOAR)"]


def test_a_star_culminates_at_the_height_that_geometry_says() -> None:
    """90 - |latitude - declination|, at both hemispheres, within a step of the night."""
    for seen_from in (PALOMAR, RUBIN):
        found = visibility(Position(73.6, 10.0), seen_from, date(2026, 12, 5))
        assert found.altitude.max() == pytest.approx(90 - abs(seen_from.latitude - 10.0), abs=0.3)


def test_the_pole_stands_still_at_the_latitude() -> None:
    found = visibility(Position(0.0, 90.0), PALOMAR, date(2026, 3, 1))
    np.testing.assert_allclose(found.altitude, PALOMAR.latitude, atol=0.3)
    assert np.isnan(visibility(Position(0.0, 90.0), RUBIN, date(2026, 3, 1)).airmass).all()


def test_the_sun_is_highest_at_noon_and_lowest_at_midnight() -> None:
    found = visibility(Position(0.0, 0.0), RUBIN, date(2026, 6, 21))
    assert found.sun_altitude.argmin() == pytest.approx(len(found.mjd) // 2, abs=3)
    assert found.sun_altitude.min() == pytest.approx(-(90 - abs(-RUBIN.latitude - 23.44)) + 0, abs=0.5)
    assert found.sun_altitude[0] == pytest.approx(90 - (-RUBIN.latitude + 23.44), abs=0.5)


@pytest.mark.parametrize(
    ("evening", "lit"),
    [(date(2024, 4, 8), 0.0), (date(2024, 4, 23), 1.0), (date(2024, 4, 15), 0.5)],
)
def test_the_moon_is_lit_as_the_almanac_says(evening: date, lit: float) -> None:
    """New Moon (an eclipse) on 2024-04-08, first quarter on the 15th, full on the 23rd."""
    assert visibility(Position(0.0, 0.0), PALOMAR, evening).moon_illumination == pytest.approx(lit, abs=0.06)


def test_the_moon_s_distance_is_that_which_the_site_sees() -> None:
    """And not that seen from the Sun: behind the Moon it is 0, opposite to it 180 degrees."""
    for evening in (date(2024, 4, 8), date(2026, 7, 5), date(2026, 11, 26)):
        noon = Time(f"{evening}T12:00:00") - (RUBIN.longitude / 15) * u.hour
        midnight = noon + 12 * u.hour
        here = EarthLocation.from_geodetic(RUBIN.longitude, RUBIN.latitude, RUBIN.height_meters)
        moon = get_body("moon", midnight, here)
        beside = Position(float(moon.ra.deg), float(moon.dec.deg))
        assert (
            visibility(beside, RUBIN, evening).moon_separation < 0.02
        )  # light bends and the Earth moves: 20 arcsec
        opposite = Position((beside.ra + 180) % 360, -beside.dec)
        assert visibility(opposite, RUBIN, evening).moon_separation > 179.98


def test_airmass_is_one_overhead_and_about_two_at_thirty_degrees() -> None:
    assert airmass(90.0) == pytest.approx(1.0, abs=1e-4)
    assert airmass(30.0) == pytest.approx(1.993, abs=0.003)
    assert np.isnan(airmass([-1.0, 0.0])).all()


@pytest.mark.parametrize("place", [(200.5, 91, 0), (-181, 0, 0), (0, 0, 20000), (float("nan"), 0, 0)])
def test_a_site_off_the_earth_is_refused(place: tuple[float, float, float]) -> None:
    with pytest.raises(InvalidSite, match="a site has"):
        site(*place)


def test_far_years_are_refused_and_near_ones_need_no_table() -> None:
    assert visibility(Position(0.0, 0.0), PALOMAR, date(2045, 1, 1)).altitude.max() > 50
    with pytest.raises(InvalidSite, match="1980 to 2100"):
        visibility(Position(0.0, 0.0), PALOMAR, date(2300, 1, 1))
