"""What resolvers may use: made once per request."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Protocol

from strawberry.types import Info as StrawberryInfo

from domain.event import Event, EventId
from graphql_schema.allowance import Allowance
from graphql_schema.loaders import Loaders
from storage.event_batch import EventBatch
from storage.packet_archive import PacketArchive
from storage.reader import Reader


class EventSource(Protocol):
    """Where a subscription gets its events from. Whoever runs it decides where it begins and ends."""

    def batches(self, after: EventId | None) -> AsyncIterator[EventBatch]:
        """Events in their order. `after` is what the client asked for."""
        ...

    def tell(self, event: Event) -> None:
        """The next result of the subscription is about this event."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """The stores, the loaders of this request, and what it may cost; `events` is None for all but subscriptions.
    Who `takes_arrays` can write arrays of numpy out, and gets them for columns of floats."""

    reader: Reader
    archive: PacketArchive
    loaders: Loaders
    allowance: Allowance = field(default_factory=Allowance)
    events: EventSource | None = None
    takes_arrays: bool = False

    @classmethod
    def for_request(
        cls,
        reader: Reader,
        archive: PacketArchive,
        allowance: Allowance | None = None,
        events: EventSource | None = None,
        *,
        takes_arrays: bool = False,
    ) -> "Context":
        """Without an allowance, each request has the usual limit and no budget."""
        return cls(reader, archive, Loaders(reader), allowance or Allowance(), events, takes_arrays)

    def forget(self) -> None:
        """Let everything be read anew: a subscription lasts, and the sky goes on."""
        self.loaders.forget()


@dataclass
class Info(StrawberryInfo[Context, None]):
    """What a resolver is told of its request."""

    leaves: frozenset[str] | None = None
    """The names in Python of all that is chosen of the field, where these are leaves alone; None when they are not,
    or when nobody knows."""
