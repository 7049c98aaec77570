"""Cone search: all that astropy finds, nearest first, wherever on the sky."""

from typing import Any

import numpy as np
import pytest
from astropy.coordinates import SkyCoord

from domain.sky_object import SkyObject
from tests.support.endpoint import Endpoint
from tests.support.scattered_objects import CROWDED_PLACES, RADII_ARCSEC, ScatteredObjects

CONE = """
query(
  $ra: Float, $dec: Float, $position: String, $radius: Float!, $where: ObjectFilter, $first: Int, $after: String
) {
  coneSearch(
    ra: $ra, dec: $dec, position: $position, radius: $radius, where: $where, first: $first, after: $after
  ) {
    edges { cursor separation node { name } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""

Found = list[tuple[str, float]]


def cone_search(asked: Endpoint, *, size: int = 500, **variables: Any) -> Found:
    """All pages: names with separations."""
    found: Found = []
    after = None
    while True:
        page = asked.ask(CONE, first=size, after=after, **variables)["coneSearch"]
        found += [(edge["node"]["name"], edge["separation"]) for edge in page["edges"]]
        assert page["pageInfo"]["hasPreviousPage"] is (after is not None)
        if not page["pageInfo"]["hasNextPage"]:
            return found
        after = page["pageInfo"]["endCursor"]


def brute_force(rows: list[SkyObject], ra: float, dec: float, radius: float) -> dict[str, float]:
    """Separations of all objects in a cone, by astropy."""
    places = SkyCoord([row.ra for row in rows], [row.dec for row in rows], unit="deg")
    angles = places.separation(SkyCoord(ra, dec, unit="deg")).arcsec
    return {rows[index].name: angles[index] for index in np.flatnonzero(angles <= radius)}


@pytest.mark.parametrize("radius", [*RADII_ARCSEC, 36_000.0])
@pytest.mark.parametrize(("ra", "dec"), [*CROWDED_PLACES, (359.9999, 0.0), (0.0, -90.0), (312.0, 89.99)])
def test_finds_what_astropy_finds_nearest_first(
    scattered: ScatteredObjects, ra: float, dec: float, radius: float
) -> None:
    found = cone_search(scattered.endpoint, ra=ra, dec=dec, radius=radius)
    expected = brute_force(list(scattered.rows), ra, dec, radius)
    assert {name for name, _ in found} == set(expected)
    separations = [separation for _, separation in found]
    assert separations == pytest.approx([expected[name] for name, _ in found], abs=1e-6)
    assert separations == sorted(separations)
    assert len(found) == len(expected)


def test_pages_give_every_object_once_in_the_order_of_one_page(scattered: ScatteredObjects) -> None:
    cone: dict[str, Any] = {"ra": 0.0, "dec": 0.0, "radius": 36_000.0}
    whole = cone_search(scattered.endpoint, **cone)
    assert cone_search(scattered.endpoint, size=7, **cone) == whole
    assert len(whole) > 40


@pytest.mark.parametrize(
    ("text", "ra", "dec"),
    [
        ("123.4 0", 123.4, 0.0),
        ("123.4,0.0", 123.4, 0.0),
        ("  123.4 \t +0.0 ", 123.4, 0.0),
        ("08:13:36 +00:00:00", 123.4, 0.0),
        ("8h13m36s +0d0m0s", 123.4, 0.0),
        ("08 13 36 +00 00 00", 123.4, 0.0),
        ("14:29:12, -33:18:00", 217.3, -33.3),
        ("483.4 0", 123.4, 0.0),
        ("-236.6 0", 123.4, 0.0),
    ],
)
def test_position_can_be_text(scattered: ScatteredObjects, text: str, ra: float, dec: float) -> None:
    by_text = cone_search(scattered.endpoint, position=text, radius=20.0)
    by_numbers = cone_search(scattered.endpoint, ra=ra, dec=dec, radius=20.0)
    assert [name for name, _ in by_text] == [name for name, _ in by_numbers] != []
    assert [s for _, s in by_text] == pytest.approx([s for _, s in by_numbers], abs=1e-5)


@pytest.mark.parametrize("radius", [1e-30, 5e-324])
def test_the_smallest_numbers_are_radii(scattered: ScatteredObjects, radius: float) -> None:
    assert cone_search(scattered.endpoint, ra=200.0, dec=1.0, radius=radius) == []
    ask = "query($r: Float!) { crossmatch(positions: [{ra: 1, dec: 2}], radius: $r) { matches { separation } } }"
    assert scattered.endpoint.ask(ask, r=radius) == {"crossmatch": [{"matches": []}]}


def test_right_ascension_is_a_circle(scattered: ScatteredObjects) -> None:
    around = [cone_search(scattered.endpoint, ra=ra, dec=0.0, radius=20.0) for ra in (0.0, 360.0, -360.0, 720.0)]
    assert around[0] == around[1] == around[2] == around[3] != []


def test_filter_holds_inside_the_cone(scattered: ScatteredObjects) -> None:
    cone: dict[str, Any] = {"ra": 0.0, "dec": 90.0, "radius": 36_000.0}
    where = {"survey": "ZTF", "detectionCount": {"gte": 3}, "not": {"stellar": True}}
    passing = {
        row.name
        for row in scattered.rows
        if row.survey == "ZTF" and row.detection_count >= 3 and row.stellar is not True
    }
    expected = [item for item in cone_search(scattered.endpoint, **cone) if item[0] in passing]
    assert cone_search(scattered.endpoint, size=5, where=where, **cone) == expected != []
    assert cone_search(scattered.endpoint, where={"names": []}, **cone) == []
    region = {"region": {"box": {"raMin": 0.0, "raMax": 180.0, "decMin": 89.0, "decMax": 90.0}}}
    inside = {row.name for row in scattered.rows if row.ra <= 180 and row.dec >= 89}
    expected = [item for item in cone_search(scattered.endpoint, **cone) if item[0] in inside]
    assert cone_search(scattered.endpoint, where=region, **cone) == expected != []


def test_radius_is_half_an_arcminute_unless_told_otherwise(scattered: ScatteredObjects) -> None:
    answer = scattered.endpoint.ask("{ coneSearch(ra: 0, dec: 0) { edges { separation node { name } } } }")
    found = [(edge["node"]["name"], edge["separation"]) for edge in answer["coneSearch"]["edges"]]
    assert found == cone_search(scattered.endpoint, ra=0.0, dec=0.0, radius=30.0)[:20]


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ({"radius": 1.0}, "BAD_USER_INPUT", "either as ra and dec"),
        ({"ra": 1.0, "radius": 1.0}, "BAD_USER_INPUT", "either as ra and dec"),
        ({"ra": 1.0, "dec": 1.0, "position": "1 1", "radius": 1.0}, "BAD_USER_INPUT", "either as ra and dec"),
        ({"ra": 1.0, "dec": 90.1, "radius": 1.0}, "BAD_USER_INPUT", "dec must lie between -90 and 90"),
        ({"position": "1 91", "radius": 1.0}, "BAD_USER_INPUT", "dec must lie between -90 and 90"),
        ({"position": "M31", "radius": 1.0}, "BAD_USER_INPUT", "cannot read 'M31' as a position"),
        ({"position": "", "radius": 1.0}, "BAD_USER_INPUT", "cannot read '' as a position"),
        ({"position": "nan nan", "radius": 1.0}, "BAD_USER_INPUT", "finite"),
        ({"position": "25:00:00 +00:00:00", "radius": 1.0}, "BAD_USER_INPUT", "position"),
        ({"position": "10:61:00 +00:00:00", "radius": 1.0}, "BAD_USER_INPUT", "position"),
        ({"ra": 1.0, "dec": 1.0, "radius": 0.0}, "BAD_USER_INPUT", "greater than 0"),
        ({"ra": 1.0, "dec": 1.0, "radius": -1.0}, "BAD_USER_INPUT", "greater than 0"),
        ({"ra": 1.0, "dec": 1.0, "radius": 36_000.1}, "LIMIT_EXCEEDED", "at most 36000"),
        ({"ra": 1.0, "dec": 1.0, "radius": 1.0, "first": -1}, "BAD_USER_INPUT", "negative"),
        ({"ra": 1.0, "dec": 1.0, "radius": 1.0, "first": 501}, "LIMIT_EXCEEDED", "at most 500"),
        ({"ra": 1.0, "dec": 1.0, "radius": 1.0, "after": "x"}, "BAD_CURSOR", "not a cursor"),
        ({"ra": 1e300, "dec": 1.0, "radius": 1.0, "after": ""}, "BAD_CURSOR", "not a cursor"),
    ],
)
def test_a_cone_that_cannot_be_is_refused(
    scattered: ScatteredObjects, arguments: dict[str, Any], code: str, message: str
) -> None:
    refusal = scattered.endpoint.refusal(CONE, **arguments)
    assert refusal.code == code
    assert message in refusal.message


def test_neighbors_at_the_poles_and_across_ra_0_are_those_of_astropy(scattered: ScatteredObjects) -> None:
    centers = [row for row in scattered.rows if (row.ra, row.dec) in CROWDED_PLACES]
    answer = scattered.endpoint.ask(
        """query($names: [String!]!) {
          objects(where: {names: $names}, first: 500) {
            nodes {
              name
              all: neighbors(radius: 600) { separation object { name } }
              lsst: neighbors(radius: 600, survey: LSST) { object { name survey } }
            }
          }
        }""",
        names=[row.name for row in centers],
    )
    nodes = {node["name"]: node for node in answer["objects"]["nodes"]}
    surveys = {row.name: row.survey for row in scattered.rows}
    for center in centers:
        expected = brute_force(list(scattered.rows), center.ra, center.dec, 600.0)
        del expected[center.name]
        found = {item["object"]["name"]: item["separation"] for item in nodes[center.name]["all"]}
        assert found == pytest.approx(expected, abs=1e-6)
        assert list(found.values()) == sorted(found.values())
        lsst = [item["object"]["name"] for item in nodes[center.name]["lsst"]]
        assert lsst == [name for name in found if surveys[name] == "LSST"]
