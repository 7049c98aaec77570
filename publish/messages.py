"""Which messages an event becomes, and on which topics."""

import re
from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import Any, NamedTuple

from domain.event import Event
from domain.light_curve import StoredDetection
from domain.sky_object import SkyObject
from publish.avro import Encode, Record
from storage.classifications import StoredClassification
from storage.event_batch import EventBatch

NOT_IN_TOPICS = re.compile(r"[^A-Za-z0-9_-]+")


class Stream(StrEnum):
    """What can be sent."""

    CLASSIFIER = "classifier"
    """Every answer, to a topic of its classifier."""
    CLASS = "class"
    """Every answer, to a topic of its classifier and its most probable class."""
    DETECTED = "detected"
    """Every new alert, to a topic of its survey."""


class Message(NamedTuple):
    """What goes to a broker."""

    topic: str
    key: bytes
    content: bytes


class Messages:
    """Makes messages of some streams, on topics that begin with a prefix."""

    def __init__(self, encode: Encode, streams: Collection[Stream], prefix: str) -> None:
        self._encode = encode
        self._streams = frozenset(streams)
        self._prefix = prefix

    async def of(self, batch: EventBatch) -> list[Message]:
        """The messages of a batch, in the order of its events."""
        made: dict[int, list[Message]] = {}
        if self._streams & {Stream.CLASSIFIER, Stream.CLASS} and batch.answered:
            answers, objects = await batch.answers(), await batch.answered_objects()
            for event in batch.answered:
                if event.serial in answers and event.object_id in objects:
                    record = classified(event, objects[event.object_id], answers[event.serial])
                    made[event.serial] = list(self._messages("classified", record, self._topics_of(record)))
        if Stream.DETECTED in self._streams and batch.stored:
            detections, seen = await batch.detections(), await batch.stored_objects()
            for event in batch.stored:
                if event.serial in detections and event.object_id in seen:
                    record = detected(event, seen[event.object_id], detections[event.serial])
                    topic = self._topic("detected", record["survey"].lower())
                    made[event.serial] = list(self._messages("detected", record, [topic]))
        return [message for event in batch.events for message in made.get(event.serial, ())]

    def _topics_of(self, record: Record) -> Iterator[str]:
        if Stream.CLASSIFIER in self._streams:
            yield self._topic("classified", record["classifier"])
        if Stream.CLASS in self._streams:
            yield self._topic("classified", record["classifier"], record["class"])

    def _topic(self, *parts: str) -> str:
        """`arrayan.classified.early.SN`; what a topic cannot have becomes `_`."""
        return ".".join([self._prefix, *(NOT_IN_TOPICS.sub("_", part) for part in parts)])

    def _messages(self, kind: str, record: Record, topics: Iterator[str] | list[str]) -> Iterator[Message]:
        content = self._encode(kind, record)
        key = record["eventId"].encode()
        for topic in topics:
            yield Message(topic, key, content)


def classified(event: Event, of: SkyObject, answer: StoredClassification) -> dict[str, Any]:
    """The record of an answer."""
    return {
        **_head(event, of),
        "classifier": answer.classifier,
        "version": answer.version,
        "class": event.class_,
        "probability": event.probability,
        "previousClass": event.previous_class,
        "probabilities": dict(zip(answer.leaves, answer.probabilities, strict=True)),
    }


def detected(event: Event, of: SkyObject, detection: StoredDetection) -> dict[str, Any]:
    """The record of a new alert."""
    return {
        **_head(event, of),
        "band": detection.band,
        "detectionRa": detection.ra,
        "detectionDec": detection.dec,
        "isPositive": detection.is_positive,
        "magnitude": detection.magnitude,
        "magnitudeError": detection.magnitude_error,
        "apparentMagnitude": detection.apparent_magnitude,
        "apparentMagnitudeError": detection.apparent_magnitude_error,
        "flux": detection.flux,
        "fluxError": detection.flux_error,
        "limitingMagnitude": detection.limiting_magnitude,
        "realBogus": detection.real_bogus,
        "deepRealBogus": detection.deep_real_bogus,
    }


def _head(event: Event, of: SkyObject) -> dict[str, Any]:
    return {
        "eventId": str(event.id),
        "eventTime": event.at,
        "survey": of.survey.value,
        "objectId": of.name,
        "ra": of.ra,
        "dec": of.dec,
        "detectionCount": of.detection_count,
        "firstMjd": of.first_mjd,
        "lastMjd": of.last_mjd,
        "candid": event.candid,
        "mjd": event.mjd,
    }
