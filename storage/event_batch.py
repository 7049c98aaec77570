"""Events with what they are about, read at most once however many look at them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Generic, TypeVar

from domain.event import Event
from domain.light_curve import StoredDetection
from domain.object_filter import ObjectFilter
from domain.sky_object import SkyObject
from storage.classifications import AnswerKey, StoredClassification, classifications_by_key
from storage.light_curves import DetectionKey, detections_by_key
from storage.objects import object_ids_passing, objects_by_id
from storage.reader import Reader

Found = TypeVar("Found")


class _Once(Generic[Found]):
    """A question that is asked when somebody first wants the answer; asked again after a failure."""

    def __init__(self, ask: Callable[[], Awaitable[Found]]) -> None:
        self._ask = ask
        self._asking: asyncio.Future[Found] | None = None

    async def answer(self) -> Found:
        if self._asking is None or (self._asking.done() and _failed(self._asking)):
            self._asking = asyncio.ensure_future(self._ask())
        # One who goes away must not take the answer from the others.
        return await asyncio.shield(self._asking)


def _failed(asked: "asyncio.Future[Found]") -> bool:
    return asked.cancelled() or asked.exception() is not None


class EventBatch:
    """All events behind the serial `since` up to the last of them, with their objects as they are when first asked
    for."""

    def __init__(self, reader: Reader, events: Sequence[Event], *, since: int) -> None:
        self.events = events
        self.since = since
        self.answered = [event for event in events if event.is_classification]
        self.stored = [event for event in events if not event.is_classification]
        self._reader = reader
        self._answered_objects = _Once(lambda: self._objects_of(self.answered))
        self._stored_objects = _Once(lambda: self._objects_of(self.stored))
        self._answers = _Once(self._read_answers)
        self._detections = _Once(self._read_detections)

    @property
    def last(self) -> int:
        """The serial of the last event."""
        return self.events[-1].serial

    def behind(self, serial: int) -> "EventBatch":
        """The part of it behind an event."""
        if self.events[0].serial > serial:
            return self
        return EventBatch(self._reader, [event for event in self.events if event.serial > serial], since=serial)

    async def answered_objects(self) -> Mapping[int, SkyObject]:
        """The objects that classifiers answered for, by key."""
        return await self._answered_objects.answer()

    async def stored_objects(self) -> Mapping[int, SkyObject]:
        """The objects of alerts that were stored, by key."""
        return await self._stored_objects.answer()

    async def answers(self) -> Mapping[int, StoredClassification]:
        """The answers of classifiers, by serial."""
        return await self._answers.answer()

    async def detections(self) -> Mapping[int, StoredDetection]:
        """The detections that caused alerts, by serial; those that maintenance dropped are missing."""
        return await self._detections.answer()

    async def passing(self, events: Iterable[Event], where: ObjectFilter) -> set[int]:
        """Keys of the objects of some of the events that pass a filter now, in one statement."""
        return await object_ids_passing(self._reader, {event.object_id for event in events}, where)

    async def _objects_of(self, events: Iterable[Event]) -> Mapping[int, SkyObject]:
        return await objects_by_id(self._reader, list({event.object_id for event in events}))

    async def _read_answers(self) -> Mapping[int, StoredClassification]:
        keys = {event.serial: _answer_key(event) for event in self.answered}
        found = await classifications_by_key(self._reader, list(keys.values()))
        return {serial: found[key] for serial, key in keys.items() if key in found}

    async def _read_detections(self) -> Mapping[int, StoredDetection]:
        keys = {event.serial: DetectionKey.of(event.object_id, event.mjd, event.candid) for event in self.stored}
        found = await detections_by_key(self._reader, list(keys.values()))
        return {serial: found[key] for serial, key in keys.items() if key in found}


def _answer_key(event: Event) -> AnswerKey:
    assert event.classifier_id is not None
    return AnswerKey(event.object_id, event.at, event.classifier_id)
