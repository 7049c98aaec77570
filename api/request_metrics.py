"""What the server counts of its requests: by route and outcome, never by what was asked."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import lru_cache

from prometheus_client import Counter, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from strawberry.types import ExecutionResult

from graphql_schema.errors import ErrorCode
from runtime.metrics import (
    API_GRAPHQL_OPERATIONS,
    API_POOL_CONNECTIONS,
    API_POOL_WAITING,
    API_REQUEST_SECONDS,
    API_REQUESTS,
)
from runtime.worker_metrics import counts_for_another
from storage.reader import Reader

NO_ROUTE = "other"
NO_ERROR = "none"
NOTE_SECONDS = 1.0
SERIES_REMEMBERED = 1024


class CountRequests:
    """Counts and times every HTTP request that passes."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        status = 500  # of what fails before it answers
        began = time.perf_counter()

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, watched)
        finally:
            route = getattr(scope.get("route"), "path", NO_ROUTE)
            _requests(route, status).inc()
            _seconds(route).observe(time.perf_counter() - began)


@lru_cache(maxsize=SERIES_REMEMBERED)
def _requests(route: str, status: int) -> Counter:
    return API_REQUESTS.labels(route, status)


@lru_cache(maxsize=SERIES_REMEMBERED)
def _seconds(route: str) -> Histogram:
    return API_REQUEST_SECONDS.labels(route)


@lru_cache(maxsize=SERIES_REMEMBERED)
def _operations(outcome: str, code: str) -> Counter:
    return API_GRAPHQL_OPERATIONS.labels(outcome, code)


def count_operation(result: ExecutionResult) -> None:
    """An operation that was run, or refused with errors in the form of GraphQL."""
    if not result.errors:
        _operations("answered", NO_ERROR).inc()
        return
    code = (result.errors[0].extensions or {}).get("code", ErrorCode.INTERNAL_SERVER_ERROR)
    outcome = "failed" if result.data is None else "partial"
    _operations(outcome, ErrorCode(code).value).inc()


def count_refusal(code: ErrorCode) -> None:
    """A request that was refused before any operation was run."""
    _operations("failed", code.value).inc()


@asynccontextmanager
async def watch_pool(reader: Reader) -> AsyncIterator[None]:
    """Show meanwhile how busy the connections are: as it is when somebody looks, or, where another process tells,
    as it was within a second."""
    if counts_for_another():
        noting = asyncio.create_task(_note_pool(reader), name="pool metrics")
        try:
            yield
        finally:
            noting.cancel()
    else:
        with _pool_shown(reader):
            yield


async def _note_pool(reader: Reader) -> None:
    while True:
        state = reader.pool_state()
        for name, number in (("used", state.used), ("idle", state.idle), ("max", state.most)):
            API_POOL_CONNECTIONS.labels(name).set(number)
        API_POOL_WAITING.set(state.waiting)
        await asyncio.sleep(NOTE_SECONDS)


@contextmanager
def _pool_shown(reader: Reader) -> Iterator[None]:
    looks: dict[str, Callable[[], int]] = {
        "used": lambda: reader.pool_state().used,
        "idle": lambda: reader.pool_state().idle,
        "max": lambda: reader.pool_state().most,
    }
    for state, look in looks.items():
        API_POOL_CONNECTIONS.labels(state).set_function(look)
    API_POOL_WAITING.set_function(lambda: reader.pool_state().waiting)
    try:
        yield
    finally:
        for state in looks:
            API_POOL_CONNECTIONS.remove(state)
        API_POOL_WAITING.set_function(lambda: 0)
