"""GraphQL over HTTP beyond what the audits ask: forms of answers, lists, persisted documents, caches."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.graphql_request import MAX_BATCH, MAX_BODY_BYTES
from graphql_schema.limits import MAX_COST, MAX_DOCUMENT_BYTES, MAX_TRUSTED_COST
from storage.reader import Reader
from tests.support.http_server import serving
from tests.support.sample_night import StoredNight

QUERY = "{ objects(first: 2) { nodes { name } } }"
COSTLY = """{ objects(first: 500) { nodes {
  a: neighbors(radius: 600) { object { lightCurve { detections { mjd magnitude } forcedPhotometry { flux } } } }
} } }"""
RESPONSE = {"Accept": "application/graphql-response+json"}
JSON = {"Accept": "application/json"}


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def persisted(text: str) -> dict[str, Any]:
    return {"persistedQuery": {"version": 1, "sha256Hash": hash_of(text)}}


def codes(answer: httpx.Response) -> list[str]:
    return [error["extensions"]["code"] for error in answer.json()["errors"]]


@pytest.fixture(scope="module")
def client(stored_night: StoredNight, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    trusted = tmp_path_factory.mktemp("trusted")
    Path(trusted / "costly.graphql").write_text(COSTLY)
    reader = Reader(stored_night.url, connections=4, statement_timeout_seconds=30)
    app = create_app(reader, stored_night.archive, trusted_documents=trusted)
    with serving(app) as address, httpx.Client(base_url=address, timeout=30) as session:
        yield session


@pytest.mark.parametrize(
    ("query", "status", "has_data"),
    [
        (QUERY, 200, True),
        ("{", 400, False),
        ("{ nothing }", 400, False),
        ("query($a: Int!) { objects(first: $a) { nodes { name } } }", 400, False),
        ("query A { __typename } query B { __typename }", 400, False),
        ('{ surveys { survey } node(id: "?") { id } }', 200, True),
        ("{ objects(first: -1) { nodes { name } } }", 200, True),
    ],
)
def test_the_newer_form_says_by_its_status_whether_the_operation_ran(
    client: httpx.Client, query: str, status: int, has_data: bool
) -> None:
    answer = client.post("/graphql", json={"query": query}, headers=RESPONSE)
    assert (answer.status_code, "data" in answer.json()) == (status, has_data)
    assert answer.headers["Content-Type"] == "application/graphql-response+json; charset=utf-8"
    older = client.post("/graphql", json={"query": query}, headers=JSON)
    assert (older.status_code, older.json().get("data")) == (200, answer.json().get("data"))
    assert older.headers["Content-Type"] == "application/json; charset=utf-8"


@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/json", 200),
        ("application/json; charset=utf-8", 200),
        ('Application/JSON;charset="UTF-8"', 200),
        ("application/json; charset=latin-1", 415),
        ("text/plain", 415),
        ("multipart/form-data; boundary=a", 415),
        ("application/x-www-form-urlencoded", 415),
    ],
)
def test_a_body_is_json_in_utf_8(client: httpx.Client, content_type: str, status: int) -> None:
    answer = client.post("/graphql", content=json.dumps({"query": QUERY}), headers={"Content-Type": content_type})
    assert answer.status_code == status


def test_a_form_of_answer_that_there_is_not_is_refused(client: httpx.Client) -> None:
    answer = client.post("/graphql", json={"query": QUERY}, headers={"Accept": "text/csv"})
    assert (answer.status_code, codes(answer)) == (406, ["BAD_USER_INPUT"])


def test_operations_of_one_list_have_answers_of_their_own(client: httpx.Client) -> None:
    asked = [{"query": QUERY}, {"query": "{"}, {"documentId": "unknown"}, {"query": "{ surveys { survey } }"}]
    answer = client.post("/graphql", json=asked)
    assert answer.status_code == 200
    first, second, third, fourth = answer.json()
    assert first["data"] == client.post("/graphql", json=asked[0]).json()["data"]
    assert second["errors"][0]["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"
    assert third["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
    assert fourth["data"]["surveys"][0] == {"survey": "ZTF"}


def test_a_list_is_short_and_costs_as_one_request(client: httpx.Client) -> None:
    answer = client.post("/graphql", json=[{"query": QUERY}] * (MAX_BATCH + 1))
    assert (answer.status_code, codes(answer)) == (400, ["LIMIT_EXCEEDED"])
    dear = "{ objects(first: 500) { nodes { lightCurve { detections { mjd } nonDetections { mjd } } } } }"
    answers = client.post("/graphql", json=[{"query": dear}] * 3).json()
    assert ["errors" in one for one in answers] == [False, True, True]
    assert "after" in answers[1]["errors"][0]["message"]


def test_a_body_that_is_too_large_is_refused_before_it_is_read(client: httpx.Client) -> None:
    body = json.dumps({"query": QUERY, "variables": {"a": "x" * MAX_BODY_BYTES}}).encode()
    headers = {"Content-Type": "application/json"}
    answer = client.post("/graphql", content=body, headers=headers)
    assert (answer.status_code, codes(answer)) == (413, ["LIMIT_EXCEEDED"])

    def endless() -> Iterator[bytes]:
        for _ in range(1000):
            yield b" " * 65536

    try:
        streamed = client.post("/graphql", content=endless(), headers=headers)
    except httpx.HTTPError:
        return  # the server closed while we went on writing
    assert streamed.status_code == 413


def test_a_document_that_is_too_long_is_refused(client: httpx.Client) -> None:
    answer = client.post("/graphql", json={"query": "#" + "x" * MAX_DOCUMENT_BYTES + "\n" + QUERY})
    assert (answer.status_code, codes(answer)) == (400, ["LIMIT_EXCEEDED"])


def test_a_document_is_sent_once_and_then_named(client: httpx.Client) -> None:
    query = "{ objects(first: 3) { nodes { name detectionCount } } }"
    unknown = client.post("/graphql", json={"extensions": persisted(query)}, headers=JSON)
    assert unknown.status_code == 200  # clients that know the way look into the body
    assert unknown.json()["errors"] == [
        {"message": "PersistedQueryNotFound", "extensions": {"code": "PERSISTED_QUERY_NOT_FOUND"}}
    ]
    assert client.post("/graphql", json={"extensions": persisted(query)}, headers=RESPONSE).status_code == 400
    sent = client.post("/graphql", json={"query": query, "extensions": persisted(query)})
    named = client.get("/graphql", params={"extensions": json.dumps(persisted(query))}, headers=JSON)
    by_id = client.post("/graphql", json={"documentId": f"sha256:{hash_of(query)}"})
    assert sent.json() == named.json() == by_id.json()
    assert len(sent.json()["data"]["objects"]["nodes"]) == 3


def test_a_document_that_cannot_run_is_not_kept(client: httpx.Client) -> None:
    query = "{ nothing }"
    client.post("/graphql", json={"query": query, "extensions": persisted(query)})
    again = client.post("/graphql", json={"extensions": persisted(query)})
    assert codes(again) == ["PERSISTED_QUERY_NOT_FOUND"]


def test_a_trusted_document_may_cost_more(client: httpx.Client) -> None:
    by_text = client.post("/graphql", json={"query": COSTLY})
    assert codes(by_text) == ["LIMIT_EXCEEDED"]
    by_id = client.post("/graphql", json={"documentId": hash_of(COSTLY)}).json()
    assert "errors" not in by_id
    cost = by_id["extensions"]["cost"]
    assert MAX_COST < cost["requested"] <= cost["limit"] == MAX_TRUSTED_COST


def test_a_get_is_cached_as_long_as_its_answer_stays(client: httpx.Client) -> None:
    params = {"query": QUERY}
    answer = client.get("/graphql", params=params, headers=JSON)
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "Accept" in answer.headers["Vary"]
    again = client.get("/graphql", params=params, headers={**JSON, "If-None-Match": answer.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == answer.headers["ETag"]
    client.post("/graphql", json={"query": QUERY, "extensions": persisted(QUERY)})
    named = client.get("/graphql", params={"documentId": hash_of(QUERY)}, headers=JSON)
    assert named.headers["Cache-Control"] == "public, max-age=30"
    mistaken = client.get("/graphql", params={"query": "{"}, headers=RESPONSE)
    assert mistaken.headers["Cache-Control"] == "no-store"
    assert "ETag" not in client.post("/graphql", json={"query": QUERY}).headers


def test_any_answer_is_one_that_the_client_has_where_it_says_so(client: httpx.Client) -> None:
    answer = client.get("/graphql", params={"query": QUERY}, headers={**JSON, "If-None-Match": "*"})
    assert (answer.status_code, answer.content) == (304, b"")


def test_a_head_is_a_get_without_the_body(client: httpx.Client) -> None:
    params = {"query": QUERY}
    head, get = (client.request(method, "/graphql", params=params, headers=JSON) for method in ("HEAD", "GET"))
    assert (head.status_code, head.content) == (200, b"")
    same = ("ETag", "Content-Type", "Content-Length", "Cache-Control", "Vary")
    assert [head.headers[name] for name in same] == [get.headers[name] for name in same]
    assert client.head("/graphql", params={"query": "mutation { a }"}, headers=JSON).status_code == 405
    assert client.put("/graphql").headers["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize("path", ["/graphql?query={__schema{types{name description}}}", "/objects.vot"])
def test_answers_are_packed_for_those_alone_who_take_it(client: httpx.Client, path: str) -> None:
    for accepted, encoding in {
        "gzip": "gzip",
        "gzip;q=0.5, br": "gzip",
        "gzip;q=0": None,
        "br, gzip; q=0.0": None,
        "identity": None,
    }.items():
        answer = client.get(path, headers={"Accept-Encoding": accepted})
        assert answer.headers.get("Content-Encoding") == encoding, accepted
        assert answer.headers["Vary"].split(", ").count("Accept-Encoding") == 1


def test_a_mutation_is_no_get(client: httpx.Client) -> None:
    answer = client.get("/graphql", params={"query": "mutation { a }"}, headers=JSON)
    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


COLUMNS = """query($name: String!) { object(name: $name) {
  alone: lightCurve { columns { mjd magnitude apparentMagnitude flux band candid } }
  empty: lightCurve(bands: []) { columns { mjd flux candid } }
  lightCurve(bands: [g]) { detections { mjd flux apparentMagnitude } columns { mjd flux apparentMagnitude } }
} }"""


def test_columns_are_the_same_over_http_and_within(client: httpx.Client, stored_night: StoredNight) -> None:
    rows = stored_night.rows("SELECT name FROM object ORDER BY detection_count DESC, name LIMIT 5")
    for row in rows:
        asked = {"query": COLUMNS, "variables": {"name": row["name"]}}
        told = client.post("/graphql", json=asked).json()["data"]
        assert told == stored_night.endpoint.ask(COLUMNS, name=row["name"])
        assert told["object"]["alone"]["columns"]["mjd"]
        assert told["object"]["empty"]["columns"] == {"mjd": [], "flux": [], "candid": []}
