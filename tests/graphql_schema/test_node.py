"""Anything that has an id is found again by it."""

import base64

import pytest

from tests.support.sample_night import StoredNight

NODE = """
query($id: ID!) {
  node(id: $id) {
    __typename
    id
    ... on Object { name survey detectionCount }
    ... on Detection { candid mjd band ra dec magnitude flux isPositive hasStamps }
  }
}
"""


def id_of(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_every_object_is_found_by_its_id(stored_night: StoredNight) -> None:
    nodes = stored_night.endpoint.ask("{ objects(first: 50) { nodes { id name survey detectionCount } } }")
    for node in nodes["objects"]["nodes"]:
        assert stored_night.endpoint.ask(NODE, id=node["id"]) == {"node": {"__typename": "Object", **node}}


def test_every_detection_is_found_by_its_id(stored_night: StoredNight) -> None:
    answer = stored_night.endpoint.ask(
        """{ objects(first: 5, orderBy: {field: DETECTION_COUNT}) { nodes { lightCurve { detections {
          id candid mjd band ra dec magnitude flux isPositive hasStamps
        } } } } }"""
    )
    curves = [node["lightCurve"]["detections"] for node in answer["objects"]["nodes"]]
    detections = [detection for curve in curves for detection in curve]
    assert len(detections) > 50
    for detection in detections:
        found = stored_night.endpoint.ask(NODE, id=detection["id"])
        assert found == {"node": {"__typename": "Detection", **detection}}


def test_ids_are_texts_and_unique(stored_night: StoredNight) -> None:
    answer = stored_night.endpoint.ask(
        "{ objects(first: 500) { nodes { id healpix(order: 29) lightCurve { detections { id candid } } } } }"
    )["objects"]["nodes"]
    detections = [detection for node in answer for detection in node["lightCurve"]["detections"]]
    assert all(isinstance(node["id"], str) and isinstance(node["healpix"], str) for node in answer)
    assert all(isinstance(detection["candid"], str) for detection in detections)
    assert max(int(detection["candid"]) for detection in detections) > 2**53
    ids = [item["id"] for item in (*answer, *detections)]
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize(
    "text",
    [
        "Object:1",
        "Object:-1",
        f"Object:{2**63 - 1}",
        "Detection:1:2:3",
        f"Detection:1:2:{2**63 - 1}",
        f"Detection:1:2:{-(2**63)}",
    ],
)
def test_an_id_of_nothing_answers_null(stored_night: StoredNight, text: str) -> None:
    assert stored_night.endpoint.ask(NODE, id=id_of(text)) == {"node": None}


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "ZTF20aaelulu",
        "é",
        "\x00",
        "=",
        "T2JqZWN0",
        id_of("Object"),
        id_of("Object:"),
        id_of("Object:one"),
        id_of("Object:1:2"),
        id_of(f"Object:{2**63}"),
        id_of("Detection:1"),
        id_of("Planet:1"),
        id_of("Object:" + "9" * 5000),
        "x" * 10_000,
    ],
)
def test_a_text_that_is_no_id_is_refused(stored_night: StoredNight, garbage: str) -> None:
    refusal = stored_night.endpoint.refusal(NODE, id=garbage)
    assert refusal.code == "BAD_USER_INPUT"
    assert "no id of a node" in refusal.message
    assert len(refusal.message) < 500
