"""gql, ariadne-codegen and sgqlc."""

import shutil
from pathlib import Path

import pytest

from tests.clients.conftest import ClientsEndpoint
from tests.support.client_environment import CLIENTS, PythonClient

pytestmark = pytest.mark.clients


def test_gql_fetches_the_schema_and_builds_documents_of_it(endpoint: ClientsEndpoint) -> None:
    listed, built, bad = PythonClient("gql").run("client.py", endpoint.url)
    assert listed == {"names": endpoint.names}
    assert built["object"]["name"] == endpoint.names[0]
    assert len(built["object"]["lightCurve"]["columns"]["mjd"]) >= 1
    assert bad == {"code": "BAD_USER_INPUT"}


def test_ariadne_codegen_writes_a_typed_client(endpoint: ClientsEndpoint, schema_text: str, tmp_path: Path) -> None:
    client = PythonClient("ariadne_codegen")
    (tmp_path / "schema.graphql").write_text(schema_text)
    for name in ("pyproject.toml", "queries.graphql"):
        shutil.copy(CLIENTS / "ariadne_codegen" / name, tmp_path)
    client.command("ariadne-codegen", "client", folder=tmp_path)
    rows = client.run("client.py", str(tmp_path), endpoint.url)
    assert [row["name"] for row in rows] == endpoint.names[:100]
    assert all(row["epochs"] >= 1 and row["year"].isdigit() for row in rows)


def test_sgqlc_writes_a_module_from_introspection(endpoint: ClientsEndpoint, tmp_path: Path) -> None:
    client = PythonClient("sgqlc")
    client.command("python", "-m", "sgqlc.introspection", endpoint.url, "schema.json", folder=tmp_path)
    client.command("sgqlc-codegen", "schema", "schema.json", "arrayan_schema.py", folder=tmp_path)
    rows = client.run("client.py", str(tmp_path), endpoint.url)
    assert [row["name"] for row in rows] == endpoint.names[:100]
    assert all(row["epochs"] >= 1 for row in rows)
