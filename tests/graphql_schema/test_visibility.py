"""When an object can be observed, through the endpoint."""

from datetime import date

from domain.sky import position
from domain.visibility import site, visibility
from tests.support.sample_night import StoredNight

ASKED = """
query($name: String!, $longitude: Float!, $night: String!) { object(name: $name) {
  ra dec
  visibility(longitude: $longitude, latitude: -30.24, height: 2663, night: $night) {
    mjd altitude airmass sunAltitude moonAltitude moonSeparation moonIllumination
  }
} }
"""


def test_it_is_that_of_the_object_s_place(stored_night: StoredNight) -> None:
    (row,) = stored_night.rows("SELECT name FROM object ORDER BY name LIMIT 1")
    answer = stored_night.endpoint.ask(ASKED, name=row["name"], longitude=-70.7, night="2026-11-06")["object"]
    expected = visibility(position(answer["ra"], answer["dec"]), site(-70.7, -30.24, 2663), date(2026, 11, 6))
    found = answer["visibility"]
    assert found["mjd"] == expected.mjd.tolist()
    assert found["altitude"] == expected.altitude.tolist()
    assert [value is None for value in found["airmass"]] == [altitude <= 0 for altitude in found["altitude"]]
    assert found["moonSeparation"] == expected.moon_separation


def test_a_night_that_is_no_date_and_a_site_off_the_earth_are_refused(stored_night: StoredNight) -> None:
    (row,) = stored_night.rows("SELECT name FROM object ORDER BY name LIMIT 1")
    for wrong in ({"longitude": 0.0, "night": "tonight"}, {"longitude": 999.0, "night": "2026-11-06"}):
        refusal = stored_night.endpoint.refusal(ASKED, name=row["name"], **wrong)
        assert refusal.code == "BAD_USER_INPUT"
