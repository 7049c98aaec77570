"""graphql-transport-ws: subscriptions and queries over one WebSocket.

The protocol is that of https://github.com/graphql/graphql-over-http/blob/main/rfcs/GraphQLOverWebSocket.md, close
codes included.
"""

import asyncio
import logging
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, NamedTuple

import orjson
from starlette.requests import HTTPConnection
from starlette.types import Message, Receive, Scope, Send

from api.clients import Client, Clients
from api.graphql_answer import was_refused
from api.live.cancelling import end_all
from api.live.group import payload_of
from api.live.hub import LiveHub
from api.live.member import Errors, Frame, Member, Refused, error_json
from api.live.operation import InvalidRequest, Operation, operation_of
from api.live.outbox import Outbox
from api.refusal import Refused as RequestRefused
from domain.errors import ArrayanError
from graphql_schema.errors import ErrorCode
from runtime.metrics import LIVE_SLOW

log = logging.getLogger(__name__)

PROTOCOL = "graphql-transport-ws"
SLOW_SECONDS = 10.0
"""So long a client that is cut off may take to read what waits for it."""
PLACE_SECONDS = 2.0
"""A client is let in without a word of the newest event when that takes longer."""


class Close(NamedTuple):
    """The end of a connection, with the reason."""

    code: int
    reason: str


LONGEST_REASON = 110
"""Letters; the protocol allows 123 bytes."""
FORBIDDEN = 4403
INVALID_MESSAGE = 4400
UNAUTHORIZED = Close(4401, "Unauthorized")
SUBPROTOCOL = Close(4406, "Subprotocol not acceptable")
INIT_TIMEOUT = Close(4408, "Connection initialisation timeout")
TAKEN_ID = 4409
TOO_MANY_INITS = Close(4429, "Too many initialisation requests")
SERVER_FULL = Close(1013, "The server has as many connections as it takes: try again later")
SERVER_STOPS = Close(1012, "The server stops: connect again, and go on behind the last eventId with `after`")
TOO_SLOW = 4290

Waiting = str | tuple[str, Frame] | Close


class WebSockets:
    """The endpoint of every connection, as an ASGI application."""

    def __init__(self, hub: LiveHub, clients: Clients) -> None:
        self._hub = hub
        self._clients = clients

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The whole life of one connection."""
        await receive()
        speaks_it = PROTOCOL in scope["subprotocols"]
        refusal = None if speaks_it and not self._hub.is_full else SERVER_FULL if speaks_it else SUBPROTOCOL
        with suppress(OSError):  # the client is gone
            await send({"type": "websocket.accept", "subprotocol": PROTOCOL if speaks_it else None})
            if refusal is None:
                await WebSocketSession(self._hub, self._clients, scope, receive, send).run()
            else:
                await send({"type": "websocket.close", "code": refusal.code, "reason": refusal.reason})


class WebSocketSession:
    """A connection: what it asks for by id, and what waits to be sent to it."""

    transport = "websocket"

    def __init__(self, hub: LiveHub, clients: Clients, scope: Scope, receive: Receive, send: Send) -> None:
        self._hub, self._clients = hub, clients
        self._scope, self._receive, self._send = scope, receive, send
        self._client: Client | None = None
        self._outbox: Outbox[Waiting] = Outbox(hub.limits.waiting)
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._members: dict[str, _Subscription] = {}
        self._is_initialised = False
        self._is_closing = False

    async def run(self) -> None:
        """Serve the client until one of the two ends it."""
        reading = asyncio.create_task(self._read(), name="websocket reader")
        self._writing = asyncio.create_task(self._write(), name="websocket writer")
        deadline = asyncio.get_running_loop().call_later(self._hub.limits.init_seconds, self._init_timeout)
        self._hub.enter(self)
        try:
            await asyncio.wait({reading, self._writing}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.exit(self)
            deadline.cancel()
            self._leave_all()
            await end_all([reading, self._writing, *self._tasks.values()])
            self._leave_all()  # one of the tasks may have come so far meanwhile

    def _leave_all(self) -> None:
        for member in self._members.values():
            self._hub.leave(member)

    def beat(self) -> None:
        """Nothing comes before the acknowledgement."""
        if self._is_initialised and not len(self._outbox):
            self._put('{"type":"ping"}')

    def goodbye(self) -> None:
        self._close(SERVER_STOPS)

    def is_full(self) -> bool:
        """Whether no more may wait for the client."""
        return self._outbox.is_full

    def put_frame(self, prefix: str, frame: Frame) -> None:
        """Let a result go out after what waits already."""
        self._outbox.put((prefix, frame))

    async def room(self) -> None:
        """Wait until the client has taken what waits, if that is too much."""
        await self._outbox.room()

    def cut_off(self) -> None:
        """The client reads too slowly: end all that it subscribed to, saying where to go on, and the connection."""
        if self._is_closing:
            return
        LIVE_SLOW.inc()
        message = f"more than {self._hub.limits.waiting} messages wait for you: read faster, or ask for less"
        errors = [error_json(message, ErrorCode.SLOW_CONSUMER)]
        for member in tuple(self._members.values()):
            member.fail(member.with_place(errors))
        self._close(Close(TOO_SLOW, "Too slow: go on behind the last eventId with `after`"))
        asyncio.get_running_loop().call_later(SLOW_SECONDS, self._writing.cancel)

    def forget(self, operation_id: str) -> None:
        """An operation is done; its id is free again."""
        self._tasks.pop(operation_id, None)
        member = self._members.pop(operation_id, None)
        if member is not None:
            self._hub.leave(member)

    def put_errors(self, operation_id: str, errors: Errors) -> None:
        """Say that an operation failed, and forget it."""
        self._put(_message(operation_id, "error", orjson.dumps(errors).decode()))
        self.forget(operation_id)

    def _put(self, text: str) -> None:
        if not self._is_closing:
            self._outbox.put(text)

    def _close(self, close: Close) -> None:
        if not self._is_closing:
            self._is_closing = True
            self._outbox.put(close)

    def _init_timeout(self) -> None:
        if not self._is_initialised:
            self._close(INIT_TIMEOUT)

    async def _write(self) -> None:
        while True:
            for item in await self._outbox.take():
                if isinstance(item, Close):
                    await self._send({"type": "websocket.close", "code": item.code, "reason": item.reason})
                    return
                text = item if isinstance(item, str) else f"{item[0]}{item[1].payload}}}"
                await self._send({"type": "websocket.send", "text": text})

    async def _read(self) -> None:
        while True:
            message = await self._receive()
            if message["type"] == "websocket.disconnect":
                return
            close = await self._handle(message)
            if close is not None:
                self._close(close)
                await self._writing

    async def _handle(self, message: Message) -> Close | None:
        """Do what a message asks; why the connection must end, when it must."""
        asked = _parsed(message)
        match asked.get("type"):
            case "connection_init":
                if self._is_initialised:
                    return TOO_MANY_INITS
                try:
                    self._client = await self._clients.client_of(_asking(self._scope, asked.get("payload")))
                except RequestRefused as refused:
                    return Close(FORBIDDEN, f"Forbidden: {refused}"[:LONGEST_REASON])
                acknowledgement = await self._acknowledgement()
                self._is_initialised = True
                self._put(acknowledgement)
            case "ping":
                await self._outbox.room()
                self._put('{"type":"pong"}')
            case "pong":
                pass
            case "subscribe":
                return self._subscribe(asked) if self._is_initialised else UNAUTHORIZED
            case "complete":
                self._complete(asked.get("id"))
            case other:
                return Close(INVALID_MESSAGE, f"Invalid message of type {str(other)[:40]!r}")
        return None

    async def _acknowledgement(self) -> str:
        """It names the newest event, behind which the client may go on before it was told of any."""
        message: dict[str, Any] = {"type": "connection_ack"}
        with suppress(ArrayanError, TimeoutError):
            async with asyncio.timeout(PLACE_SECONDS):
                message["payload"] = {"lastEventId": str(await self._hub.newest())}
        return orjson.dumps(message).decode()

    def _subscribe(self, asked: Mapping[str, Any]) -> Close | None:
        operation_id = asked.get("id")
        if not isinstance(operation_id, str) or not operation_id:
            return Close(INVALID_MESSAGE, "A subscribe message needs an id, which is text")
        if operation_id in self._tasks or operation_id in self._members:
            return Close(TAKEN_ID, f"Subscriber for {operation_id[:60]} already exists")
        try:
            operation = operation_of(asked.get("payload"))
        except InvalidRequest as error:
            return Close(INVALID_MESSAGE, f"Invalid subscribe message: {error}")
        limit = self._hub.limits.per_connection
        if len(self._tasks) + len(self._members) >= limit:
            text = f"a connection may hold {limit} operations at once"
            self.put_errors(operation_id, [error_json(text, ErrorCode.LIMIT_EXCEEDED)])
            return None
        run = self._follow if operation.is_subscription else self._answer
        self._tasks[operation_id] = asyncio.create_task(run(operation_id, operation))
        return None

    def _complete(self, operation_id: object) -> None:
        if isinstance(operation_id, str):
            task = self._tasks.get(operation_id)
            if task is not None:
                task.cancel()
            self.forget(operation_id)

    async def _follow(self, operation_id: str, operation: Operation) -> None:
        member = _Subscription(self, operation_id)
        assert self._client is not None
        try:
            await self._hub.subscribe(operation, member, self._client.allowance())
        except Refused as refused:
            self.put_errors(operation_id, member.with_place(refused.errors))
        except Exception:
            self._unforeseen(operation_id)
        else:
            self._tasks.pop(operation_id, None)
            self._members[operation_id] = member

    async def _answer(self, operation_id: str, operation: Operation) -> None:
        assert self._client is not None
        try:
            async with self._clients.turn(self._client):
                result = await self._hub.answer(operation, self._client.allowance())
        except Refused as refused:
            self.put_errors(operation_id, refused.errors)
            return
        except RequestRefused as refused:
            self.put_errors(operation_id, [error_json(str(refused), refused.code)])
            return
        except Exception:
            self._unforeseen(operation_id)
            return
        await self._outbox.room()
        if was_refused(result):
            self.put_errors(operation_id, [error.formatted for error in result.errors or ()])
        else:
            self._put(_message(operation_id, "next", payload_of(result)))
            self._put(_message(operation_id, "complete"))
            self.forget(operation_id)

    def _unforeseen(self, operation_id: str) -> None:
        log.exception("websocket_operation_failed")
        text = "something went wrong on our side; the log has it"
        self.put_errors(operation_id, [error_json(text, ErrorCode.INTERNAL_SERVER_ERROR)])


class _Subscription(Member):
    """A subscription of a WebSocket."""

    def __init__(self, session: WebSocketSession, operation_id: str) -> None:
        super().__init__()
        self._session = session
        self._id = operation_id
        self._prefix = f'{{"id":{orjson.dumps(operation_id).decode()},"type":"next","payload":'

    def offer(self, frame: Frame) -> None:
        if self._session.is_full():
            self._session.cut_off()
        else:
            self.last = frame.event_id
            self._session.put_frame(self._prefix, frame)

    async def accept(self, frame: Frame) -> None:
        await self._session.room()
        self.last = frame.event_id
        self._session.put_frame(self._prefix, frame)

    def fail(self, errors: Errors) -> None:
        self._session.put_errors(self._id, errors)


def _asking(scope: Scope, payload: object) -> HTTPConnection:
    """Who asks, with the token that a browser cannot send as a header but in the first message."""
    given = payload if isinstance(payload, dict) else {}
    token = next((value for name, value in given.items() if str(name).lower() == "authorization"), None)
    if not isinstance(token, str):
        return HTTPConnection(scope)
    header = (b"authorization", token.encode("latin-1", errors="replace"))
    return HTTPConnection({**scope, "headers": [header, *scope["headers"]]})


def _parsed(message: Message) -> Mapping[str, Any]:
    """The JSON of a message; nothing when it is none."""
    text = message.get("text")
    try:
        parsed = None if text is None else orjson.loads(text)
    except orjson.JSONDecodeError:
        parsed = None
    return parsed if isinstance(parsed, dict) else {}


def _message(operation_id: str, kind: str, payload: str | None = None) -> str:
    told = "" if payload is None else f',"payload":{payload}'
    return f'{{"id":{orjson.dumps(operation_id).decode()},"type":"{kind}"{told}}}'
