"""A table of targets at once, compared with astropy."""

from typing import Any

import numpy as np
import pytest
from astropy.coordinates import SkyCoord

from tests.graphql_schema.test_statement_counts import statements
from tests.support.sample_night import StoredNight
from tests.support.scattered_objects import ScatteredObjects

MATCH = """
query($positions: [PositionInput!]!, $radius: Float! = 2, $nearest: Int, $where: ObjectFilter) {
  crossmatch(positions: $positions, radius: $radius, nearest: $nearest, where: $where) {
    name ra dec matches { separation object { name } }
  }
}
"""


def targets(scattered: ScatteredObjects, count: int) -> list[dict[str, Any]]:
    """Places beside every object in turn, the same ones twice among them, and some that are empty."""
    random = np.random.default_rng(3)
    rows = [scattered.rows[int(n)] for n in random.integers(0, len(scattered.rows), count)]
    return [
        {"name": f"T{n}", "ra": row.ra, "dec": float(np.clip(row.dec + random.uniform(-1, 1) / 3600, -90, 90))}
        if n % 9
        else {"name": None, "ra": float(n), "dec": 71.5}
        for n, row in enumerate(rows)
    ]


@pytest.mark.parametrize(("radius", "nearest"), [(2.0, 1), (30.0, 4), (600.0, 50)])
def test_every_row_has_the_nearest_objects(scattered: ScatteredObjects, radius: float, nearest: int) -> None:
    given = targets(scattered, 120)
    rows = scattered.endpoint.ask(MATCH, positions=given, radius=radius, nearest=nearest)["crossmatch"]
    assert [(row["name"], row["ra"], row["dec"]) for row in rows] == [
        (item["name"], item["ra"], item["dec"]) for item in given
    ]
    places = SkyCoord([row.ra for row in scattered.rows], [row.dec for row in scattered.rows], unit="deg")
    for item, row in zip(given, rows, strict=True):
        angles = places.separation(SkyCoord(item["ra"], item["dec"], unit="deg")).arcsec
        expected = np.sort(angles[angles <= radius])[:nearest]
        assert [match["separation"] for match in row["matches"]] == pytest.approx(expected.tolist(), abs=1e-6)
    assert any(row["matches"] for row in rows)
    assert any(not row["matches"] for row in rows)


def test_a_match_passes_the_filter(scattered: ScatteredObjects) -> None:
    given = targets(scattered, 60)
    where = {"stellar": True, "region": {"box": {"raMin": 0.0, "raMax": 180.0, "decMin": -90.0, "decMax": 90.0}}}
    rows = scattered.endpoint.ask(MATCH, positions=given, radius=60.0, nearest=50, where=where)["crossmatch"]
    everything = scattered.endpoint.ask(MATCH, positions=given, radius=60.0, nearest=50)["crossmatch"]
    passing = {row.name for row in scattered.rows if row.stellar is True and row.ra <= 180}
    for row, whole in zip(rows, everything, strict=True):
        assert row["matches"] == [match for match in whole["matches"] if match["object"]["name"] in passing]
    assert any(row["matches"] for row in rows)


def test_positions_may_be_text_and_have_no_name(scattered: ScatteredObjects) -> None:
    given = [{"position": "08:13:36 +00:00:00"}, {"ra": 483.4, "dec": 0.0, "name": "the same"}]
    first, second = scattered.endpoint.ask(MATCH, positions=given)["crossmatch"]
    assert (first["name"], second["name"]) == (None, "the same")
    assert [first["ra"], second["ra"]] == pytest.approx([123.4, 123.4])
    assert [match["object"] for match in first["matches"]] == [match["object"] for match in second["matches"]] != []


def test_no_position_is_no_row(scattered: ScatteredObjects) -> None:
    assert scattered.endpoint.ask(MATCH, positions=[])["crossmatch"] == []


PLACE = {"ra": 1.0, "dec": 1.0}


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (
            {"positions": [*[PLACE] * 17, {"ra": 1.0, "dec": 91.0}]},
            "BAD_USER_INPUT",
            "positions[17]: dec must lie between -90 and 90 degrees, got 91.0",
        ),
        ({"positions": [PLACE, {"name": "x"}]}, "BAD_USER_INPUT", "positions[1]: give a place either"),
        ({"positions": [{"position": "M31"}]}, "BAD_USER_INPUT", "positions[0]: cannot read 'M31'"),
        ({"positions": [PLACE] * 10_001}, "LIMIT_EXCEEDED", "at most 10000 places, got 10001"),
        ({"nearest": 0}, "BAD_USER_INPUT", "nearest must be at least 1"),
        ({"nearest": 51}, "LIMIT_EXCEEDED", "nearest must be at most 50"),
        ({"radius": 0.0}, "BAD_USER_INPUT", "radius must be greater than 0"),
        ({"radius": 601.0}, "LIMIT_EXCEEDED", "radius must be at most 600"),
    ],
)
def test_a_table_that_cannot_be_is_refused(
    scattered: ScatteredObjects, arguments: dict[str, Any], code: str, message: str
) -> None:
    refusal = scattered.endpoint.refusal(MATCH, **{"positions": [PLACE], **arguments})
    assert refusal.code == code
    assert message in refusal.message


def test_an_answer_has_a_limited_number_of_matches(scattered: ScatteredObjects) -> None:
    names = MATCH.replace("name ra dec matches { separation object { name } }", "name")
    refusal = scattered.endpoint.refusal(names, positions=[PLACE] * 5001, nearest=10)
    assert refusal == ("LIMIT_EXCEEDED", "positions x nearest must be at most 50000, got 50010")


def test_ten_thousand_positions_are_one_statement(
    stored_night: StoredNight, caplog: pytest.LogCaptureFixture
) -> None:
    places = stored_night.rows("SELECT ra, dec FROM object ORDER BY name LIMIT 100")
    for count in (1, 100, 10_000):
        given = [dict(places[n % 100]) for n in range(count)]
        assert len(statements(stored_night, caplog, MATCH, positions=given)) == 1
