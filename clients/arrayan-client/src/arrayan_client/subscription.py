"""Events as they happen, to be iterated over."""

from collections.abc import AsyncIterator, Iterator
from types import TracebackType
from typing import Generic

from typing_extensions import Self

from arrayan_client.events import Event, Follower


class Subscription(Iterator[Event], Generic[Event]):
    """Iterate over it; it waits for events, and goes on behind the last one when the connection was lost.

    `last_event_id` is the event that you were given last: keep it, and give it to `after` next time. Close it, or
    use it with `with`, when you stop before its end."""

    def __init__(self, follower: Follower[Event], events: Iterator[Event]) -> None:
        self._follower, self._events = follower, events

    @property
    def last_event_id(self) -> str | None:
        """The event that was given last; before the first, `after` as you gave it."""
        return self._follower.last_event_id

    @property
    def reconnects(self) -> int:
        """How often the connection was lost or could not be made."""
        return self._follower.reconnects

    @property
    def query(self) -> str:
        """The subscription as GraphQL."""
        return self._follower.query

    def __next__(self) -> Event:
        return next(self._events)

    def close(self) -> None:
        """Stop, and give the connection back."""
        self._events.close()  # type: ignore[attr-defined]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncSubscription(AsyncIterator[Event], Generic[Event]):
    """The same for `async for`."""

    def __init__(self, follower: Follower[Event], events: AsyncIterator[Event]) -> None:
        self._follower, self._events = follower, events

    @property
    def last_event_id(self) -> str | None:
        """See Subscription."""
        return self._follower.last_event_id

    @property
    def reconnects(self) -> int:
        """See Subscription."""
        return self._follower.reconnects

    @property
    def query(self) -> str:
        """See Subscription."""
        return self._follower.query

    async def __anext__(self) -> Event:
        return await self._events.__anext__()

    async def close(self) -> None:
        """Stop, and give the connection back."""
        await self._events.aclose()  # type: ignore[attr-defined]

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()
