"""What classifiers said, through the endpoint."""

from pathlib import Path
from typing import Any

import pytest

from classify.classifier import Classifier
from storage.alert_store import AlertStore
from storage.database import connect
from storage.packet_archive import PacketArchive
from tests.support import lsst_packets
from tests.support.classifying import RULES, drain, make_rules_known
from tests.support.endpoint import Endpoint, endpoint
from tests.support.rule_classifiers import (
    CHANGE,
    EndlessTrendClassifier,
    NewTrendClassifier,
    PickySizeClassifier,
    SizeClassifier,
    TrendClassifier,
)
from tests.support.sample_night import StoredNight
from tests.support.storing import small_sky_received
from tests.support.ztf_packets import JD, all_received, packet, received

CLASSIFIERS = (
    "{ classifiers { name version isCurrent kind description classes { name description parent children } } }"
)
ANSWER = "classifier version class probability probabilities { class probability ranking } candid mjd classifiedAt"
OBJECT = f"""
query($name: String!, $classifier: String) {{
  object(name: $name) {{ classifications(classifier: $classifier) {{ {ANSWER} }} }}
}}
"""
HISTORY = f"""
query($name: String!, $classifier: String, $first: Int, $after: String) {{
  object(name: $name) {{
    classificationHistory(classifier: $classifier, first: $first, after: $after) {{
      edges {{ cursor node {{ {ANSWER} }} }}
      pageInfo {{ hasNextPage hasPreviousPage startCursor endCursor }}
    }}
  }}
}}
"""
FEATURES = """
query($name: String!, $names: [String!]) {
  object(name: $name) { features(names: $names) { name band value version unit description } }
}
"""
LIST = """
query($where: ObjectFilter, $orderBy: [ObjectOrder!], $first: Int, $after: String) {
  objects(where: $where, orderBy: $orderBy, first: $first, after: $after) {
    nodes { name classifications { classifier class probability probabilities { class probability } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""


@pytest.fixture
def name(classified_night: StoredNight) -> str:
    """An object that every rule has answered for."""
    (row,) = classified_night.rows(
        "SELECT name FROM object WHERE object_id IN (SELECT object_id FROM feature) ORDER BY name LIMIT 1"
    )
    found: str = row["name"]
    return found


@pytest.fixture
def asked(classified_night: StoredNight) -> Endpoint:
    return classified_night.endpoint


def test_classifiers_are_listed_with_their_trees(asked: Endpoint) -> None:
    found = asked.ask(CLASSIFIERS)["classifiers"]
    assert [(one["name"], one["version"], one["isCurrent"], one["kind"]) for one in found] == [
        ("size", "1.0", True, "stamps"),
        ("trend", "1.1", True, "light_curve"),
        ("trend", "1.0", False, "light_curve"),
    ]
    assert found[0]["description"] == RULES[0].description
    assert found[1]["classes"] == [
        {
            "name": taxon.name,
            "description": taxon.description,
            "parent": taxon.parent,
            "children": list(CHANGE.children(taxon.name)),
        }
        for taxon in CHANGE.classes
    ]


def test_the_latest_answers_are_those_that_are_stored(
    classified_night: StoredNight, asked: Endpoint, name: str
) -> None:
    answers = asked.ask(OBJECT, name=name)["object"]["classifications"]
    assert [(one["classifier"], one["version"]) for one in answers] == [("size", "1.0"), ("trend", "1.1")]
    stored = classified_night.rows(
        "SELECT l.* FROM latest_classification l JOIN object USING (object_id) WHERE name = %s ORDER BY classifier",
        name,
    )
    for answer, row in zip(answers, stored, strict=True):
        assert (answer["class"], answer["probability"]) == (row["class"], row["probability"])
        assert (answer["candid"], answer["mjd"]) == (str(row["candid"]), row["mjd"])
        assert answer["classifiedAt"] == row["ts"].isoformat()
        given = [one["probability"] for one in answer["probabilities"]]
        assert given == sorted(row["probabilities"], reverse=True)
        assert sum(given) == pytest.approx(1, abs=1e-6)
        assert [one["ranking"] for one in answer["probabilities"]] == list(range(1, len(given) + 1))
        assert answer["probabilities"][0]["class"] == answer["class"]


def test_one_classifier_may_be_asked_for(asked: Endpoint, name: str) -> None:
    answers = asked.ask(OBJECT, name=name, classifier="trend")["object"]["classifications"]
    assert [one["classifier"] for one in answers] == ["trend"]
    assert asked.ask(OBJECT, name=name, classifier="nobody")["object"]["classifications"] == []


def test_the_history_has_every_answer_newest_first(asked: Endpoint, name: str) -> None:
    everything = asked.ask(HISTORY, name=name, first=500)["object"]["classificationHistory"]
    nodes = [edge["node"] for edge in everything["edges"]]
    assert sorted((one["classifier"], one["version"]) for one in nodes) == [
        ("size", "1.0"),
        ("trend", "1.0"),
        ("trend", "1.1"),
    ]
    assert [one["classifiedAt"] for one in nodes] == sorted((one["classifiedAt"] for one in nodes), reverse=True)
    latest = {one["classifier"]: one for one in asked.ask(OBJECT, name=name)["object"]["classifications"]}
    assert nodes[0] == latest["trend"]
    of_one = asked.ask(HISTORY, name=name, classifier="trend")["object"]["classificationHistory"]["edges"]
    assert [edge["node"] for edge in of_one] == [one for one in nodes if one["classifier"] == "trend"]


@pytest.mark.parametrize("size", [1, 2])
def test_the_history_comes_in_pages(asked: Endpoint, name: str, size: int) -> None:
    everything = asked.ask(HISTORY, name=name)["object"]["classificationHistory"]["edges"]
    walked: list[dict[str, Any]] = []
    after = None
    while True:
        page = asked.ask(HISTORY, name=name, first=size, after=after)["object"]["classificationHistory"]
        walked += page["edges"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert walked == everything


def test_features_are_named_without_their_band(asked: Endpoint, name: str) -> None:
    features = asked.ask(FEATURES, name=name)["object"]["features"]
    assert [(one["name"], one["version"]) for one in features] == [
        ("change", NewTrendClassifier.version),
        ("detections", NewTrendClassifier.version),
        ("first", NewTrendClassifier.version),
        ("undefined", NewTrendClassifier.version),
    ]
    assert features[2]["band"] in ("g", "r", "i")
    assert [one["band"] for one in (features[0], features[1], features[3])] == [None] * 3
    assert features[3]["value"] is None
    assert [(one["unit"], one["description"]) for one in features] == [
        ("mag", "Last magnitude less the first."),
        (None, None),
        ("mag", "First magnitude."),
        (None, None),
    ]
    assert asked.ask(FEATURES, name=name, names=["change"])["object"]["features"] == features[:1]


def most_probable(node: dict[str, Any]) -> tuple[str, float]:
    (trend,) = [one for one in node["classifications"] if one["classifier"] == "trend"]
    return trend["class"], trend["probability"]


def test_objects_of_a_class_the_most_probable_first(asked: Endpoint) -> None:
    where = {"class": {"classifier": "trend", "class": ["fading"]}}
    nodes = asked.ask(LIST, where=where, orderBy=[{"field": "PROBABILITY"}], first=500)["objects"]["nodes"]
    assert {most_probable(node)[0] for node in nodes} == {"fading"}
    probabilities = [most_probable(node)[1] for node in nodes]
    assert probabilities == sorted(probabilities, reverse=True)
    everything = asked.ask(LIST, first=500)["objects"]["nodes"]
    with_trend = [node for node in everything if len(node["classifications"]) == 2]
    assert len(nodes) == sum(most_probable(node)[0] == "fading" for node in with_trend) > 0


def test_objects_of_a_class_in_pages(asked: Endpoint) -> None:
    asking: dict[str, Any] = {
        "where": {"class": {"classifier": "trend", "class": ["fading", "brightening"]}},
        "orderBy": [{"field": "PROBABILITY", "direction": "ASC"}],
    }
    everything = asked.ask(LIST, **asking, first=500)["objects"]["nodes"]
    walked: list[dict[str, Any]] = []
    after = None
    while True:
        page = asked.ask(LIST, **asking, first=7, after=after)["objects"]
        walked += page["nodes"]
        if not page["pageInfo"]["hasNextPage"]:
            break
        after = page["pageInfo"]["endCursor"]
    assert walked == everything


def test_a_class_is_the_most_probable_one_unless_a_probability_is_asked_for(asked: Endpoint) -> None:
    def names(**filter_: Any) -> set[str]:
        where = {"class": {"classifier": "trend", "class": ["steady"], **filter_}}
        return {node["name"] for node in asked.ask(LIST, where=where, first=500)["objects"]["nodes"]}

    assert names() == names(ranking=1)
    assert names(probability={"gte": 0.0}) == names() | names(ranking=2) | names(ranking=3)


def test_objects_with_an_answer_and_by_feature(classified_night: StoredNight, asked: Endpoint) -> None:
    def count(where: dict[str, Any]) -> int:
        return len(asked.ask(LIST, where=where, first=500)["objects"]["nodes"])

    (total,) = classified_night.rows("SELECT count(*) AS objects FROM object")
    assert count({"classified": True}) + count({"classified": False}) == total["objects"]
    (many,) = classified_night.rows(
        "SELECT count(*) AS objects FROM feature JOIN classifier USING (classifier_id) "
        "WHERE version = '1.1' AND values[array_position(feature_names, 'detections')] >= 10"
    )
    assert count({"feature": {"name": "detections", "value": {"gte": 10}}}) == many["objects"]
    bands = [count({"feature": {"name": "first", "band": band, "value": {}}}) for band in "gri"]
    (trends,) = classified_night.rows(
        "SELECT count(*) AS objects FROM latest_classification WHERE classifier = 'trend'"
    )
    assert sum(bands) == trends["objects"] > 0


@pytest.mark.parametrize(
    ("variables", "code", "message"),
    [
        ({"orderBy": [{"field": "PROBABILITY"}]}, "BAD_USER_INPUT", "which classifier"),
        ({"where": {"class": {"classifier": "trend", "ranking": 0}}}, "BAD_USER_INPUT", "ranking"),
        ({"where": {"class": {"classifier": "a\0"}}}, "BAD_USER_INPUT", "NUL"),
        ({"where": {"class": {"classifier": "trend", "class": ["x"] * 101}}}, "LIMIT_EXCEEDED", "at most 100"),
        ({"where": {"feature": {"name": "\0", "value": {}}}}, "BAD_USER_INPUT", "NUL"),
        ({"where": {"class": {"classifier": "trnd"}}}, "BAD_USER_INPUT", "did you mean 'trend'? there are size"),
        (
            {"where": {"class": {"classifier": "trend", "class": ["changing"]}}},
            "BAD_USER_INPUT",
            "no class of trend is named 'changing'; there are steady",
        ),
    ],
)
def test_filters_that_cannot_be_are_refused(
    asked: Endpoint, variables: dict[str, Any], code: str, message: str
) -> None:
    refusal = asked.refusal(LIST, **variables)
    assert refusal.code == code
    assert message in refusal.message


@pytest.mark.parametrize(
    ("variables", "code"),
    [({"first": 501}, "LIMIT_EXCEEDED"), ({"first": -1}, "BAD_USER_INPUT"), ({"after": "nowhere"}, "BAD_CURSOR")],
)
def test_pages_that_cannot_be_are_refused(asked: Endpoint, name: str, variables: dict[str, Any], code: str) -> None:
    assert asked.refusal(HISTORY, name=name, **variables).code == code


def test_where_no_classifier_has_run_any_may_be_asked_for(stored_night: StoredNight) -> None:
    for where in (
        {"class": {"classifier": "early", "version": "1", "class": ["SN"]}},
        {"feature": {"name": "period", "value": {}}},
    ):
        assert stored_night.endpoint.ask(LIST, where=where)["objects"]["nodes"] == []


def test_a_large_ranking_finds_nothing(asked: Endpoint) -> None:
    where = {"class": {"classifier": "trend", "ranking": 2**31 - 1}}
    assert asked.ask(LIST, where=where)["objects"]["nodes"] == []


def test_an_object_tells_which_answers_it_lacks_and_why(any_database_url: str, tmp_path: Path) -> None:
    query = "{ objects { nodes { name missingClassifications { classifier why since reason } } } }"
    classifiers: list[Classifier] = [PickySizeClassifier(), EndlessTrendClassifier()]
    make_rules_known(any_database_url, classifiers)
    with connect(any_database_url, role="test") as connection:
        AlertStore(connection, PacketArchive(str(tmp_path))).store(
            [
                *all_received([packet("ZTF20aaaaaaa", JD + night) for night in range(6)]),
                received(packet("ZTF20aaaaaab", JD, cutoutScience=None)),
                lsst_packets.received(lsst_packets.packet()),
            ]
        )
    with endpoint(any_database_url, PacketArchive(str(tmp_path))) as asked:
        before = missing(asked.ask(query))
        drain(any_database_url, tmp_path, classifiers)
        after = missing(asked.ask(query))
    foreign = str(lsst_packets.DIA_OBJECT_ID)
    assert {key: why for key, (why, _) in before.items()} == {
        ("ZTF20aaaaaaa", "picky"): "WAITING",
        ("ZTF20aaaaaaa", "trend"): "WAITING",
        ("ZTF20aaaaaab", "picky"): "WAITING",
        ("ZTF20aaaaaab", "trend"): "NOT_DUE",
        (foreign, "picky"): "OTHER_SURVEY",
        (foreign, "trend"): "NOT_DUE",
    }
    never = "no band has 6 detections, or it has not grown since the classifier was registered"
    assert after == {
        ("ZTF20aaaaaaa", "trend"): ("DEFERRED", "6 detections; 1000000 are needed"),
        ("ZTF20aaaaaab", "picky"): ("FAILED", "it could not be classified; who runs this broker can see why"),
        ("ZTF20aaaaaab", "trend"): ("NOT_DUE", never),
        (foreign, "picky"): ("OTHER_SURVEY", "it answers for objects of ZTF, not for those of LSST"),
        (foreign, "trend"): ("NOT_DUE", never),
    }


def missing(answer: dict[str, Any]) -> dict[tuple[str, str], tuple[str, str]]:
    """Why, in a word and in words, by object and classifier."""
    found = {
        (node["name"], one["classifier"]): one
        for node in answer["objects"]["nodes"]
        for one in node["missingClassifications"]
    }
    was_asked = {"WAITING", "DEFERRED", "FAILED"}
    assert all((one["since"] is not None) == (one["why"] in was_asked) for one in found.values())
    return {key: (one["why"], one["reason"]) for key, one in found.items()}


def test_a_classifier_tells_what_waits_for_it(any_database_url: str, tmp_path: Path) -> None:
    query = "{ classifiers { name isCurrent surveys queue { waiting claimed failed deferred oldestQueuedAt } } }"
    with endpoint(any_database_url, PacketArchive(str(tmp_path))) as asked:
        make_rules_known(any_database_url, [TrendClassifier()])
        make_rules_known(any_database_url, [NewTrendClassifier(), SizeClassifier(), PickySizeClassifier()])
        with connect(any_database_url, role="test") as connection:
            AlertStore(connection, PacketArchive(str(tmp_path))).store(small_sky_received())
        told = asked.ask(query)["classifiers"]
        by_name = {one["name"]: one["queue"] for one in told if one["isCurrent"]}
        assert {one["name"]: one["surveys"] for one in told if one["isCurrent"]} == {
            "picky": ["ZTF"],
            "size": None,
            "trend": None,
        }
        assert by_name[SizeClassifier.name]["waiting"] > 0
        assert by_name[SizeClassifier.name]["claimed"] == by_name[SizeClassifier.name]["failed"] == 0
        assert by_name[SizeClassifier.name]["oldestQueuedAt"] is not None
        assert [one["queue"] for one in told if not one["isCurrent"]] == [None]
        drain(any_database_url, tmp_path, [SizeClassifier(), NewTrendClassifier()])
        done = asked.ask(query)["classifiers"]
    assert all(
        one["queue"] == {"waiting": 0, "claimed": 0, "failed": 0, "deferred": 0, "oldestQueuedAt": None}
        for one in done
        if one["isCurrent"] and one["name"] == SizeClassifier.name
    )
