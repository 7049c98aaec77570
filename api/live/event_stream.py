"""Server-sent events: one operation, told over one HTTP answer (graphql-sse, distinct connections mode).

Lines end in LF alone, since there are readers that split at nothing else. Each event names its id, by which a
browser's EventSource goes on by itself after a lost connection (`Last-Event-ID`).
"""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from api.graphql_request import GraphQLRequest
from api.live.cancelling import end_all
from api.live.group import payload_of
from api.live.hub import LiveHub
from api.live.member import Errors, Frame, Member, Refused, error_json
from api.live.operation import InvalidRequest, Operation, operation_of
from api.live.outbox import Outbox
from api.refusal import Refused as RequestRefused
from api.refusal import bad_request
from domain.event import EventId
from graphql_schema.context import Context
from graphql_schema.errors import ErrorCode
from runtime.metrics import LIVE_SLOW

log = logging.getLogger(__name__)

MEDIA_TYPE = "text/event-stream"
HEARTBEAT = b":\n\n"
COMPLETE = b"event: complete\ndata:\n\n"
SLOW_SECONDS = 10.0
END = None
"""In place of bytes: the answer is over."""


class EventStreams:
    """Answers operations of HTTP requests as streams of events."""

    def __init__(self, hub: LiveHub) -> None:
        self._hub = hub

    async def __call__(self, request: Request, asked: GraphQLRequest, context: Context) -> Response:
        """Raises Refused of api.refusal."""
        if self._hub.is_full:
            raise RequestRefused(
                503,
                ErrorCode.LIMIT_EXCEEDED,
                "the server has as many connections as it takes: try again later",
                {"Retry-After": str(self._hub.retry_seconds)},
            )
        try:
            operation = operation_of(
                {"query": asked.query, "variables": asked.variables, "operationName": asked.operation_name}
            )
        except InvalidRequest as error:
            raise bad_request(str(error)) from error
        last_seen = request.headers.get("last-event-id")
        if last_seen:  # it is later than what the request began with
            operation = operation._replace(after=last_seen)
        return EventStream(self._hub, operation, context)


class EventStream(Response):
    """The answer that goes on."""

    transport = "sse"
    media_type = MEDIA_TYPE

    def __init__(self, hub: LiveHub, operation: Operation, context: Context) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["Content-Length"]
        self._hub = hub
        self._operation = operation
        self._context = context
        self._outbox: Outbox[bytes | None] = Outbox(hub.limits.waiting)
        self._member = _Subscription(self._outbox, self.cut_off)
        self._has_ended = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope
        await send({"type": "http.response.start", "status": 200, "headers": self.raw_headers})
        self._outbox.put(HEARTBEAT)
        self._writing = asyncio.create_task(self._write(send), name="event stream writer")
        running = asyncio.create_task(self._run(), name="event stream")
        leaving = asyncio.create_task(_disconnect(receive))
        self._hub.enter(self)
        try:
            await asyncio.wait({self._writing, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._hub.exit(self)
            self._hub.leave(self._member)
            await end_all([self._writing, running, leaving])
            self._hub.leave(self._member)  # it may have come in meanwhile
        with suppress(OSError):
            await send({"type": "http.response.body", "body": b"", "more_body": False})

    def beat(self) -> None:
        if not len(self._outbox):
            self._outbox.put(HEARTBEAT)

    def goodbye(self) -> None:
        """Without `complete`, which would tell the client not to come back."""
        self._end()

    def cut_off(self) -> None:
        """The client reads too slowly."""
        if self._has_ended:
            return
        LIVE_SLOW.inc()
        message = f"more than {self._hub.limits.waiting} messages wait for you: read faster, or ask for less"
        self._member.fail(self._member.with_place([error_json(message, ErrorCode.SLOW_CONSUMER)]))
        self._end()
        asyncio.get_running_loop().call_later(SLOW_SECONDS, self._writing.cancel)

    def _end(self) -> None:
        if not self._has_ended:
            self._has_ended = True
            self._outbox.put(END)

    async def _run(self) -> None:
        try:
            if self._operation.is_subscription:
                await self._hub.subscribe(self._operation, self._member, self._context.allowance)
            else:
                result = await self._hub.answer(self._operation, self._context.allowance)
                self._outbox.put(_next(payload_of(result)))
                self._outbox.put(COMPLETE)
                self._end()
        except Refused as refused:
            self._member.fail(self._member.with_place(refused.errors))
        except Exception:
            log.exception("event_stream_failed")
            text = "something went wrong on our side; the log has it"
            self._member.fail([error_json(text, ErrorCode.INTERNAL_SERVER_ERROR)])

    async def _write(self, send: Send) -> None:
        while True:
            items = await self._outbox.take()
            body = b"".join(item for item in items if item is not END)
            await send({"type": "http.response.body", "body": body, "more_body": True})
            if END in items:
                return


class _Subscription(Member):
    """The subscription of an event stream."""

    def __init__(self, outbox: Outbox[bytes | None], cut_off: Callable[[], None]) -> None:
        super().__init__()
        self._outbox = outbox
        self._cut_off = cut_off

    def began(self, place: EventId) -> None:
        """An event without data, which is none to clients: they only note its id."""
        super().began(place)
        self._outbox.put(f"id: {place}\n\n".encode())

    def offer(self, frame: Frame) -> None:
        if self._outbox.is_full:
            self._cut_off()
        else:
            self._put(frame)

    async def accept(self, frame: Frame) -> None:
        await self._outbox.room()
        self._put(frame)

    def fail(self, errors: Errors) -> None:
        self._outbox.put(_next(orjson.dumps({"errors": errors}).decode()))
        self._outbox.put(COMPLETE)
        self._outbox.put(END)

    def _put(self, frame: Frame) -> None:
        self.last = frame.event_id
        self._outbox.put(f"event: next\nid: {frame.event_id}\ndata: {frame.payload}\n\n".encode())


def _next(payload: str) -> bytes:
    return f"event: next\ndata: {payload}\n\n".encode()


async def _disconnect(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
