"""Events: an alert was stored, a classifier answered. Clients name one by its id, to go on behind it."""

import re
from datetime import datetime
from typing import NamedTuple

from domain.errors import ArrayanError

FROM_THE_OLDEST = "0"
"""In place of an id: everything that is kept."""

_ID = re.compile(r"([0-9]{1,19})\.([0-9a-f]{8})")
_MARK_BITS = 32
_MOST = 2**63 - 1


class InvalidEventId(ArrayanError):
    """A text that is the id of no event."""


class EventExpired(ArrayanError):
    """Events between the one that a client names and the oldest that is kept are gone."""


class UnknownEvent(ArrayanError):
    """An id from another database, or from the same before a backup was restored."""


class EventId(NamedTuple):
    """The place of an event among all, and a mark of its time, by which another database's event is told."""

    serial: int
    mark: int

    def __str__(self) -> str:
        if self == START:
            return FROM_THE_OLDEST
        return f"{self.serial}.{self.mark:08x}"

    @classmethod
    def of(cls, serial: int, at: datetime) -> "EventId":
        microseconds = round(at.timestamp() * 1e6)
        return cls(serial, microseconds % 2**_MARK_BITS)


START = EventId(0, 0)
"""Before every event."""


def parse_event_id(text: str) -> EventId:
    """What a client names. Raises InvalidEventId."""
    if text == FROM_THE_OLDEST:
        return START
    found = _ID.fullmatch(text)
    if found is None or not 0 < int(found[1]) <= _MOST:
        raise InvalidEventId(
            f"{text[:80]!r} is no id of an event: take one from `eventId`, or {FROM_THE_OLDEST!r} for the oldest"
        )
    return EventId(int(found[1]), int(found[2], 16))


class Event(NamedTuple):
    """Something that happened to an object. Of an answer, what it says in short; else `classifier_id` is None."""

    serial: int
    at: datetime
    object_id: int
    candid: int
    mjd: float
    """Of the alert: the new one, or the cause of the answer."""
    classifier_id: int | None
    probability: float | None
    class_: str | None
    previous_class: str | None

    @property
    def id(self) -> EventId:
        return EventId.of(self.serial, self.at)

    @property
    def is_classification(self) -> bool:
        return self.classifier_id is not None

    @property
    def is_change(self) -> bool:
        """Whether the most probable class is new or another one."""
        return self.class_ != self.previous_class
