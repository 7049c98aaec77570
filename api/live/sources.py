"""Where the executions of subscriptions get their events from."""

from collections.abc import AsyncIterator, Callable

from api.live.event_log import BATCH_EVENTS, EventLog
from domain.event import Event, EventId
from storage.event_batch import EventBatch
from storage.events import read_events
from storage.reader import Reader


class _Source:
    """Remembers which event the next result is about."""

    def __init__(self) -> None:
        self._told: Event | None = None

    def tell(self, event: Event) -> None:
        self._told = event

    def take(self) -> Event | None:
        """The event of the last result; None when it is about none, but about a failure."""
        told, self._told = self._told, None
        return told


class Live(_Source):
    """Events from a position on, without an end. `position` is that of the last event that is done with: nothing up
    to it will come any more, and everything behind it will."""

    def __init__(self, log: EventLog, position: int, on_begin: Callable[[], None]) -> None:
        super().__init__()
        self._log = log
        self._on_begin = on_begin
        self.position = position

    async def batches(self, after: EventId | None) -> AsyncIterator[EventBatch]:
        del after  # each client catches up by himself
        self._on_begin()
        cursor = self.position
        while True:
            batch = await self._log.after(cursor)
            yield batch
            cursor = self.position = batch.last


class Past(_Source):
    """Events behind a position, up to another."""

    def __init__(self, reader: Reader, after: int, until: int) -> None:
        super().__init__()
        self._reader = reader
        self._after = after
        self._until = until

    async def batches(self, after: EventId | None) -> AsyncIterator[EventBatch]:
        del after
        cursor = self._after
        while cursor < self._until:
            events = await read_events(self._reader, cursor, BATCH_EVENTS, until=self._until)
            if not events:
                return
            yield EventBatch(self._reader, events, since=cursor)
            cursor = events[-1].serial
