"""A page of a hundred objects costs as many statements as a page of one."""

from typing import Any

import pytest

from graphql_schema.schema import make_schema
from tests.support.sample_night import StoredNight
from tests.support.schema_paths import Way, ways
from tests.support.statements import statements_of

EVERYTHING = """
lightCurve {
  detections { candid mjd }
  nonDetections { mjd }
  forcedPhotometry { mjd }
  columns { mjd magnitude }
}
bandStatistics { band magnitudeMean }
stamps { candid }
neighbors(radius: 600) { separation object { name bandStatistics { band } } }
classifications { class probabilities { class probability } }
missingClassifications { classifier why }
classificationHistory(first: 5) { edges { node { class candid } } }
features { name value }
crossmatches { sourceId values { value } }
links { url }
"""
OBJECTS = (
    f"query($first: Int) {{ objects(first: $first) {{ nodes {{ name {EVERYTHING} }} totalCount {{ value }} }} }}"
)
BY_NAME = f"query($names: [String!]!) {{ objectsByName(names: $names) {{ {EVERYTHING} }} }}"
CONE = f"""query($first: Int) {{
  coneSearch(ra: 0, dec: 30, radius: 36000, first: $first) {{ edges {{ node {{ {EVERYTHING} }} }} }}
}}"""
DETECTIONS = """query($first: Int) {
  detections(
    region: {box: {raMin: 0, raMax: 360, decMin: -90, decMax: 90}}, afterMjd: 0, beforeMjd: 100000, first: $first
  ) { edges { node { candid } object { name lightCurve { columns { mjd } } } } }
}"""


def statements(night: StoredNight, caplog: pytest.LogCaptureFixture, query: str, **variables: Any) -> list[str]:
    """What was asked of the database for one request."""
    with statements_of(night.endpoint.thread, caplog) as made:
        night.endpoint.ask(query, **variables)
    return made


def test_a_page_of_objects_with_everything(stored_night: StoredNight, caplog: pytest.LogCaptureFixture) -> None:
    (count,) = stored_night.rows("SELECT count(*) AS objects FROM object")
    assert count["objects"] >= 100
    for size in (1, 10, 100):
        made = statements(stored_night, caplog, OBJECTS, first=size)
        # Objects, total, detections (for rows and columns), limits, forced photometry, statistics, stamps, latest
        # answers, those that are missing, history, features, crossmatches, neighbours, and the statistics of the
        # neighbours where there are some.
        assert len(made) in (13, 14)
    assert len(statements(stored_night, caplog, OBJECTS, first=100)) == len(
        statements(stored_night, caplog, OBJECTS, first=200)
    )


def test_a_hundred_names(stored_night: StoredNight, caplog: pytest.LogCaptureFixture) -> None:
    rows = stored_night.rows("SELECT name FROM object ORDER BY name LIMIT 100")
    names = [row["name"] for row in rows]
    without_neighbors = BY_NAME.replace("neighbors(radius: 600) {", "neighbors(radius: 0.001) {")
    made = [len(statements(stored_night, caplog, without_neighbors, names=names[:n])) for n in (1, 10, 100)]
    assert made == [12, 12, 12]


def test_a_cone(stored_night: StoredNight, caplog: pytest.LogCaptureFixture) -> None:
    without_neighbors = CONE.replace("neighbors(radius: 600) {", "neighbors(radius: 0.001) {")
    (place,) = stored_night.rows("SELECT ra, dec FROM object ORDER BY name LIMIT 1")
    query = without_neighbors.replace("ra: 0, dec: 30", f"ra: {place['ra']}, dec: {place['dec']}")
    made = [len(statements(stored_night, caplog, query, first=n)) for n in (1, 10, 100)]
    assert made == [12, 12, 12]


def test_detections_with_their_objects(stored_night: StoredNight, caplog: pytest.LogCaptureFixture) -> None:
    made = [len(statements(stored_night, caplog, DETECTIONS, first=n)) for n in (1, 10, 100)]
    assert made == [3, 3, 3]


def test_windows_cost_one_statement_each(stored_night: StoredNight, caplog: pytest.LogCaptureFixture) -> None:
    query = """query($first: Int) { objects(first: $first) { nodes {
      g: lightCurve(bands: [g]) { detections { mjd } columns { mjd } }
      late: lightCurve(afterMjd: 61349) { detections { mjd } }
    } } }"""
    made = [len(statements(stored_night, caplog, query, first=n)) for n in (1, 10, 100)]
    assert made == [3, 3, 3]


def test_classifiers_with_their_classes(classified_night: StoredNight, caplog: pytest.LogCaptureFixture) -> None:
    query = "{ classifiers { name classes { name children } } }"
    assert len(statements(classified_night, caplog, query)) == 2


def test_names_of_classes_and_features_are_looked_up_once(
    classified_night: StoredNight, caplog: pytest.LogCaptureFixture
) -> None:
    query = """{ objects(where: {
      class: {classifier: "trend", class: ["fading"]}, feature: {name: "detections", value: {gte: 2}}
    }) { totalCount { value } nodes { name } } }"""
    statements(classified_night, caplog, query)
    assert len(statements(classified_night, caplog, query)) == 2
    unknown = query.replace('"fading"', '"faded"')
    for _ in range(2):
        with statements_of(classified_night.endpoint.thread, caplog) as made:
            classified_night.endpoint.refusal(unknown)
        assert len(made) == 1


def test_catalogues_with_their_sources(stored_night: StoredNight, caplog: pytest.LogCaptureFixture) -> None:
    assert len(statements(stored_night, caplog, "{ catalogs { name columns { name } } }")) == 1
    query = "{ catalogSearch(ra: 10, dec: 10) { sourceId values { name value unit } } }"
    assert len(statements(stored_night, caplog, query)) == 1


def test_what_is_not_asked_is_not_read(stored_night: StoredNight, caplog: pytest.LogCaptureFixture) -> None:
    query = "{ objects(first: 100) { nodes { name healpix links { url } lightCurve { __typename } } } }"
    assert len(statements(stored_night, caplog, query)) == 1
    assert len(statements(stored_night, caplog, "{ __typename }")) == 0


EVERYWHERE = "region: {box: {raMin: 0, raMax: 360, decMin: -90, decMax: 90}}, afterMjd: 0, beforeMjd: 100000"
LISTS = {
    "objects": "objects(first: $first)",
    "objectsByName": "objectsByName(names: $names)",
    "coneSearch": "coneSearch(ra: 0, dec: 30, radius: 36000, first: $first)",
    "crossmatch": "crossmatch(positions: $positions, radius: 5)",
    "detections": f"detections({EVERYWHERE}, first: $first)",
    "nights": "nights(first: $first)",
    "catalogs": "catalogs",
    "catalogSearch": "catalogSearch(ra: 0, dec: 30, radius: 60)",
    "classifiers": "classifiers",
    "surveys": "surveys",
    "deadLetters": "deadLetters",
    "publishers": "publishers",
}
ONE_OBJECT = {"node", "object"}
REQUIRED = {
    "radius": "600",
    "format": "CSV",
    "kind": "SCIENCE",
    "longitude": "-70.7",
    "latitude": "-30.2",
    "night": '"2026-11-06"',
}
VARIABLES = {"first": "Int", "names": "[String!]!", "positions": "[PositionInput!]!"}
SCHEMA = make_schema()._schema


def test_every_question_is_counted() -> None:
    assert SCHEMA.query_type is not None
    assert set(SCHEMA.query_type.fields) == {*LISTS, *ONE_OBJECT}


@pytest.mark.parametrize("way", list(ways(SCHEMA, LISTS, REQUIRED)), ids=lambda way: way.name)
def test_every_field_costs_as_many_statements_for_a_hundred_as_for_one(
    classified_night: StoredNight, caplog: pytest.LogCaptureFixture, way: Way
) -> None:
    taken = [f"${name}: {kind}" for name, kind in VARIABLES.items() if f"${name}" in way.selection]
    query = f"query{f'({taken[0]})' if taken else ''} {way.selection}"
    rows = classified_night.rows("SELECT name, ra, dec FROM object ORDER BY name LIMIT 100")
    made = []
    for size in (1, 10, 100):
        some = rows[:size]
        positions = [{"ra": row["ra"], "dec": row["dec"]} for row in some]
        names = [row["name"] for row in some]
        made.append(len(statements(classified_night, caplog, query, first=size, names=names, positions=positions)))
    # Fewer where the first has nothing that goes on; never more than one for each step.
    assert made == sorted(made)
    assert made[-1] <= len(way.steps)
