"""Requests that are cancelled when a server has waited long enough for them."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import orjson
from starlette.types import Message, Receive, Scope, Send

from api.cutting_short import CuttingShort

Begin = Callable[[Send], Awaitable[None]]


async def nothing(_send: Send) -> None:
    pass


async def half(send: Send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"half", "more_body": True})


def sent_when_cancelled(begin: Begin, kind: str = "http") -> list[Message]:
    """What goes out of a request that does something, then waits for ever, and is cancelled."""
    sent: list[Message] = []

    async def run() -> None:
        waiting = asyncio.Event()

        async def app(_scope: Scope, _receive: Receive, send: Send) -> None:
            await begin(send)
            waiting.set()
            await asyncio.Event().wait()

        async def send(message: Message) -> None:
            await asyncio.sleep(0)
            sent.append(message)

        async def receive() -> Message:
            return {"type": f"{kind}.disconnect"}

        scope: dict[str, Any] = {"type": kind, "method": "GET", "headers": []}
        task = asyncio.create_task(CuttingShort(app)(scope, receive, send))
        await waiting.wait()
        task.cancel()
        await task

    asyncio.run(run())
    return sent


def test_a_request_without_an_answer_gets_one() -> None:
    start, body = sent_when_cancelled(nothing)
    headers = dict(start["headers"])
    assert start["status"] == 503
    assert (headers[b"retry-after"], headers[b"connection"]) == (b"1", b"close")
    (error,) = orjson.loads(body["body"])["errors"]
    assert error["extensions"] == {"code": "UNAVAILABLE"}
    assert "ask again" in error["message"]


def test_an_answer_that_had_begun_ends_where_it_is() -> None:
    assert [message["type"] for message in sent_when_cancelled(half)] == [
        "http.response.start",
        "http.response.body",
    ]


def test_a_websocket_is_sent_nothing() -> None:
    assert sent_when_cancelled(nothing, "websocket") == []
