"""One subscription of one client."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from domain.errors import ArrayanError
from domain.event import EventId
from graphql_schema.errors import ErrorCode, code_of

Errors = Sequence[Mapping[str, Any]]
"""As a client gets them."""


class Frame(NamedTuple):
    """One result as JSON, made once for everybody."""

    event_id: EventId
    payload: str


class Refused(Exception):
    """A subscription that cannot be, or cannot go on."""

    def __init__(self, errors: Errors) -> None:
        super().__init__(errors[0]["message"] if errors else "refused")
        self.errors = errors

    @classmethod
    def because(cls, error: ArrayanError) -> "Refused":
        """For one of our own reasons."""
        return cls([error_json(str(error), code_of(error))])


def error_json(message: str, code: ErrorCode, **extensions: Any) -> dict[str, Any]:
    """An error without a place in an answer."""
    return {"message": message, "extensions": {"code": code.value, **extensions}}


class Member(ABC):
    """Who is told of events. Those up to `after` he knows already."""

    def __init__(self, after: int = 0) -> None:
        self.after = after
        self.last: EventId | None = None
        """The last event that is on its way to him."""

    def began(self, place: EventId) -> None:
        """He is told of everything behind this event, which he did not name himself."""
        self.last = place

    @abstractmethod
    def offer(self, frame: Frame) -> None:
        """Take a result without waiting, or be cut off."""

    @abstractmethod
    async def accept(self, frame: Frame) -> None:
        """Take a result as soon as there is room."""

    @abstractmethod
    def fail(self, errors: Errors) -> None:
        """Nothing more will come."""

    def with_place(self, errors: Errors) -> Errors:
        """Errors that also say where to go on."""
        if self.last is None:
            return errors
        place = {"lastEventId": str(self.last)}
        return [{**error, "extensions": {**error.get("extensions", {}), **place}} for error in errors]
