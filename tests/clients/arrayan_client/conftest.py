"""The client over a classified night, once by blocking and once by awaiting."""

import asyncio
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import uvicorn
from arrayan_client import Arrayan, AsyncArrayan, Retry
from starlette.types import ASGIApp

from api.app import create_app
from storage.reader import Reader
from storage.skymaps import SkymapStore
from tests.conftest import on_one_backend
from tests.support.http_server import serving
from tests.support.sample_night import StoredNight


class Impatient(Retry):
    """Comes back at once, whatever the server says: a server that stops wants to be left alone for long."""

    def pause(self, attempt: int, retry_after: float | None = None) -> float:
        return super().pause(attempt)


QUICK = Impatient(attempts=1000, first_seconds=0.01, longest_seconds=0.1, longest_retry_after=1000)

Ask = Callable[..., Any]


@pytest.fixture(scope="module")
def night_url(classified_night: StoredNight) -> Iterator[str]:
    """The server over the night."""
    reader = Reader(classified_night.url, connections=4, statement_timeout_seconds=30)
    app = create_app(reader, classified_night.archive, skymaps=SkymapStore(classified_night.url))
    with serving(app) as address:
        yield address


@pytest.fixture(params=["blocking", "awaiting"])
def ask(request: pytest.FixtureRequest, night_url: str) -> Ask:
    """`ask("query_object", name)` calls a verb of either client; what it iterates over comes as a list."""
    return asker(night_url, is_async=request.param == "awaiting")


def asker(url: str, *, is_async: bool, **options: Any) -> Ask:
    """The same for any server."""

    async def awaited(verb: str, *arguments: Any, **named: Any) -> Any:
        async with AsyncArrayan(url, retry=QUICK, **options) as arrayan:
            answer = getattr(arrayan, verb)(*arguments, **named)
            if hasattr(answer, "__aiter__"):
                return [item async for item in answer]
            return await answer

    def ask(verb: str, *arguments: Any, **named: Any) -> Any:
        if is_async:
            return asyncio.run(awaited(verb, *arguments, **named))
        with Arrayan(url, retry=QUICK, **options) as arrayan:
            answer = getattr(arrayan, verb)(*arguments, **named)
            return list(answer) if hasattr(answer, "__next__") else answer

    return ask


class RestartedServer:
    """One address where a server comes and goes."""

    def __init__(self, make_app: Callable[[], ASGIApp]) -> None:
        self._make_app = make_app
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._port = listener.getsockname()[1]
        self.starts = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @contextmanager
    def running(self) -> Iterator[str]:
        """Started, and stopped again as by SIGTERM."""
        app = self._make_app()
        with socket.create_server(("127.0.0.1", self._port)) as listener:
            server = uvicorn.Server(uvicorn.Config(app, log_level="warning", timeout_graceful_shutdown=1))
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
            thread.start()
            self.starts += 1
            try:
                yield self.url
            finally:
                app.state.goodbye()  # type: ignore[attr-defined]
                server.should_exit = True
                thread.join(timeout=30)


@pytest.hookimpl(tryfirst=True)
def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """What the endpoint answers has tests on every database: one is enough for its client."""
    on_one_backend(metafunc)
