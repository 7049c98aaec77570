"""Browsers let pages of other sites ask: what they look for before and after (CORS), on every kind of route."""

from collections.abc import Iterator

import httpx
import pytest
from starlette.applications import Starlette

from api.app import create_app
from api.cross_origin import ANY, origins_of
from storage.reader import Reader
from tests.support.http_server import serving
from tests.support.sample_night import StoredNight

NOTEBOOK, TOM = "https://notebook.example", "https://tom.example:8443"
QUERY = {"query": "{ objects(first: 1) { nodes { name } } }"}


def app_of(night: StoredNight, origins: str) -> Starlette:
    reader = Reader(night.url, connections=2, statement_timeout_seconds=30)
    return create_app(reader, night.archive, origins=origins_of(origins))


@pytest.fixture(scope="module")
def client(stored_night: StoredNight) -> Iterator[httpx.Client]:
    with (
        serving(app_of(stored_night, ANY)) as address,
        httpx.Client(base_url=address, headers={"Origin": NOTEBOOK}, timeout=30) as session,
    ):
        yield session


@pytest.mark.parametrize("path", ["/graphql", "/objects.csv", "/crossmatch", "/skymaps", "/scs"])
def test_a_page_of_any_site_may_ask_with_json_and_a_token(client: httpx.Client, path: str) -> None:
    wanted = {
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    answer = client.options(path, headers=wanted)
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Access-Control-Allow-Headers"] == "authorization,content-type"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "Access-Control-Allow-Credentials" not in answer.headers


@pytest.mark.parametrize("origin", [{}, {"Origin": ""}, {"Origin": "null"}])
def test_every_answer_says_so_since_caches_keep_it_for_all(client: httpx.Client, origin: dict[str, str]) -> None:
    for path in ("/objects.csv?maxRows=1", "/graphql?query={__typename}", "/stamps/ZTF/x/science.png"):
        answer = client.get(path, headers=origin)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Expose-Headers"] == "*"  # Arrayan-Rows, RateLimit, ETag
    assert client.post("/graphql", json=QUERY).headers["Access-Control-Allow-Origin"] == "*"


def test_options_without_a_wish_are_what_they_were(client: httpx.Client) -> None:
    assert client.options("/graphql").status_code == 405


def test_only_the_sites_that_are_named_may_read(stored_night: StoredNight) -> None:
    with (
        serving(app_of(stored_night, f"{TOM}/, https://other.example")) as address,
        httpx.Client(base_url=address, timeout=30) as session,
    ):
        for path in ("/graphql?query={__typename}", "/objects.csv?maxRows=1"):
            named = session.get(path, headers={"Origin": TOM})
            assert named.headers["Access-Control-Allow-Origin"] == TOM
            assert "Origin" in named.headers["Vary"].split(", ")
            stranger = session.get(path, headers={"Origin": NOTEBOOK})
            assert stranger.status_code == 200
            assert "Access-Control-Allow-Origin" not in stranger.headers
            assert "Origin" in stranger.headers["Vary"].split(", ")
        wish = {"Origin": NOTEBOOK, "Access-Control-Request-Method": "POST"}
        assert session.options("/graphql", headers=wish).status_code == 405


def test_nobody_may_where_no_site_is_named(stored_night: StoredNight) -> None:
    with serving(app_of(stored_night, "")) as address:
        answer = httpx.post(f"{address}/graphql", json=QUERY, headers={"Origin": TOM})
    assert "Access-Control-Allow-Origin" not in answer.headers
