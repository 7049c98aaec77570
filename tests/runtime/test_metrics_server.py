"""Metrics and health on a port of their own."""

import socket
from collections.abc import Iterator

import httpx
import pytest

from runtime.metrics import API, INGEST, PROCESS
from runtime.metrics_server import MetricsServer
from runtime.readiness import Readiness
from tests.support.metrics import parsed


@pytest.fixture
def readiness() -> Readiness:
    return Readiness("database", "kafka")


@pytest.fixture
def client(readiness: Readiness) -> Iterator[httpx.Client]:
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    with (
        MetricsServer(listener, lambda: readiness, INGEST),
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as session,
    ):
        yield session


def names(*registries: object) -> set[str]:
    return {family.name for registry in registries for family in registry.collect()}  # type: ignore[attr-defined]


def test_it_serves_its_registries_and_the_process(client: httpx.Client) -> None:
    answer = client.get("/metrics")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/plain; version=")
    shown = {series.name for series in parsed(answer.text)}
    assert {"arrayan_ingest_store_up", "process_resident_memory_bytes"} <= shown
    assert [name for name in shown if name.startswith("arrayan_api_")] == []
    assert [name for name in shown if name.endswith("_created")] == []
    assert names(INGEST) & names(API) == names(INGEST, API) & names(PROCESS) == set()


def test_openmetrics_is_spoken_with_those_who_ask_for_it(client: httpx.Client) -> None:
    answer = client.get("/metrics", headers={"Accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["Content-Type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


def test_it_is_alive_also_when_it_is_not_ready(client: httpx.Client, readiness: Readiness) -> None:
    readiness.found("database")
    assert [client.get(path).status_code for path in ("/livez", "/healthz", "/readyz")] == [200, 200, 503]
    assert client.get("/readyz").json() == {
        "status": "unready",
        "parts": {"database": {"ready": True}, "kafka": {"ready": False, "reason": "not reached yet"}},
    }
    readiness.found("kafka")
    assert client.get("/readyz").status_code == 200
    readiness.missing("database", "away")
    assert client.get("/readyz").json()["parts"]["database"] == {"ready": False, "reason": "away"}


def test_other_paths_and_methods_are_refused(client: httpx.Client) -> None:
    assert client.get("/").status_code == 404
    assert client.post("/metrics").status_code == 501
    head = client.head("/metrics")
    assert (head.status_code, head.content) == (200, b"")


def test_a_client_that_says_nothing_stops_nobody(client: httpx.Client) -> None:
    with socket.create_connection((client.base_url.host, client.base_url.port or 0)):
        assert client.get("/livez").status_code == 200
