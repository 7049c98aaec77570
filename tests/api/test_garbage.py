"""Whatever comes in, what goes out is an answer of the closed list, without traces, SQL or paths of ours."""

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from api.app import create_app
from graphql_schema.errors import ErrorCode
from storage.reader import Reader
from tests.support.http_server import serving
from tests.support.sample_night import StoredNight

OURS = re.compile(r"Traceback|File \"|\.py\b|psycopg|SELECT|asyncpg|strawberry|site-packages|Error\(|<class ")
QUERIES = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])

PUNCTUATION = ["{", "}", "(", ")", "[", "]", ":", "!", "$", "=", "@", "...", "&", "|", '"', '"' * 3, "#"]
WORDS = """query mutation subscription fragment on a objects nodes edges node name __schema __type types fields
first after where region cone radius names null true -1 1.5 1e999 999999999999 $v @include(if: true) A é"""
words = st.sampled_from([*PUNCTUATION, *WORDS.split(), "\x00", "\\ud800"])
documents = st.lists(words, max_size=25).map(" ".join) | st.text(max_size=40)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["and", "not", "names", "region", "cone", "radius", "gte"]), inner, max_size=4
        )
    ),
    max_leaves=12,
)
FILTERED = """query($where: ObjectFilter, $region: RegionInput!, $names: [String!]!, $first: Int, $after: String) {
  objects(where: $where, first: $first, after: $after) { totalCount { value } edges { node { name } } }
  detections(region: $region, afterMjd: 0, beforeMjd: 1, first: $first, after: $after) { edges { cursor } }
  objectsByName(names: $names) { name }
}"""


@pytest.fixture(scope="module")
def client(stored_night: StoredNight) -> Iterator[httpx.Client]:
    reader = Reader(stored_night.url, connections=2, statement_timeout_seconds=30)
    with serving(create_app(reader, stored_night.archive)) as address, httpx.Client(base_url=address) as session:
        yield session


def check(answer: httpx.Response) -> None:
    assert answer.status_code < 500
    assert OURS.search(answer.text) is None
    for one in answer.json() if isinstance(answer.json(), list) else [answer.json()]:
        assert one.keys() <= {"data", "errors", "extensions"}
        for error in one.get("errors", ()):
            code = ErrorCode(error["extensions"]["code"])
            assert code not in {ErrorCode.INTERNAL_SERVER_ERROR, ErrorCode.UNAVAILABLE}


@QUERIES
@given(st.binary(max_size=60) | documents.map(lambda text: text.encode(errors="replace")))
def test_bytes(client: httpx.Client, body: bytes) -> None:
    check(client.post("/graphql", content=body, headers={"Content-Type": "application/json"}))


@QUERIES
@given(documents, values, values)
def test_documents(client: httpx.Client, query: str, variables: Any, extensions: Any) -> None:
    body = {"query": query, "variables": {"v": variables}, "extensions": extensions}
    check(client.post("/graphql", content=json.dumps(body), headers={"Content-Type": "application/json"}))


@QUERIES
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(("where", "region", "names", "first", "after"), values)))
def test_variables(client: httpx.Client, variables: dict[str, Any]) -> None:
    body = json.dumps({"query": FILTERED, "variables": {"region": None, **variables}})
    check(client.post("/graphql", content=body, headers={"Content-Type": "application/json"}))


@QUERIES
@given(values, values, values)
def test_parts_of_a_request(client: httpx.Client, query: Any, variables: Any, name: Any) -> None:
    body = {"query": query, "variables": variables, "operationName": name, "documentId": variables}
    check(client.post("/graphql", content=json.dumps([body, query]), headers={"Content-Type": "application/json"}))


@QUERIES
@given(st.dictionaries(st.sampled_from(["query", "variables", "extensions", "documentId"]), st.text(max_size=30)))
def test_addresses(client: httpx.Client, params: dict[str, str]) -> None:
    encodable = {name: text.encode(errors="replace").decode() for name, text in params.items()}
    check(client.get("/graphql", params=encodable, headers={"Accept": "application/json"}))


@QUERIES
@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=40))
def test_headers(client: httpx.Client, text: str) -> None:
    value = text.strip()
    content = '{"query": "{ __typename }"}'
    check(client.post("/graphql", content=content, headers={"Content-Type": value}))
    check(client.post("/graphql", content=content, headers={"Content-Type": "application/json", "Accept": value}))
