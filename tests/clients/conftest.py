"""One endpoint over the sample night, for all clients."""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import psycopg
import pytest

from api.app import create_app
from graphql_schema.schema import make_schema
from storage.packet_archive import PacketArchive
from storage.reader import Reader
from tests.support.databases import Backend, TestDatabases
from tests.support.http_server import serving
from tests.support.sample_night import take_in


class ClientsEndpoint(NamedTuple):
    """Where it is, and the names of its objects, sorted."""

    url: str
    names: list[str]


@pytest.fixture(scope="package")
def endpoint(
    databases: TestDatabases, any_backend: Backend, sample_night: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[ClientsEndpoint]:
    root = tmp_path_factory.mktemp("clients")
    with databases.fresh(any_backend) as url:
        take_in(url, root, sample_night)
        with psycopg.connect(url) as connection:
            names = [row[0] for row in connection.execute("SELECT name FROM object ORDER BY name")]
        reader = Reader(url, connections=4, statement_timeout_seconds=30)
        with serving(create_app(reader, PacketArchive(str(root)))) as address:
            yield ClientsEndpoint(f"{address}/graphql", names)


@pytest.fixture(scope="session")
def schema_text() -> str:
    """The schema in GraphQL's own language."""
    return make_schema().as_str()
