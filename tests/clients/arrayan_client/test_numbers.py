"""Numbers are those of the database, to the last bit."""

from typing import Any

import pytest
from arrayan_client import ObjectNotFound, columns
from arrayan_client.columns import Column

from takeout.light_curve_tables import DETECTION_COLUMNS, FORCED_PHOTOMETRY_COLUMNS, NON_DETECTION_COLUMNS
from takeout.object_table import OBJECT_COLUMNS
from tests.clients.arrayan_client.conftest import Ask
from tests.support.sample_night import StoredNight

OBJECT = "name, ra, dec, detection_count, non_detection_count, first_mjd, last_mjd, corrected, stellar, mean_color"


@pytest.fixture(scope="module")
def busiest(classified_night: StoredNight) -> str:
    """The object with most detections and some of everything."""
    (row,) = classified_night.rows(
        "SELECT name FROM object WHERE non_detection_count > 0 AND object_id IN (SELECT object_id FROM "
        "forced_photometry) ORDER BY detection_count DESC, name LIMIT 1"
    )
    return str(row["name"])


def test_objects_are_all_there_over_many_pages(
    ask: Ask, classified_night: StoredNight, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("arrayan_client.verbs.objects.PAGE", 17)
    rows = classified_night.rows(f"SELECT {OBJECT} FROM object ORDER BY name")
    told: list[int] = []
    objects = ask(
        "query_objects",
        order_by="name",
        order_mode="ASC",
        limit=None,
        progress=lambda done, total: told.append(done),
    )
    assert [{name: getattr(each, name) for name in rows[0]} for each in objects] == rows
    assert objects.complete
    assert told == [*range(17, len(rows), 17), len(rows)]
    assert [each.name for each in ask("iterate_objects", order_by="name", order_mode="ASC")] == objects["name"]
    assert ask("count_objects") == len(rows)


@pytest.mark.parametrize("limit", [0, 1, 16, 17, 18])
def test_a_limit_is_kept_and_told_of(ask: Ask, limit: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("arrayan_client.verbs.objects.PAGE", 17)
    objects = ask("query_objects", limit=limit)
    assert len(objects) == limit
    assert objects.complete is (limit == 0)


def test_a_light_curve_is_that_of_the_database(ask: Ask, classified_night: StoredNight, busiest: str) -> None:
    curve = ask("query_lightcurve", busiest)
    of_object = "WHERE object_id = (SELECT object_id FROM object WHERE name = %s) ORDER BY mjd"
    for table, rows in (
        ("detection", curve.detections),
        ("non_detection", curve.non_detections),
        ("forced_photometry", curve.forced_photometry),
    ):
        stored = classified_night.rows(f"SELECT * FROM {table} {of_object}", busiest)
        assert len(rows) == len(stored) > 0
        for name in {column.name for column in rows.columns} & stored[0].keys():
            assert rows[name] == [row[name] for row in stored], name
    assert len(curve.points) == len(curve.detections) + len(curve.non_detections) + len(curve.forced_photometry)
    assert curve.points["mjd"] == sorted(curve.points["mjd"])
    assert ask("query_detections", busiest) == curve.detections
    assert ask("query_non_detections", busiest) == curve.non_detections
    assert ask("query_forced_photometry", busiest) == curve.forced_photometry
    assert set(ask("query_detections", busiest, bands="g")["band"]) == {"g"}
    first = curve.detections[0].mjd
    assert len(ask("query_detections", busiest, before_mjd=first)) == 1


def test_probabilities_are_those_of_the_database(ask: Ask, classified_night: StoredNight, busiest: str) -> None:
    stored = classified_night.rows(
        "SELECT classifier, class AS class_name, probability FROM latest_classification "
        "JOIN object USING (object_id) WHERE name = %s",
        busiest,
    )
    rows = ask("query_probabilities", busiest)
    best = {(row.classifier, row.class_name): row.probability for row in rows if row.ranking == 1}
    assert best == {(row["classifier"], row["class_name"]): row["probability"] for row in stored}
    for classifier in {row.classifier for row in rows}:
        assert sum(row.probability for row in rows if row.classifier == classifier) == pytest.approx(1)
    history = ask("query_probabilities", busiest, history=True)
    assert len(history) >= len(rows)
    assert history["classified_at"] == sorted(history["classified_at"])
    assert {row.version for row in history if row.classifier == "trend"} >= {"1.1"}


def test_candidates_come_with_their_class(ask: Ask, classified_night: StoredNight) -> None:
    stored = classified_night.rows(
        "SELECT name, probability FROM latest_classification JOIN object USING (object_id) "
        "WHERE classifier = 'size' AND class = 'large' ORDER BY probability DESC LIMIT 5"
    )
    found = ask("query_classified", "size", "large", limit=5)
    assert [row.probability for row in found] == [row["probability"] for row in stored]
    assert set(found["class_name"]) == {"large"}
    objects = ask("query_objects", classifier="size", class_name="large", order_by="probability", limit=5)
    assert objects["name"] == found["name"]


def test_an_unknown_object_is_said_to_be_one(ask: Ask) -> None:
    for verb in ("query_object", "query_lightcurve", "query_features", "get_stamps"):
        with pytest.raises(ObjectNotFound, match="no object 'ZTF00nothing' of ZTF"):
            ask(verb, "ZTF00nothing")
    assert ask("query_objects_by_name", ["ZTF00nothing"]) == [None]


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (columns.OBJECT_COLUMNS, OBJECT_COLUMNS),
        (columns.DETECTION_COLUMNS, DETECTION_COLUMNS),
        (columns.NON_DETECTION_COLUMNS, NON_DETECTION_COLUMNS),
        (columns.FORCED_PHOTOMETRY_COLUMNS, FORCED_PHOTOMETRY_COLUMNS),
    ],
)
def test_columns_have_the_names_and_units_of_the_files(ours: tuple[Column, ...], theirs: Any) -> None:
    units = {column.name: column.unit for column in theirs if column.name != "object_id"}
    assert {column.name: column.unit for column in ours} == units
