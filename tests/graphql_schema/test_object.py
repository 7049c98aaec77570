"""One object: its fields, and what hangs on it."""

from typing import Any

import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy_healpix import HEALPix

from domain.statistics import BandStatistics
from domain.time import datetime_from_mjd
from tests.support.sample_night import StoredNight

OBJECT_FIELDS = """
survey name ra dec detectionCount nonDetectionCount firstMjd lastMjd firstTime lastTime corrected stellar
meanColor meanApparentColor
"""


def names_of(night: StoredNight, count: int) -> list[str]:
    return [row["name"] for row in night.rows("SELECT name FROM object ORDER BY object_id LIMIT %s", count)]


def fields_of(row: dict[str, Any]) -> dict[str, Any]:
    """What a client should see of a row of the table."""
    return {
        "survey": row["survey"],
        "name": row["name"],
        "ra": row["ra"],
        "dec": row["dec"],
        "detectionCount": row["detection_count"],
        "nonDetectionCount": row["non_detection_count"],
        "firstMjd": row["first_mjd"],
        "lastMjd": row["last_mjd"],
        "firstTime": datetime_from_mjd(row["first_mjd"]).isoformat(),
        "lastTime": datetime_from_mjd(row["last_mjd"]).isoformat(),
        "corrected": row["corrected"],
        "stellar": row["stellar"],
        "meanColor": row["mean_color"],
        "meanApparentColor": row["mean_apparent_color"],
    }


def test_every_object_is_found_by_its_name_with_the_values_of_its_row(stored_night: StoredNight) -> None:
    rows = stored_night.rows("SELECT * FROM object ORDER BY name")
    names = [row["name"] for row in rows]
    answer = stored_night.endpoint.ask(
        f"query($names: [String!]!) {{ objectsByName(names: $names) {{ {OBJECT_FIELDS} }} }}", names=names
    )
    assert answer == {"objectsByName": [fields_of(row) for row in rows]}


def test_object_answers_null_for_a_name_that_is_unknown_or_of_another_survey(stored_night: StoredNight) -> None:
    (name,) = names_of(stored_night, 1)
    answer = stored_night.endpoint.ask(
        """query($name: String!) {
          known: object(name: $name) { name }
          null_survey: object(name: $name, survey: null) { name }
          unknown: object(name: "ZTF99zzzzzzz") { name }
          empty: object(name: "") { name }
          elsewhere: object(name: $name, survey: LSST) { name }
          lower: object(name: "ztf99zzzzzzz") { name }
        }""",
        name=name,
    )
    assert answer == {
        "known": {"name": name},
        "null_survey": {"name": name},
        "unknown": None,
        "empty": None,
        "elsewhere": None,
        "lower": None,
    }


def test_objects_by_name_keep_the_order_asked_with_repeats_and_nulls(stored_night: StoredNight) -> None:
    first, second, third = names_of(stored_night, 3)
    asked = [third, "nobody", first, third, second]
    answer = stored_night.endpoint.ask(
        "query($names: [String!]!) { objectsByName(names: $names) { name } }", names=asked
    )
    found = [None if row is None else row["name"] for row in answer["objectsByName"]]
    assert found == [third, None, first, third, second]


def test_objects_by_name_takes_a_thousand_names_and_no_more(stored_night: StoredNight) -> None:
    query = "query($names: [String!]!) { objectsByName(names: $names) { name } }"
    names = [f"ZTF99{index:07d}" for index in range(1001)]
    assert stored_night.endpoint.ask(query, names=names[:1000]) == {"objectsByName": [None] * 1000}
    assert stored_night.endpoint.refusal(query, names=names) == (
        "LIMIT_EXCEEDED",
        "names may hold at most 1000 names, got 1001",
    )


def test_healpix_is_that_of_astropy_healpix_at_every_order(stored_night: StoredNight) -> None:
    orders = " ".join(f"o{order}: healpix(order: {order})" for order in range(30))
    answer = stored_night.endpoint.ask(
        f"{{ objects(first: 100) {{ nodes {{ ra dec ten: healpix null: healpix(order: null) {orders} }} }} }}"
    )
    for node in answer["objects"]["nodes"]:
        place = SkyCoord(node["ra"], node["dec"], unit="deg")
        expected = {
            f"o{order}": str(HEALPix(2**order, order="nested", frame="icrs").skycoord_to_healpix(place))
            for order in range(30)
        }
        assert {name: node[name] for name in expected} == expected
        assert node["ten"] == node["null"] == node["o10"]


@pytest.mark.parametrize("order", [-1, 30])
def test_healpix_refuses_an_order_that_does_not_exist(stored_night: StoredNight, order: int) -> None:
    query = "query($order: Int) { objects(first: 1) { nodes { healpix(order: $order) } } }"
    assert stored_night.endpoint.refusal(query, order=order) == (
        "BAD_USER_INPUT",
        f"order must lie between 0 and 29, got {order}",
    )


def test_neighbors_are_those_that_astropy_finds_nearest_first(stored_night: StoredNight) -> None:
    rows = stored_night.rows("SELECT name, ra, dec FROM object ORDER BY name")
    places = SkyCoord([row["ra"] for row in rows], [row["dec"] for row in rows], unit="deg")
    angles = places[:, None].separation(places[None, :]).arcsec
    expected: dict[str, list[tuple[str, float]]] = {row["name"]: [] for row in rows}
    for a, b in np.argwhere(angles <= 600):
        if a != b:
            expected[rows[a]["name"]].append((rows[b]["name"], angles[a, b]))
    answer = stored_night.endpoint.ask(
        """query($names: [String!]!) {
          objectsByName(names: $names) { name neighbors(radius: 600) { separation object { name } } }
        }""",
        names=list(expected),
    )
    for node in answer["objectsByName"]:
        found = [(item["object"]["name"], item["separation"]) for item in node["neighbors"]]
        nearest_first = sorted(expected[node["name"]], key=lambda item: item[1])
        assert [name for name, _ in found] == [name for name, _ in nearest_first]
        assert [s for _, s in found] == pytest.approx([s for _, s in nearest_first], abs=1e-6)


@pytest.mark.parametrize(
    ("radius", "code"),
    [(0.0, "BAD_USER_INPUT"), (-1.0, "BAD_USER_INPUT"), (600.1, "LIMIT_EXCEEDED"), (1e308, "LIMIT_EXCEEDED")],
)
def test_neighbors_refuse_a_radius_that_is_none_or_too_wide(
    stored_night: StoredNight, radius: float, code: str
) -> None:
    query = "query($radius: Float!) { objects(first: 1) { nodes { neighbors(radius: $radius) { separation } } } }"
    assert stored_night.endpoint.refusal(query, radius=radius).code == code


def test_links_name_the_object_and_its_place(stored_night: StoredNight) -> None:
    node = stored_night.endpoint.ask("{ objects(first: 1) { nodes { name ra dec links { name url } } } }")[
        "objects"
    ]["nodes"][0]
    addresses = {link["name"]: link["url"] for link in node["links"]}
    assert set(addresses) >= {"SIMBAD", "NED", "TNS", "ALeRCE", "Fink", "Lasair"}
    assert all(url.startswith("https://") and " " not in url for url in addresses.values())
    assert addresses["ALeRCE"] == f"https://alerce.online/object/{node['name']}"
    assert f"{node['ra']:.6f}" in addresses["SIMBAD"]
    assert f"{node['dec']:.6f}" in addresses["SIMBAD"]


def test_band_statistics_are_the_rows_of_the_object_from_blue_to_red(stored_night: StoredNight) -> None:
    columns = [column for column in BandStatistics._fields if column != "object_id"]
    rows = stored_night.rows(
        f"SELECT o.name, {', '.join(f's.{column}' for column in columns)} "
        "FROM band_statistics s JOIN object o USING (object_id) "
        "ORDER BY o.name, strpos('ugrizy', s.band)"
    )
    expected: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        expected.setdefault(row.pop("name"), []).append({_camel(column): value for column, value in row.items()})
    fields = " ".join(next(iter(expected.values()))[0])
    answer = stored_night.endpoint.ask(
        f"query($names: [String!]!) {{ objectsByName(names: $names) {{ name bandStatistics {{ {fields} }} }} }}",
        names=list(expected),
    )
    assert {node["name"]: node["bandStatistics"] for node in answer["objectsByName"]} == expected
    assert max(map(len, expected.values())) >= 2


def _camel(column: str) -> str:
    head, *rest = column.split("_")
    return head + "".join(word.capitalize() for word in rest)


def test_surveys_say_what_has_come_of_each(stored_night: StoredNight) -> None:
    (known,) = stored_night.rows(
        "SELECT count(*) AS objects, max(last_mjd) AS last, "
        "(SELECT max(ingested_at) FROM alert) AS ingested FROM object"
    )
    answer = stored_night.endpoint.ask(
        "{ surveys { survey objectCount lastAlertTime lastIngestedAt deadLetterCount } }"
    )
    assert answer["surveys"] == [
        {
            "survey": "ZTF",
            "objectCount": known["objects"],
            "lastAlertTime": datetime_from_mjd(known["last"]).isoformat(),
            "lastIngestedAt": known["ingested"].isoformat(),
            "deadLetterCount": stored_night.report.dead_letters,
        },
        {
            "survey": "LSST",
            "objectCount": 0,
            "lastAlertTime": None,
            "lastIngestedAt": None,
            "deadLetterCount": 0,
        },
    ]


@pytest.mark.parametrize("name", ["\x00", "ZTF\x00", "\ud800"])
def test_a_name_that_no_database_can_compare_is_refused(stored_night: StoredNight, name: str) -> None:
    for query in (
        "query($name: String!) { object(name: $name) { name } }",
        "query($name: String!) { objectsByName(names: [$name]) { name } }",
        "query($name: String!) { objects(where: {names: [$name]}) { nodes { name } } }",
        "query($name: String!) { objects(where: {nameLike: $name}) { nodes { name } } }",
    ):
        assert stored_night.endpoint.refusal(query, name=name).code == "BAD_USER_INPUT"
