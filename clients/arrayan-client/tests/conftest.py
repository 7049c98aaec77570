"""A live server at ARRAYAN_URL, asked by the client and by plain HTTP."""

import asyncio
import os
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from arrayan_client import Arrayan, AsyncArrayan

Ask = Callable[..., Any]
Plain = Callable[..., Any]


@pytest.fixture(scope="session")
def url() -> str:
    """Where the server is."""
    address = os.environ.get("ARRAYAN_URL")
    if not address:
        pytest.skip("no ARRAYAN_URL: these tests need a live server; `make test-clients` brings one")
    return address


@pytest.fixture(scope="session")
def plain(url: str) -> Iterator[Plain]:
    """The data of a question, without any code of the client."""
    with httpx.Client(base_url=url, timeout=60) as http:

        def ask(query: str, **variables: Any) -> Any:
            answer = http.post("/graphql", json={"query": query, "variables": variables}).json()
            assert "errors" not in answer, answer
            return answer["data"]

        yield ask


@pytest.fixture(scope="session")
def arrayan(url: str) -> Iterator[Arrayan]:
    with Arrayan(url) as client:
        yield client


@pytest.fixture(params=["blocking", "awaiting"])
def ask(request: pytest.FixtureRequest, url: str) -> Ask:
    """`ask("query_object", name)` calls a verb of either client; what it iterates over comes as a list."""
    if request.param == "awaiting":
        return lambda verb, *arguments, **named: asyncio.run(_awaited(url, verb, arguments, named))

    def asked(verb: str, *arguments: Any, **named: Any) -> Any:
        with Arrayan(url) as client:
            answer = getattr(client, verb)(*arguments, **named)
            return list(answer) if hasattr(answer, "__next__") else answer

    return asked


async def _awaited(url: str, verb: str, arguments: Any, named: Any) -> Any:
    async with AsyncArrayan(url) as client:
        answer = getattr(client, verb)(*arguments, **named)
        if hasattr(answer, "__aiter__"):
            return [item async for item in answer]
        return await answer


@pytest.fixture(scope="session")
def busiest(plain: Plain) -> str:
    """The object with most detections of the night."""
    found = plain("{ objects(first: 1, orderBy: [{field: DETECTION_COUNT}]) { nodes { name } } }")
    return str(found["objects"]["nodes"][0]["name"])


@pytest.fixture(scope="session")
def everything(plain: Plain) -> list[dict[str, Any]]:
    """Name and place of every object, up to a page."""
    found = plain("{ objects(first: 500) { nodes { name ra dec detectionCount } } }")
    nodes: list[dict[str, Any]] = found["objects"]["nodes"]
    return nodes
