"""Following events: what a client does with the bytes of a stream, and after it was lost. Nothing here waits or
reads."""

import json
from collections.abc import Iterator, Mapping
from time import monotonic
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from arrayan_client.answers import failure_of, is_passing
from arrayan_client.errors import NotArrayan, ServerError, ServerUnreachable, server_error
from arrayan_client.generated import operations as texts
from arrayan_client.retry import Retry
from arrayan_client.session import Session, as_json
from arrayan_client.steps import Answer, Lost, Request

Event = TypeVar("Event", bound=BaseModel)

SILENCE_SECONDS = 70.0
"""The server shows every 20 seconds that it lives, unless told otherwise: after so many, the connection is lost."""
COME_BACK = {"SLOW_CONSUMER", "UNAVAILABLE", "TIMEOUT", "RATE_LIMITED"}
"""Errors at the end of a stream behind which one goes on."""


class SentEvent(dict[str, str]):
    """The fields of an event of a stream."""


class EventReader:
    """Bytes in, events out (server-sent events of the WHATWG, as far as the server sends them)."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, part: bytes) -> Iterator[SentEvent]:
        """The events that are whole now; an empty one for a sign of life."""
        self._rest += part.replace(b"\r\n", b"\n")
        while b"\n\n" in self._rest:
            block, self._rest = self._rest.split(b"\n\n", 1)
            yield SentEvent(_fields(block.decode("utf-8")))


class Follower(Generic[Event]):
    """A subscription: it knows the last event that was handed out, and how to go on behind it."""

    def __init__(
        self,
        session: Session,
        kind: str,
        model: type[Event],
        where: Mapping[str, Any] | None,
        after: str | None,
        *,
        idle_seconds: float | None = None,
        limit: int | None = None,
        retry: Retry | None = None,
    ) -> None:
        self.session, self.kind, self.where = session, kind, where
        self.last_event_id = after
        """The event to go on behind: the last one that was handed out."""
        self.reconnects = 0
        """How often the connection was lost and made again."""
        self._model, self._idle, self._left = model, idle_seconds, limit
        self._retry = retry or session.retry
        self._failures = 0
        self._reader = EventReader()
        self._last_news = monotonic()

    @property
    def has_ended(self) -> bool:
        """Whether as many events were handed out as were wanted, or none came for long enough."""
        return self._left == 0 or (self._idle is not None and monotonic() - self._last_news >= self._idle)

    @property
    def query(self) -> str:
        """The subscription as GraphQL."""
        return texts.CLASSIFIED_GQL if self.kind == "classified" else texts.DETECTED_GQL

    def request(self) -> Request:
        """What to send to be told of what comes behind `last_event_id`."""
        self._reader = EventReader()
        variables = as_json({"where": self.where, "after": self.last_event_id})
        return Request(
            "POST",
            "/graphql",
            json={"query": self.query, "variables": variables},
            headers={"Accept": "text/event-stream", "Cache-Control": "no-store"},
            read_seconds=SILENCE_SECONDS if self._idle is None else min(self._idle, SILENCE_SECONDS),
        )

    def opened(self, answer: Answer) -> None:
        """Look at the head of an answer, and at its content unless it is a stream. Raises ArrayanError, and
        Interrupted where it may be tried again."""
        self.session.has_answered = True
        if is_passing(answer):
            raise Interrupted(answer)
        if answer.status != 200 or not answer.headers.get("content-type", "").startswith("text/event-stream"):
            raise failure_of(answer)

    def feed(self, part: bytes) -> Iterator[Event]:
        """The events in some bytes. Raises ArrayanError when there will be no more, and Interrupted when it goes on
        in another connection."""
        for sent in self._reader.feed(part):
            self._failures = 0
            if sent.get("id") and "data" not in sent:
                self.last_event_id = sent["id"]  # where the stream begins
            elif sent.get("id"):
                yield from self._event(sent)
                if self.has_ended:
                    return
            elif sent.get("event") == "next":
                self._refused(json.loads(sent["data"]))
            elif sent.get("event") == "complete":
                raise Interrupted(Lost("the server ended the stream"))

    def lost(self, failure: Answer | Lost) -> float:
        """Seconds to wait until the next connection. Raises ArrayanError when there should be none."""
        self._failures += 1
        self.reconnects += 1
        try:
            return self.session.patience(failure, self._failures, self._retry)
        except (ServerError, ServerUnreachable) as error:
            if self.last_event_id is not None:
                error.hint = f'{error.hint or ""} Go on later with after="{self.last_event_id}".'.strip()
            raise

    def _event(self, sent: SentEvent) -> Iterator[Event]:
        payload = json.loads(sent["data"])
        data = (payload.get("data") or {}).get(self.kind)
        if data is None:
            if payload.get("errors"):
                raise server_error(payload["errors"][0])
            self.last_event_id = sent["id"]
            return
        try:
            event = self._model.model_validate(data)
        except ValidationError as error:
            raise NotArrayan(
                f"an event is not what the schema promises: {error.errors(include_url=False)[0]['msg']}",
                hint="Client and server may be of different versions: update the older one.",
            ) from error
        self._last_news = monotonic()
        self.last_event_id = sent["id"]
        if self._left is not None:
            self._left -= 1
        yield event

    def _refused(self, payload: Mapping[str, Any]) -> None:
        errors = payload.get("errors") or [{}]
        made = server_error(errors[0])
        if made.code in COME_BACK:
            raise Interrupted(Lost(made.message))
        raise made


class Interrupted(Exception):
    """The stream goes on in another connection."""

    def __init__(self, failure: Answer | Lost) -> None:
        super().__init__("interrupted")
        self.failure = failure


def _fields(block: str) -> Iterator[tuple[str, str]]:
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        if name:
            yield name, value.removeprefix(" ")
