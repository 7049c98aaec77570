"""What the server counts: by route and outcome, never by what was asked; and not on its own port."""

import httpx
import pytest

from api.app import create_app
from runtime.metrics import API
from storage.reader import Reader
from tests.support.http_server import serving
from tests.support.metrics import Growth, numbers, series
from tests.support.sample_night import StoredNight

OBJECTS = "{ objects(first: 1) { nodes { name } } }"


def test_requests_are_counted_by_route_and_outcome(stored_night: StoredNight) -> None:
    grown = Growth(API)
    reader = Reader(stored_night.url, connections=3, statement_timeout_seconds=30)
    with serving(create_app(reader, stored_night.archive)) as address, httpx.Client(base_url=address) as client:
        client.post("/graphql", json={"query": OBJECTS})
        client.post("/graphql", json={"query": '{ surveys { survey } node(id: "?") { id } }'})
        client.post("/graphql", json={"query": "{ secret_words }"})
        client.post("/graphql", json={"no": "query"})
        client.get("/graphql", params={"query": OBJECTS}, headers={"Accept": "application/json"})
        client.get("/stamps/ZTF/1/science.fits")
        client.get("/stamps/ZTF/2/science.fits")
        assert client.get("/metrics").status_code == 404
        client.get("/secret/path")
        pool = {
            labels: number
            for (name, labels), number in numbers(API).items()
            if name == "arrayan_api_pool_connections"
        }
        assert pool[(("state", "max"),)] == 3
        assert pool[(("state", "used"),)] + pool[(("state", "idle"),)] >= 1
        assert numbers(API)[series("arrayan_api_pool_waiting")] == 0
    assert grown.grown("arrayan_api_requests_total") == {
        ("/graphql", "200"): 4,
        ("/graphql", "400"): 1,
        ("/stamps/{survey}/{candid}/{kind}.fits", "404"): 2,
        ("other", "404"): 2,
    }
    assert grown.grown("arrayan_api_graphql_operations_total") == {
        ("none", "answered"): 2,
        ("BAD_USER_INPUT", "partial"): 1,
        ("GRAPHQL_VALIDATION_FAILED", "failed"): 1,
        ("BAD_USER_INPUT", "failed"): 1,
    }
    assert grown[series("arrayan_api_request_seconds_count", route="/graphql")] == 5
    assert "secret" not in str(numbers(API))


def test_what_fails_before_it_answers_is_a_500(stored_night: StoredNight, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError

    grown = Growth(API)
    reader = Reader(stored_night.url, connections=1, statement_timeout_seconds=30)
    with serving(create_app(reader, stored_night.archive)) as address:
        monkeypatch.setattr(Reader, "rows", fail)
        assert httpx.get(f"{address}/stamps/ZTF/1/science.png").status_code == 500
    assert grown.grown("arrayan_api_requests_total") == {("/stamps/{survey}/{candid}/{kind}.png", "500"): 1}
