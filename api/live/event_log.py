"""The events as this process knows them: the newest in memory, read once for everybody."""

import asyncio
import logging
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime

from domain.event import START, EventExpired, EventId
from graphql_schema.subscriptions.patience import patiently
from runtime.metrics import LIVE_EVENT_SECONDS, LIVE_EVENTS
from storage.database import DatabaseUnavailable
from storage.event_batch import EventBatch
from storage.events import CHANNEL, newest_event, read_events
from storage.reader import Reader, StatementTimeout

log = logging.getLogger(__name__)

BATCH_EVENTS = 500
REMEMBERED_BATCHES = 64
"""For those who are a little behind; who is further behind reads the database."""
POLL_SECONDS = 2.0
"""How late an event may be whose notice was lost."""
GATHER_SECONDS = 0.02
"""So long after a notice it is read, together with what came meanwhile."""
RETRY_SECONDS = 1.0
STOP_SECONDS = 5.0


class EventLog:
    """Follows the events from the first subscription on."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._newest = START
        self._recent: deque[EventBatch] = deque(maxlen=REMEMBERED_BATCHES)
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._is_stopping = False

    async def newest(self) -> EventId:
        """The newest event that is known; START without any. Starts to follow. Raises DatabaseUnavailable."""
        async with self._starting:
            if self._task is None:
                await self._begin_at_the_newest()
                self._task = asyncio.create_task(self._follow(), name="event log")
        return self._newest

    async def stop(self) -> None:
        """Follow no more."""
        self._is_stopping = True
        if self._task is not None:
            self._task.cancel()  # a statement that is cancelled may tell so as if it had taken too long
            await asyncio.wait([self._task], timeout=STOP_SECONDS)

    async def after(self, position: int) -> EventBatch:
        """The next events behind one; waits for them. Raises EventExpired."""
        while True:
            while self._newest.serial <= position:
                await self._news.wait()
            batch = self._remembered(position)
            if batch is not None:
                return batch
            events = await patiently(lambda: read_events(self._reader, position, BATCH_EVENTS))
            if events:
                return EventBatch(self._reader, events, since=position)
            await asyncio.sleep(RETRY_SECONDS)  # somebody deletes events by hand

    def _remembered(self, position: int) -> EventBatch | None:
        """What follows an event, when it is among the newest."""
        for batch in self._recent:
            if batch.last > position:
                return batch.behind(position) if batch.since <= position else None
        return None

    async def _follow(self) -> None:
        """Never ends by itself: whoever listens would wait for ever."""
        while not self._is_stopping:
            try:
                async for heard in self._reader.notices(CHANNEL, POLL_SECONDS):
                    if heard:
                        await asyncio.sleep(GATHER_SECONDS)
                    await self._read()
            except (DatabaseUnavailable, StatementTimeout) as error:
                log.warning("event_log_waits error=%s", error)
            except Exception:
                log.exception("event_log_failed")
            await asyncio.sleep(RETRY_SECONDS)
            with suppress(DatabaseUnavailable, StatementTimeout):
                await self._read()  # where notices cannot be had, it goes on by looking

    async def _read(self) -> None:
        """Take in what is new."""
        while True:
            try:
                events = await read_events(self._reader, self._newest.serial, BATCH_EVENTS)
            except EventExpired as error:
                log.error("event_log_fell_behind error=%s", error)
                await self._begin_anew()
                return
            if not events:
                return
            batch = EventBatch(self._reader, events, since=self._newest.serial)
            self._recent.append(batch)
            self._advance(events[-1].id)
            LIVE_EVENTS.inc(len(events))
            age = datetime.now(UTC) - events[-1].at
            LIVE_EVENT_SECONDS.observe(max(0.0, age.total_seconds()))

    async def _begin_anew(self) -> None:
        """Go on at the newest event; whoever was behind it finds out by himself that there is a gap."""
        self._recent.clear()
        await self._begin_at_the_newest()

    async def _begin_at_the_newest(self) -> None:
        newest = await newest_event(self._reader)
        self._advance(START if newest is None else newest[0])

    def _advance(self, newest: EventId) -> None:
        self._newest = newest
        news, self._news = self._news, asyncio.Event()
        news.set()
