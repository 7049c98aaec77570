"""Apollo Client, urql, Relay's compiler and GraphQL Inspector."""

import json
from pathlib import Path

import httpx
import pytest

from api.app import create_app
from storage.packet_archive import PacketArchive
from storage.reader import Reader
from tests.clients.conftest import ClientsEndpoint
from tests.support.client_environment import NodeClient
from tests.support.databases import REPOSITORY
from tests.support.http_server import serving

pytestmark = pytest.mark.clients

CONTRACT = REPOSITORY.parent / "shared" / "schema.graphql"
EXAMPLES = sorted((REPOSITORY / "graphql_schema" / "examples").glob("*.graphql"))
HASH_LENGTH = 64


def test_apollo_pages_and_asks_by_hash(endpoint: ClientsEndpoint, tmp_path: Path) -> None:
    plain, hashed, bad = NodeClient("apollo", tmp_path).run("client.mjs", endpoint.url)
    assert plain["names"] == hashed["names"] == endpoint.names
    assert plain["pages"] == hashed["pages"] == -(-len(endpoint.names) // 100)
    methods = [request["method"] for request in hashed["sent"]]
    assert methods.count("POST") == 1  # the text, once; the hash ever after
    assert methods.count("GET") == hashed["pages"]
    assert bad == {"code": "BAD_USER_INPUT"}


def test_urql_asks_by_post_and_by_get(endpoint: ClientsEndpoint, tmp_path: Path) -> None:
    by_post, by_get = NodeClient("urql", tmp_path).run("client.mjs", endpoint.url)
    assert (by_post["get"], by_get["get"]) == (False, True)
    assert by_post["names"] == by_get["names"] == endpoint.names
    assert by_post["code"] == by_get["code"] == "BAD_USER_INPUT"


@pytest.fixture(scope="module")
def compiled_by_relay(schema_text: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents that Relay made of an application's, by their hashes."""
    client = NodeClient("relay", tmp_path_factory.mktemp("clients"))
    (client.folder / "schema.graphql").write_text(schema_text)
    persisted = client.folder / "persisted.json"
    persisted.write_text("{}")
    client.command("relay-compiler")
    return persisted


def test_relay_compiles_lists_that_go_on_and_what_it_makes_is_answered(
    endpoint: ClientsEndpoint, compiled_by_relay: Path, any_database_url: str, tmp_path: Path
) -> None:
    documents = json.loads(compiled_by_relay.read_text())
    assert len(documents) == 3
    variables = {"first": 5, "id": node_id_of(endpoint)}
    for name, text in documents.items():
        assert len(name) == HASH_LENGTH
        used = {key: value for key, value in variables.items() if f"${key}:" in text}
        answer = httpx.post(endpoint.url, json={"query": text, "variables": used}).json()
        assert "errors" not in answer
        assert answer["data"]
    reader = Reader(any_database_url, connections=1, statement_timeout_seconds=30)
    app = create_app(reader, PacketArchive(str(tmp_path)), trusted_documents=compiled_by_relay)
    with serving(app) as address:
        name = next(name for name, text in documents.items() if "query ObjectListQuery" in text)
        body = {"documentId": name, "variables": {"first": 5}}
        assert httpx.post(f"{address}/graphql", json=body).json()["data"]["objects"]["edges"] == []


def node_id_of(endpoint: ClientsEndpoint) -> str:
    query = "query($name: String!) { object(name: $name) { id } }"
    answer = httpx.post(endpoint.url, json={"query": query, "variables": {"name": endpoint.names[0]}})
    return str(answer.json()["data"]["object"]["id"])


@pytest.fixture(scope="module")
def inspector(schema_text: str, tmp_path_factory: pytest.TempPathFactory) -> NodeClient:
    client = NodeClient("inspector", tmp_path_factory.mktemp("clients"))
    (client.folder / "schema.graphql").write_text(schema_text)
    return client


def test_inspector_finds_nothing_wrong_with_the_worked_queries(inspector: NodeClient, tmp_path: Path) -> None:
    assert inspector.run("inspect.mjs", "validate", "schema.graphql", *map(str, EXAMPLES)) == []
    (tmp_path / "bad.graphql").write_text("{ nothing }")
    (found,) = inspector.run("inspect.mjs", "validate", "schema.graphql", str(tmp_path / "bad.graphql"))
    assert "nothing" in found["errors"][0]


def test_inspector_finds_no_break_with_the_contract(inspector: NodeClient) -> None:
    if not CONTRACT.exists():
        pytest.skip("no ../shared/schema.graphql beside the repository")
    changes = inspector.run("inspect.mjs", "diff", "schema.graphql", str(CONTRACT))
    broken = [change["message"] for change in changes if change["level"] == "BREAKING"]
    assert broken == []
