"""One execution for everybody who asks for the same."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing, suppress
from typing import Any, NamedTuple, Protocol

import orjson
from strawberry.types import ExecutionResult

from api.live.event_log import EventLog
from api.live.member import Errors, Frame, Member, Refused, error_json
from api.live.operation import Operation
from api.live.sources import Live, Past
from domain.event import Event
from graphql_schema.context import Context, EventSource
from graphql_schema.errors import ErrorCode
from graphql_schema.schema import Schema
from runtime.metrics import LIVE_EXECUTIONS, LIVE_SENT
from storage.reader import Reader

log = logging.getLogger(__name__)

PASSING_FAULTS = {ErrorCode.UNAVAILABLE.value, ErrorCode.TIMEOUT.value, ErrorCode.INTERNAL_SERVER_ERROR.value}
"""An event that was answered with nothing but one of these is told of later, when the client goes on."""

NOT_OUR_FAULT = error_json("the subscription ended unexpectedly: subscribe again", ErrorCode.INTERNAL_SERVER_ERROR)


MakeContext = Callable[[EventSource], Context]
"""What resolvers may use, with a source of events."""


class Told(NamedTuple):
    """A result and the event it is about."""

    event: Event
    frame: Frame


class Source(EventSource, Protocol):
    """A source that knows which event a result was about."""

    def take(self) -> Event | None: ...


async def told_of(
    schema: Schema, context: MakeContext, operation: Operation, source: Source
) -> AsyncIterator[Told]:
    """Run a subscription. Raises Refused when it cannot be, or cannot go on."""
    stream = await schema.subscribe(
        operation.query, dict(operation.variables), context(source), operation_name=operation.name
    )
    async with aclosing(stream) as results:
        async for result in results:
            event = source.take()
            if event is None or _is_passing_fault(result):
                raise Refused(_errors(result) or [NOT_OUR_FAULT])
            result.extensions = None  # what it costs is told of the whole, not of each event
            yield Told(event, Frame(event.id, payload_of(result)))


def payload_of(result: ExecutionResult) -> str:
    """A result as JSON."""
    payload: dict[str, Any] = {"data": result.data}
    if result.errors:
        payload["errors"] = _errors(result)
    if result.extensions:
        payload["extensions"] = result.extensions
    return orjson.dumps(payload).decode()


def _errors(result: ExecutionResult) -> list[Any]:
    return [error.formatted for error in result.errors or ()]


def _is_passing_fault(result: ExecutionResult) -> bool:
    if result.data is not None or not result.errors:
        return False
    return any((error.extensions or {}).get("code") in PASSING_FAULTS for error in result.errors)


class Group:
    """An execution, and those who are told what it says. It ends with the last of them."""

    def __init__(
        self,
        schema: Schema,
        context: MakeContext,
        operation: Operation,
        log: EventLog,
        position: int,
    ) -> None:
        self._schema, self._context, self._operation = schema, context, operation
        self._begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._source = Live(log, position, self._begin)
        self._members: set[Member] = set()
        self.expected = 0
        """How many are on their way to it."""
        self._task = asyncio.create_task(self._run(), name="subscription")
        LIVE_EXECUTIONS.inc()
        self._task.add_done_callback(lambda _: LIVE_EXECUTIONS.dec())

    @property
    def position(self) -> int:
        """The last event that members were told of, or will not be."""
        return self._source.position

    @property
    def has_ended(self) -> bool:
        return self._task.done()

    @property
    def is_wanted(self) -> bool:
        return bool(self._members) or self.expected > 0

    async def begun(self) -> None:
        """Wait until it is valid and follows the events. Raises Refused when it is not."""
        await asyncio.shield(self._begun)

    def join(self, member: Member) -> None:
        """Tell a member everything behind `position`, and behind what he knows."""
        self._members.add(member)

    def leave(self, member: Member) -> None:
        self._members.discard(member)

    def end(self) -> None:
        self._task.cancel()

    async def past(self, reader: Reader, after: int, context: MakeContext) -> AsyncIterator[Told]:
        """What somebody missed, up to `position` as it is now. Raises Refused."""
        source = Past(reader, after, self.position)
        async for told in told_of(self._schema, context, self._operation, source):
            yield told

    def _begin(self) -> None:
        if not self._begun.done():
            self._begun.set_result(None)

    async def _run(self) -> None:
        errors: Errors = [NOT_OUR_FAULT]
        try:
            async with aclosing(
                told_of(self._schema, self._context, self._operation, self._source)  # type: ignore[type-var]
            ) as results:
                async for told in results:
                    self._tell(told)
        except Refused as refused:
            errors = refused.errors
        except Exception:
            log.exception("subscription_failed")
        finally:
            if not self._begun.done():
                self._begun.set_exception(Refused(errors))
                with suppress(Refused):
                    self._begun.exception()
            for member in tuple(self._members):
                member.fail(member.with_place(errors))
            self._members.clear()

    def _tell(self, told: Told) -> None:
        """Without any pause in between, so that whoever joins finds `position` true."""
        serial = self._source.position = told.event.serial
        count = 0
        for member in tuple(self._members):
            if serial > member.after:
                member.offer(told.frame)
                count += 1
        LIVE_SENT.inc(count)
