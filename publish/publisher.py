"""Following the events, and sending them on: at least once, each under its id."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, aclosing
from typing import NamedTuple, Protocol

import psycopg
from psycopg import Connection

from domain.event import START, EventExpired, EventId, UnknownEvent
from publish.messages import Message, Messages
from runtime.backoff import Backoff
from runtime.kafka import KafkaUnavailable
from runtime.metrics import PUBLISH_EVENTS, PUBLISH_LAG, PUBLISH_LAST, PUBLISH_MESSAGES
from runtime.readiness import Readiness
from runtime.shutdown import Shutdown
from storage.database import DatabaseUnavailable
from storage.event_batch import EventBatch
from storage.events import CHANNEL, read_events, require_event
from storage.publishers import events_behind, note_published, published_until, publisher_lock
from storage.reader import Reader, StatementTimeout

log = logging.getLogger(__name__)

BATCH_EVENTS = 500
POLL_SECONDS = 1.0
OUTAGES = (KafkaUnavailable, DatabaseUnavailable, StatementTimeout, psycopg.OperationalError)
WAY = "publish"
"""Our name among the parts that a process needs."""

OpenConnection = Callable[[], AbstractContextManager[Connection]]


class Producer(Protocol):
    """Where messages go."""

    def send(self, messages: Sequence[Message]) -> None:
        """Send messages and wait until they are there. Raises KafkaUnavailable."""
        ...


class Begin(NamedTuple):
    """Where a new name begins, and whether one whose events are gone goes on at the oldest."""

    at_newest: bool = False
    skip_missing: bool = False


class Published(NamedTuple):
    """What a run did. Messages that were sent again after an outage count again."""

    events: int
    messages: int


class Publisher:
    """Sends events on from where its name has come to.

    Its place is noted after the broker has the messages: one that is killed in between sends some again, and misses
    none.
    """

    def __init__(
        self,
        name: str,
        open_connection: OpenConnection,
        reader: Reader,
        messages: Messages,
        producer: Producer,
        shutdown: Shutdown,
        readiness: Readiness,
    ) -> None:
        self._name = name
        self._open_connection = open_connection
        self._reader = reader
        self._messages = messages
        self._producer = producer
        self._shutdown = shutdown
        self._readiness = readiness
        self._done = Published(0, 0)

    async def run(self, begin: Begin, *, stop_at_end: bool = False) -> Published:
        """Publish until the end is asked for, or, with `stop_at_end`, until nothing is left.

        Waits for a database or a broker that is away. Raises PublisherAtWork, EventExpired when events are gone
        that were never sent, UnknownEvent when the database is another one.
        """
        backoff = Backoff()
        while True:
            before = self._done
            try:
                with self._open_connection() as connection, publisher_lock(connection, self._name):
                    await self._follow(connection, begin, stop_at_end=stop_at_end)
                return self._done
            except OUTAGES as error:
                reason = " ".join(str(error).split())
                log.warning("publish_waits error=%s", reason)
                self._readiness.missing(WAY, reason)
            if self._shutdown.is_asked:
                return self._done
            if self._done != before:
                backoff = Backoff()
            await asyncio.to_thread(self._shutdown.sleep, backoff.next())

    async def _follow(self, connection: Connection, begin: Begin, *, stop_at_end: bool) -> None:
        place = published_until(connection, self._name, begin_at_newest=begin.at_newest)
        place = await self._valid(place, skip_missing=begin.skip_missing)
        async with aclosing(self._reader.notices(CHANNEL, POLL_SECONDS)) as notices:
            async for _ in notices:
                place = await self._send_all(connection, place)
                self._readiness.found(WAY)
                if stop_at_end or self._shutdown.is_asked:
                    return

    async def _valid(self, place: EventId, *, skip_missing: bool) -> EventId:
        try:
            await require_event(self._reader, place)
        except (EventExpired, UnknownEvent) as error:
            if not skip_missing:
                raise type(error)(f"{error}. --skip-missing goes on at the oldest that there is") from error
            log.error("publish_events_missing after=%s", place)
            return START
        return place

    async def _send_all(self, connection: Connection, place: EventId) -> EventId:
        """Send everything that there is; the last event."""
        while not self._shutdown.is_asked:
            events = await read_events(self._reader, place.serial, BATCH_EVENTS)
            if not events:
                PUBLISH_LAG.set(0)
                return place
            batch = EventBatch(self._reader, events, since=place.serial)
            messages = await self._messages.of(batch)
            await asyncio.to_thread(self._producer.send, messages)
            place = events[-1].id
            note_published(connection, self._name, place)
            self._count(len(events), len(messages))
            PUBLISH_LAG.set(events_behind(connection, place))
        return place

    def _count(self, events: int, messages: int) -> None:
        self._done = Published(self._done.events + events, self._done.messages + messages)
        PUBLISH_EVENTS.inc(events)
        PUBLISH_MESSAGES.inc(messages)
        PUBLISH_LAST.set_to_current_time()
