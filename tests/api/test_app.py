"""The whole application over HTTP, as clients and browsers meet it."""

import io
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest
from astropy.io import fits
from graphql import get_introspection_query
from PIL import Image

from api.app import create_app
from graphql_schema.errors import ErrorCode
from graphql_schema.limits import MAX_COST
from storage.reader import Reader
from tests.support.http_server import serving
from tests.support.sample_night import StoredNight

OBJECTS = "{ objects(first: 3) { nodes { name ra } } }"
Params = Mapping[str, str | list[str]]


@pytest.fixture(scope="module")
def client(stored_night: StoredNight) -> Iterator[httpx.Client]:
    reader = Reader(stored_night.url, connections=4, statement_timeout_seconds=30)
    with serving(create_app(reader, stored_night.archive)) as address, httpx.Client(base_url=address) as session:
        yield session


def only_code(answer: httpx.Response) -> str:
    """The code of the one error."""
    (error,) = answer.json()["errors"]
    code = error["extensions"]["code"]
    assert code in list(ErrorCode)
    return str(code)


def test_post_answers_json(client: httpx.Client, stored_night: StoredNight) -> None:
    answer = client.post("/graphql", json={"query": OBJECTS})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("application/json")
    assert answer.json() == {
        "data": stored_night.endpoint.ask(OBJECTS),
        "extensions": {"cost": {"requested": 5, "limit": MAX_COST}},
    }


def test_get_answers_the_same_as_post(client: httpx.Client) -> None:
    query = "query Q($first: Int) { objects(first: $first) { nodes { name } } }"
    by_get = client.get(
        "/graphql",
        params={"query": query, "variables": '{"first": 2}', "operationName": "Q"},
        headers={"Accept": "application/json"},
    )
    by_post = client.post("/graphql", json={"query": query, "variables": {"first": 2}, "operationName": "Q"})
    assert by_get.status_code == by_post.status_code == 200
    assert by_get.json() == by_post.json()
    assert len(by_get.json()["data"]["objects"]["nodes"]) == 2


def test_numbers_come_with_all_their_digits(client: httpx.Client, stored_night: StoredNight) -> None:
    rows = stored_night.rows("SELECT name, ra, dec, last_mjd FROM object ORDER BY name LIMIT 50")
    query = "query($names: [String!]!) { objectsByName(names: $names) { name ra dec lastMjd } }"
    answer = client.post("/graphql", json={"query": query, "variables": {"names": [row["name"] for row in rows]}})
    assert answer.json()["data"]["objectsByName"] == [
        {"name": row["name"], "ra": row["ra"], "dec": row["dec"], "lastMjd": row["last_mjd"]} for row in rows
    ]


def test_a_browser_that_looks_is_sent_to_graphiql(client: httpx.Client) -> None:
    answer = client.get("/graphql", headers={"Accept": "text/html,application/xhtml+xml"}, follow_redirects=True)
    assert (answer.status_code, answer.url.path) == (200, "/graphiql")
    assert "<title>Arrayán</title>" in answer.text


def test_a_browser_that_comes_lands_on_a_page(client: httpx.Client) -> None:
    answer = client.get("/", headers={"Accept": "text/html,application/xhtml+xml"})
    assert answer.status_code == 200
    assert "Arrayán</title>" in answer.text


def test_introspection_is_open(client: httpx.Client) -> None:
    answer = client.post("/graphql", json={"query": get_introspection_query()})
    assert answer.json()["data"]["__schema"]["queryType"]["name"] == "Query"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"query": "{"}, 200, "GRAPHQL_PARSE_FAILED"),
        ({"query": "{ nothing }"}, 200, "GRAPHQL_VALIDATION_FAILED"),
        ({"query": "query($a: Int!) { objects(first: $a) { nodes { name } } }"}, 200, "BAD_USER_INPUT"),
        ({"query": "{ objects(first: -1) { nodes { name } } }"}, 200, "BAD_USER_INPUT"),
        ({"query": "query A { __typename } query B { __typename }", "operationName": "C"}, 400, "BAD_USER_INPUT"),
        ({}, 400, "BAD_USER_INPUT"),
        ({"query": None}, 400, "BAD_USER_INPUT"),
        ({"query": 1}, 400, "BAD_USER_INPUT"),
        ({"query": "{ __typename }", "variables": "a"}, 400, "BAD_USER_INPUT"),
        ([], 400, "BAD_USER_INPUT"),
        ("{ __typename }", 400, "BAD_USER_INPUT"),
    ],
)
def test_bad_requests_get_an_error_with_a_code(client: httpx.Client, body: Any, status: int, code: str) -> None:
    answer = client.post("/graphql", json=body)
    assert (answer.status_code, only_code(answer)) == (status, code)


@pytest.mark.parametrize(
    "content", [b"", b"{", b"\xff", b'{"query": "{ __typename }", "variables": {"a": "\\ud800"}}']
)
def test_a_body_that_is_no_json_is_refused(client: httpx.Client, content: bytes) -> None:
    answer = client.post("/graphql", content=content, headers={"Content-Type": "application/json"})
    assert (answer.status_code, only_code(answer)) == (400, "BAD_USER_INPUT")


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"query": "{ __typename }", "variables": "{"}, 400),
        ({"query": "{ __typename }", "variables": "[1]"}, 400),
        ({"variables": "{}"}, 400),
        ({"query": ["{ __typename }", "{ a: __typename }"]}, 400),
        ({"query": "mutation { a }"}, 405),
    ],
)
def test_a_get_that_cannot_be_is_refused(client: httpx.Client, params: Params, status: int) -> None:
    answer = client.get("/graphql", params=params, headers={"Accept": "application/json"})
    assert answer.status_code == status
    assert only_code(answer) in {"BAD_USER_INPUT", "GRAPHQL_VALIDATION_FAILED"}


def test_other_methods_and_paths_do_not_exist(client: httpx.Client) -> None:
    assert client.put("/graphql", json={"query": OBJECTS}).status_code == 405
    assert client.delete("/graphql").status_code == 405
    assert client.get("/nothing").status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nothing", 404, "NOT_FOUND"),
        ("GET", "/static/pages/nothing.js", 404, "NOT_FOUND"),
        ("DELETE", "/objects", 405, "BAD_USER_INPUT"),
        ("POST", "/explorer", 405, "BAD_USER_INPUT"),
    ],
)
def test_where_no_route_leads_is_said_in_the_form_of_all_errors(
    client: httpx.Client, method: str, path: str, status: int, code: str
) -> None:
    answer = client.request(method, path)
    assert (answer.status_code, only_code(answer)) == (status, code)
    assert ("GET" in answer.headers.get("Allow", "")) == (status == 405)
    for_people = client.request(method, path, headers={"Accept": "text/html,*/*;q=0.8"})
    assert (for_people.status_code, for_people.headers["Content-Type"]) == (status, "text/plain; charset=utf-8")
    assert for_people.headers.get("Allow") == answer.headers.get("Allow")


def test_large_answers_come_compressed(client: httpx.Client) -> None:
    query = "{ objects(first: 100) { nodes { name links { name url } } } }"
    answer = client.post("/graphql", json={"query": query}, headers={"Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    plain = client.post("/graphql", json={"query": query}, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert answer.json() == plain.json()


def test_stamps_are_where_the_schema_says(client: httpx.Client) -> None:
    query = """{ objects(first: 4) { nodes { stamps {
      SCIENCE: stamp(kind: SCIENCE) { ...all } TEMPLATE: stamp(kind: TEMPLATE) { ...all }
      DIFFERENCE: stamp(kind: DIFFERENCE) { ...all }
    } } } } fragment all on Stamp { width height fitsUrl pngUrl pixels }"""
    nodes = client.post("/graphql", json={"query": query}).json()["data"]["objects"]["nodes"]
    stamps = [stamp for node in nodes for stamp in node["stamps"].values()]
    assert len(stamps) == 12
    for stamp in stamps:
        answer = client.get(stamp["fitsUrl"])
        assert (answer.status_code, answer.headers["Content-Type"]) == (200, "application/fits")
        with fits.open(io.BytesIO(answer.content)) as hdus:
            hdus.verify("exception")
            pixels = hdus[0].data
        assert pixels.shape == (stamp["height"], stamp["width"])
        assert [None if value != value else value for value in pixels.ravel().tolist()] == stamp["pixels"]
        picture = client.get(f"{stamp['pngUrl']}?scale=2")
        assert (picture.status_code, picture.headers["Content-Type"]) == (200, "image/png")
        assert Image.open(io.BytesIO(picture.content)).size == (2 * stamp["width"], 2 * stamp["height"])
        again = client.get(stamp["fitsUrl"], headers={"If-None-Match": answer.headers["ETag"]})
        assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("ztf/1/science.fits", 404, "NOT_FOUND"),
        ("lsst/1/science.fits", 404, "NOT_FOUND"),
        ("ogle/1/science.fits", 404, "NOT_FOUND"),
        ("ztf/one/science.fits", 400, "BAD_USER_INPUT"),
        ("ztf/1/other.png", 400, "BAD_USER_INPUT"),
        (f"ztf/{2**63}/science.png", 400, "BAD_USER_INPUT"),
    ],
)
def test_stamps_that_are_not_there_say_so(client: httpx.Client, path: str, status: int, code: str) -> None:
    answer = client.get(f"/stamps/{path}")
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (status, code)


def test_the_same_candid_of_another_survey_has_no_stamps(client: httpx.Client, stored_night: StoredNight) -> None:
    (row,) = stored_night.rows("SELECT candid FROM alert LIMIT 1")
    assert client.get(f"/stamps/ZTF/{row['candid']}/science.fits").status_code == 200
    assert client.get(f"/stamps/LSST/{row['candid']}/science.fits").status_code == 404
