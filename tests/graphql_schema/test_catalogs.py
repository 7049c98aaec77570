"""catalogs and catalogSearch."""

import numpy as np
import pytest

from domain.sky import Position
from tests.support.catalogued_sky import RADII, CataloguedSky
from tests.support.points import Points, separations

SEARCH = """query($names: [String!], $ra: Float!, $dec: Float!, $radius: Float!) {
  catalogSearch(catalogs: $names, ra: $ra, dec: $dec, radius: $radius) {
    catalog sourceId ra dec separation values { name value unit }
  }
}"""


def test_catalogues_with_their_columns(catalogued: CataloguedSky) -> None:
    query = "{ catalogs { name description rows defaultRadius columns { name unit description } } }"
    near, wide = catalogued.endpoint.ask(query)["catalogs"]
    assert (near["name"], near["rows"], near["defaultRadius"]) == ("near", len(catalogued.sources["near"].ra), 1.5)
    assert (wide["name"], wide["description"], wide["defaultRadius"]) == ("wide", "The catalogue wide", 30.0)
    assert near["columns"] == [
        {"name": "magnitude", "unit": "mag", "description": "Mean magnitude"},
        {"name": "kind", "unit": None, "description": None},
    ]


@pytest.mark.parametrize("names", [None, ["near"], ["wide", "near"], []])
def test_sources_around_a_position_nearest_first(catalogued: CataloguedSky, names: list[str] | None) -> None:
    for row in catalogued.rows[::40]:
        answer = catalogued.endpoint.ask(SEARCH, names=names, ra=row.ra, dec=row.dec, radius=60.0)["catalogSearch"]
        expected = {
            (name, str(index), round(float(angle), 5))
            for name, places in catalogued.sources.items()
            if names is None or name in names
            for index, angle in enumerate(separations(Points(*places), Position(row.ra, row.dec)))
            if angle <= 60.0
        }
        assert {(one["catalog"], one["sourceId"], round(one["separation"], 5)) for one in answer} == expected
        assert [one["separation"] for one in answer] == sorted(one["separation"] for one in answer)
        for one in answer:
            place = int(one["sourceId"])
            assert one["ra"] == np.float64(catalogued.sources[one["catalog"]].ra[place])
            assert one["values"] == [
                {"name": "magnitude", "value": str(place / 2), "unit": "mag"},
                {"name": "kind", "value": "kind", "unit": None},
            ]


@pytest.mark.parametrize(
    ("variables", "code", "message"),
    [
        ({"names": ["x"]}, "BAD_USER_INPUT", "no catalogue is named 'x'; there are near, wide"),
        ({"names": ["near\0"]}, "BAD_USER_INPUT", "without NUL"),
        ({"names": ["near"] * 101}, "LIMIT_EXCEEDED", "at most 100 names"),
        ({"radius": 3601.0}, "LIMIT_EXCEEDED", "radius must be at most 3600"),
        ({"radius": 0.0}, "BAD_USER_INPUT", "radius must be greater than 0"),
        ({"dec": 91.0}, "BAD_USER_INPUT", "dec must lie between"),
    ],
)
def test_what_cannot_be_is_refused(
    catalogued: CataloguedSky, variables: dict[str, object], code: str, message: str
) -> None:
    asked = {"names": None, "ra": 10.0, "dec": 10.0, "radius": 5.0, **variables}
    refusal = catalogued.endpoint.refusal(SEARCH, **asked)
    assert refusal.code == code
    assert message in refusal.message


def test_default_radii_are_told_apart(catalogued: CataloguedSky) -> None:
    told = catalogued.endpoint.ask("{ catalogs { name defaultRadius } }")["catalogs"]
    assert {one["name"]: one["defaultRadius"] for one in told} == RADII
