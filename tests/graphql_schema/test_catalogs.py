"""catalogs, catalogSearch, crossmatches of objects, and objects in catalogues."""

from collections.abc import Callable, Mapping

import numpy as np
import psycopg
import pytest
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import psycopg as postgresql_dialect

from domain.object_filter import InCatalog, ObjectFilter
from domain.sky import Position, separation_arcsec
from storage.catalog_filter import in_catalog
from storage.tables import sky_object
from tests.support.catalogued_sky import RADII, CataloguedSky, angles_to_sources, found_in
from tests.support.points import Points, separations
from tests.support.statements import statements_of

SEARCH = """query($names: [String!], $ra: Float!, $dec: Float!, $radius: Float!) {
  catalogSearch(catalogs: $names, ra: $ra, dec: $dec, radius: $radius) {
    catalog sourceId ra dec separation values { name value unit }
  }
}"""


def test_catalogues_with_their_columns(catalogued: CataloguedSky) -> None:
    query = "{ catalogs { name description rows defaultRadius columns { name unit description } } }"
    few, near, wide = catalogued.endpoint.ask(query)["catalogs"]
    assert (near["name"], near["rows"], near["defaultRadius"]) == ("near", len(catalogued.sources["near"].ra), 1.5)
    assert (wide["name"], wide["description"], wide["defaultRadius"]) == ("wide", "The catalogue wide", 30.0)
    assert (few["name"], few["defaultRadius"]) == ("few", 60.0)
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
        ({"names": ["x"]}, "BAD_USER_INPUT", "no catalogue is named 'x'; there are few, near, wide"),
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


CROSSMATCHES = """query($names: [String!], $radius: Float, $first: Int) {
  objects(orderBy: [{field: NAME, direction: ASC}], first: $first) { nodes {
    name crossmatches(catalogs: $names, radius: $radius) { catalog sourceId separation values { value } }
  } }
}"""


@pytest.mark.parametrize(
    ("names", "radius"), [(None, 1.5), (["near"], 0.7), (["near"], 2.5), (["few", "wide"], 45.0)]
)
def test_crossmatches_of_objects(catalogued: CataloguedSky, names: list[str] | None, radius: float) -> None:
    answer = catalogued.endpoint.ask(CROSSMATCHES, names=names, radius=radius, first=500)["objects"]["nodes"]
    assert len(answer) == len(catalogued.rows)
    rows = {row.name: row for row in catalogued.rows}
    for node in answer:
        found = node["crossmatches"]
        expected = [
            (float(angle), name, str(index))
            for name, angles in angles_to_sources(catalogued, rows[node["name"]]).items()
            if names is None or name in names
            for index, angle in enumerate(angles)
            if angle <= radius
        ]
        assert {(one["catalog"], one["sourceId"]) for one in found} == {one[1:] for one in expected}
        assert [one["separation"] for one in found] == pytest.approx(sorted(one[0] for one in expected), abs=1e-6)
        assert [one["values"][0]["value"] for one in found] == [str(int(one["sourceId"]) / 2) for one in found]


def test_crossmatches_cost_one_statement_and_one_for_names(
    catalogued: CataloguedSky, caplog: pytest.LogCaptureFixture
) -> None:
    for names, most in ((None, 2), (["near", "few"], 3)):
        for first in (1, 10, 100):
            with statements_of(catalogued.endpoint.thread, caplog) as made:
                catalogued.endpoint.ask(CROSSMATCHES, names=names, radius=None, first=first)
            assert len(made) == most


FILTERS: dict[str, Callable[[Mapping[str, bool]], bool]] = {
    '{inCatalog: "near"}': lambda found: found["near"],
    '{inCatalog: "few"}': lambda found: found["few"],
    '{inCatalog: "wide"}': lambda found: found["wide"],
    '{not: {inCatalog: "near"}}': lambda found: not found["near"],
    '{not: {inCatalog: "wide"}}': lambda found: not found["wide"],
    '{not: {inCatalog: "few"}}': lambda found: not found["few"],
    '{or: [{inCatalog: "near"}, {inCatalog: "few"}, {inCatalog: "wide"}]}': lambda found: any(found.values()),
    '{and: [{inCatalog: "few"}, {not: {inCatalog: "near"}}], inCatalog: "wide"}': lambda found: (
        found["few"] and found["wide"] and not found["near"]
    ),
}


@pytest.mark.parametrize("where", FILTERS)
def test_objects_in_catalogues(catalogued: CataloguedSky, where: str) -> None:
    expected = sorted(row.name for row in catalogued.rows if FILTERS[where](found_in(catalogued, row)))
    assert 0 < len(expected) < len(catalogued.rows)
    answer = catalogued.endpoint.ask(
        f"{{ objects(where: {where}, orderBy: [{{field: NAME, direction: ASC}}], first: 500) "
        "{ nodes { name } totalCount { value } } }"
    )["objects"]
    assert [node["name"] for node in answer["nodes"]] == expected
    assert answer["totalCount"]["value"] == len(expected)


@pytest.mark.parametrize("name", RADII)
def test_objects_of_a_cone_in_a_catalogue(catalogued: CataloguedSky, name: str) -> None:
    answer = catalogued.endpoint.ask(
        f'{{ coneSearch(ra: 180, dec: 0, radius: 20000, where: {{inCatalog: "{name}"}}, first: 500) '
        "{ edges { node { name } } } }"
    )["coneSearch"]["edges"]
    expected = {
        row.name
        for row in catalogued.rows
        if separation_arcsec(Position(row.ra, row.dec), Position(180, 0)) <= 20_000
        and found_in(catalogued, row)[name]
    }
    assert {edge["node"]["name"] for edge in answer} == expected
    assert len(answer) == len(expected) > 5


def test_positions_are_matched_with_objects_in_a_catalogue(catalogued: CataloguedSky) -> None:
    places = ", ".join(f"{{ra: {row.ra!r}, dec: {row.dec!r}}}" for row in catalogued.rows[::30])
    answer = catalogued.endpoint.ask(
        f'{{ crossmatch(positions: [{places}], radius: 60, nearest: 50, where: {{inCatalog: "near"}}) '
        "{ ra dec matches { object { name } } } }"
    )["crossmatch"]
    for row in answer:
        expected = {
            one.name
            for one in catalogued.rows
            if separation_arcsec(Position(one.ra, one.dec), Position(row["ra"], row["dec"])) <= 60
            and found_in(catalogued, one)["near"]
        }
        assert {match["object"]["name"] for match in row["matches"]} == expected


def test_a_catalogue_that_is_not_there_is_an_error_in_a_filter(catalogued: CataloguedSky) -> None:
    for query in (
        '{ objects(where: {not: {inCatalog: "x"}}) { nodes { name } } }',
        '{ coneSearch(ra: 1, dec: 1, where: {or: [{inCatalog: "x"}]}) { edges { cursor } } }',
        '{ objects(first: 1) { nodes { crossmatches(catalogs: ["x"]) { sourceId } } } }',
    ):
        refusal = catalogued.endpoint.refusal(query)
        assert refusal == ("BAD_USER_INPUT", "no catalogue is named 'x'; there are few, near, wide")


def test_a_filter_whose_catalogues_nobody_looked_up_is_the_same(catalogued: CataloguedSky) -> None:
    where = ObjectFilter(in_catalog=InCatalog("near"))
    statement = select(sky_object.c.name).where(in_catalog(where.in_catalog or InCatalog("")))
    dialect = postgresql_dialect.dialect(paramstyle="pyformat")  # type: ignore[no-untyped-call]
    compiled = statement.compile(dialect=dialect)
    with psycopg.connect(catalogued.url) as connection:
        found = {name for (name,) in connection.execute(str(compiled).encode(), compiled.params)}
    assert found == {row.name for row in catalogued.rows if found_in(catalogued, row)["near"]}
