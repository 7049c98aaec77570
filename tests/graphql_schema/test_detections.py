"""Detections by place and time, compared with a look at every row."""

from typing import Any

import numpy as np
import pytest
from astropy.coordinates import SkyCoord

from tests.support.sample_night import StoredNight

PAGE = """
query($region: RegionInput!, $afterMjd: Float!, $beforeMjd: Float!, $first: Int, $after: String) {
  detections(region: $region, afterMjd: $afterMjd, beforeMjd: $beforeMjd, first: $first, after: $after) {
    edges { cursor node { candid mjd ra dec } object { name } }
    pageInfo { hasNextPage hasPreviousPage startCursor endCursor }
  }
}
"""

ALWAYS = {"afterMjd": 0.0, "beforeMjd": 100_000.0}
EVERYWHERE = {"box": {"raMin": 0.0, "raMax": 360.0, "decMin": -90.0, "decMax": 90.0}}

Row = tuple[str, str]
"""Name of the object, and candid."""


def all_rows(night: StoredNight) -> list[dict[str, Any]]:
    return night.rows(
        "SELECT o.name, d.candid, d.mjd, d.ra, d.dec FROM detection d JOIN object o USING (object_id) "
        "ORDER BY d.mjd, d.object_id, d.candid"
    )


def keys(rows: list[dict[str, Any]]) -> list[Row]:
    return [(row["name"], str(row["candid"])) for row in rows]


def found(night: StoredNight, size: int = 5000, **variables: Any) -> list[Row]:
    """All pages."""
    rows: list[Row] = []
    after = None
    while True:
        page = night.endpoint.ask(PAGE, first=size, after=after, **{**ALWAYS, **variables})["detections"]
        rows += [(edge["object"]["name"], edge["node"]["candid"]) for edge in page["edges"]]
        if not page["pageInfo"]["hasNextPage"]:
            return rows
        after = page["pageInfo"]["endCursor"]


def test_everywhere_and_always_is_every_row_in_order_of_time(stored_night: StoredNight) -> None:
    rows = all_rows(stored_night)
    assert found(stored_night, region=EVERYWHERE) == keys(rows)
    assert len(rows) > 1000


def test_pages_of_any_size_give_every_row_once(stored_night: StoredNight) -> None:
    assert found(stored_night, size=97, region=EVERYWHERE) == keys(all_rows(stored_night))


@pytest.mark.parametrize("radius", [1.0, 3600.0, 72_000.0, 648_000.0])
def test_cone_holds_what_astropy_finds_in_it(stored_night: StoredNight, radius: float) -> None:
    rows = all_rows(stored_night)
    center = rows[len(rows) // 3]
    places = SkyCoord([row["ra"] for row in rows], [row["dec"] for row in rows], unit="deg")
    angles = places.separation(SkyCoord(center["ra"], center["dec"], unit="deg")).arcsec
    inside = [rows[index] for index in np.flatnonzero(angles <= radius)]
    region = {"cone": {"ra": center["ra"], "dec": center["dec"], "radius": radius}}
    assert found(stored_night, region=region) == keys(inside) != []


@pytest.mark.parametrize("box", [(300.0, 60.0, -30.0, 60.0), (10.0, 200.0, -10.0, 45.5), (0.0, 360.0, 20.0, 20.5)])
def test_box_holds_what_lies_between_its_edges(
    stored_night: StoredNight, box: tuple[float, float, float, float]
) -> None:
    ra_min, ra_max, dec_min, dec_max = box
    inside = [
        row
        for row in all_rows(stored_night)
        if (ra_min <= row["ra"] <= ra_max if ra_min <= ra_max else row["ra"] >= ra_min or row["ra"] <= ra_max)
        and dec_min <= row["dec"] <= dec_max
    ]
    region = {"box": {"raMin": ra_min, "raMax": ra_max, "decMin": dec_min, "decMax": dec_max}}
    assert found(stored_night, region=region) == keys(inside) != []


def test_window_includes_both_its_ends(stored_night: StoredNight) -> None:
    rows = all_rows(stored_night)
    first, last = rows[len(rows) // 4]["mjd"], rows[len(rows) // 2]["mjd"]
    inside = [row for row in rows if first <= row["mjd"] <= last]
    assert found(stored_night, size=50, region=EVERYWHERE, afterMjd=first, beforeMjd=last) == keys(inside)
    moment = [row for row in rows if row["mjd"] == first]
    assert found(stored_night, region=EVERYWHERE, afterMjd=first, beforeMjd=first) == keys(moment) != []


@pytest.mark.parametrize(("after", "before"), [(-1e300, -1e299), (1e299, 1e300), (99_999.0, 1e300), (0.0, 1.0)])
def test_a_window_without_detections_is_empty(stored_night: StoredNight, after: float, before: float) -> None:
    assert found(stored_night, region=EVERYWHERE, afterMjd=after, beforeMjd=before) == []


def test_the_widest_window_is_everything(stored_night: StoredNight) -> None:
    wide = found(stored_night, region=EVERYWHERE, afterMjd=-1e308, beforeMjd=1e308)
    assert len(wide) == len(all_rows(stored_night))


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        ({"afterMjd": 61000.0, "beforeMjd": 60999.0}, "BAD_USER_INPUT", "must not be later than beforeMjd"),
        ({"first": -1}, "BAD_USER_INPUT", "negative"),
        ({"first": 5001}, "LIMIT_EXCEEDED", "at most 5000"),
        ({"after": "x"}, "BAD_CURSOR", "not a cursor"),
        ({"after": "WzEuMCwyXQ"}, "BAD_CURSOR", "another order"),
        ({"after": "WzFlNDAwLDIsM10"}, "BAD_CURSOR", "cursor"),
        ({"region": {"cone": {"radius": 1.0}}}, "BAD_USER_INPUT", "either as ra and dec"),
    ],
)
def test_a_question_that_cannot_be_is_refused(
    stored_night: StoredNight, arguments: dict[str, Any], code: str, message: str
) -> None:
    refusal = stored_night.endpoint.refusal(PAGE, **{"region": EVERYWHERE, **ALWAYS, **arguments})
    assert refusal.code == code
    assert message in refusal.message


def test_a_hundred_come_unless_told_otherwise(stored_night: StoredNight) -> None:
    answer = stored_night.endpoint.ask(PAGE, region=EVERYWHERE, first=None, **ALWAYS)["detections"]
    assert len(answer["edges"]) == 100
    assert answer["pageInfo"] == {
        "hasNextPage": True,
        "hasPreviousPage": False,
        "startCursor": answer["edges"][0]["cursor"],
        "endCursor": answer["edges"][99]["cursor"],
    }
