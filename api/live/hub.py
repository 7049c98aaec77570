"""Everybody who listens to this process."""

import asyncio
import logging
from contextlib import suppress
from functools import partial
from typing import Protocol

from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from api.live.event_log import EventLog
from api.live.group import Group
from api.live.limits import LiveLimits
from api.live.member import Member, Refused, error_json
from api.live.operation import Operation
from api.request_metrics import count_operation
from domain.errors import ArrayanError
from domain.event import EventId, parse_event_id
from graphql_schema.allowance import Allowance
from graphql_schema.context import Context, EventSource
from graphql_schema.errors import ErrorCode, LimitExceeded
from graphql_schema.schema import Schema
from runtime.metrics import LIVE_CONNECTIONS, LIVE_SUBSCRIPTIONS
from storage.events import event_at, require_event
from storage.packet_archive import PacketArchive
from storage.reader import Reader

log = logging.getLogger(__name__)

FULL_SECONDS, STOPPED_SECONDS = 30, 1


class Session(Protocol):
    """A connection of a client."""

    transport: str

    def beat(self) -> None:
        """Show the client that we are there, when nothing else does."""
        ...

    def goodbye(self) -> None:
        """The server stops: let the client come back and go on."""
        ...


class LiveHub:
    """Finds for each subscription the execution that it shares, and lets who was away catch up first."""

    def __init__(self, schema: Schema, reader: Reader, archive: PacketArchive, limits: LiveLimits) -> None:
        self._schema = schema
        self._reader = reader
        self._archive = archive
        self.limits = limits
        self._log = EventLog(reader)
        self._groups: dict[bytes, Group] = {}
        self._homes: dict[Member, Group] = {}
        self._sessions: set[Session] = set()
        self._heart: asyncio.Task[None] | None = None
        self._is_stopping = False

    @property
    def is_full(self) -> bool:
        """Whether no further connection is taken."""
        return self._is_stopping or len(self._sessions) >= self.limits.connections

    @property
    def retry_seconds(self) -> int:
        """When somebody who was not let in may come again: a server that stops is soon another one."""
        return STOPPED_SECONDS if self._is_stopping else FULL_SECONDS

    def enter(self, session: Session) -> None:
        """A client has come."""
        self._sessions.add(session)
        LIVE_CONNECTIONS.labels(session.transport).inc()
        if self._heart is None:
            self._heart = asyncio.create_task(self._beat(), name="heartbeat")

    def exit(self, session: Session) -> None:
        """A client has gone."""
        self._sessions.discard(session)
        LIVE_CONNECTIONS.labels(session.transport).dec()

    def goodbye(self) -> None:
        """Send everybody away in order; nobody is let in any more."""
        self._is_stopping = True
        for session in tuple(self._sessions):
            session.goodbye()

    async def close(self) -> None:
        """End everything."""
        self.goodbye()
        for group in self._groups.values():
            group.end()
        if self._heart is not None:
            self._heart.cancel()
            with suppress(asyncio.CancelledError):
                await self._heart
        await self._log.stop()

    async def newest(self) -> EventId:
        """The newest event that this process knows of; what it tells of from now on comes behind it. Raises
        DatabaseUnavailable."""
        return await self._log.newest()

    async def answer(self, operation: Operation, allowance: Allowance) -> ExecutionResult:
        """A query's answer, for clients that ask over their connection. Raises Refused."""
        try:
            result = await self._schema.execute(
                operation.query,
                dict(operation.variables),
                self._context(allowance, None),
                operation_name=operation.name,
                allowed_operation_types=(OperationType.QUERY, OperationType.MUTATION),
            )
        except (CannotGetOperationTypeError, InvalidOperationTypeError):
            text = f"the document has no operation named {operation.name!r}"
            raise Refused([error_json(text, ErrorCode.BAD_USER_INPUT)]) from None
        count_operation(result)
        return result

    async def subscribe(self, operation: Operation, member: Member, allowance: Allowance | None = None) -> None:
        """Tell a member what he missed, which he pays for, and let him into the execution that he shares, at the
        very event.

        Raises Refused when the subscription cannot be.
        """
        try:
            place = await self._place(operation)
            group = await self._group(operation)
        except ArrayanError as error:
            raise Refused.because(error) from error
        group.expected += 1
        try:
            await group.begun()
            member.after = group.position if place is None else place.serial
            if place is None:
                await self._tell_beginning(member)
            while member.after < group.position:
                until = group.position
                async for told in group.past(self._reader, member.after, partial(self._context, allowance)):
                    await member.accept(told.frame)
                member.after = until
            if group.has_ended:
                text = "the subscription ended meanwhile: subscribe again"
                raise Refused([error_json(text, ErrorCode.UNAVAILABLE)])
            group.join(member)
            self._homes[member] = group
            LIVE_SUBSCRIPTIONS.inc()
        finally:
            group.expected -= 1
            self._end_if_unwanted(group)

    def leave(self, member: Member) -> None:
        """A member wants to be told no more."""
        group = self._homes.pop(member, None)
        if group is not None:
            LIVE_SUBSCRIPTIONS.dec()
            group.leave(member)
            self._end_if_unwanted(group)

    async def _place(self, operation: Operation) -> EventId | None:
        """The event to begin behind. Raises what is wrong with it."""
        if operation.after is None:
            return None
        place = parse_event_id(operation.after)
        await require_event(self._reader, place)
        return place

    async def _tell_beginning(self, member: Member) -> None:
        """Where a member begins that named no event, so that he can go on there before one came. Raises Refused."""
        try:
            place = await event_at(self._reader, member.after)
        except ArrayanError as error:
            raise Refused.because(error) from error
        if place is not None:
            member.began(place)

    async def _group(self, operation: Operation) -> Group:
        """The execution to share. Raises LimitExceeded, DatabaseUnavailable."""
        position = (await self._log.newest()).serial
        if len(self._homes) >= self.limits.subscriptions:
            raise LimitExceeded("this server has as many subscriptions as it takes: try again later")
        group = self._groups.get(operation.key)
        if group is None or group.has_ended:
            self._forget_ended()
            if len(self._groups) >= self.limits.executions:
                raise LimitExceeded(
                    "this server has as many different subscriptions as it takes: ask for what others ask for, or "
                    "try again later"
                )
            group = Group(self._schema, partial(self._context, None), operation, self._log, position)
            self._groups[operation.key] = group
        return group

    def _forget_ended(self) -> None:
        self._groups = {key: group for key, group in self._groups.items() if not group.has_ended}

    def _end_if_unwanted(self, group: Group) -> None:
        if not group.is_wanted:
            group.end()
            self._groups = {key: other for key, other in self._groups.items() if other is not group}

    def _context(self, allowance: Allowance | None, events: EventSource | None) -> Context:
        return Context.for_request(self._reader, self._archive, allowance, events)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(self.limits.heartbeat_seconds)
            for session in tuple(self._sessions):
                session.beat()
