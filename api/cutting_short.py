"""Requests that a server which ends cannot wait for any longer get an answer, too."""

import asyncio

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.refusal import Refused
from graphql_schema.errors import ErrorCode

RETRY_SECONDS = 1
"""A server that ends is soon another one."""


class CuttingShort:
    """Answers a request that is cancelled, which is what happens to those that are running when a server has waited
    long enough: 503, unless its answer had begun, which then ends where it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        has_begun = False

        async def watched(message: Message) -> None:
            nonlocal has_begun
            has_begun = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is not None:
                task.uncancel()
            if scope["type"] == "http" and not has_begun:
                await _too_late()(scope, receive, send)


def _too_late() -> JSONResponse:
    refused = Refused(503, ErrorCode.UNAVAILABLE, "the server ends, and could not wait for this answer: ask again")
    headers = {"Retry-After": str(RETRY_SECONDS), "Connection": "close", "Cache-Control": "no-store"}
    return JSONResponse(refused.as_json(), refused.status, headers)
