"""Follows the events of Arrayán for `manage.py readstreams`: one thread, blocking, over server-sent events."""

import hashlib
import json
import logging
import time
from typing import Any, ClassVar

from django.core.exceptions import ImproperlyConfigured
from django.db import InterfaceError, OperationalError, close_old_connections, transaction
from requests import RequestException
from tom_alertstreams.alertstreams.alertstream import AlertStream

from tom_arrayan import photometry
from tom_arrayan.backoff import Backoff
from tom_arrayan.data_service import ArrayanDataService, row_of
from tom_arrayan.documents import CLASSIFIED, DETECTED
from tom_arrayan.endpoint import Endpoint, Event, Json, configured
from tom_arrayan.errors import ArrayanError
from tom_arrayan.models import StreamPosition

log = logging.getLogger(__name__)

DOCUMENTS = {"classified": CLASSIFIED, "detected": DETECTED}
OLDEST, NOW = "oldest", "now"
BEGINNING = "0"
"""Behind this, the endpoint begins with the oldest event that it keeps."""
MISTAKES = {"GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED", "BAD_USER_INPUT", "UNAUTHENTICATED"}
"""Codes of what does not get better by waiting: the settings have to change."""
LOST = {"EVENT_EXPIRED", "EVENT_UNKNOWN"}
PASSING = (OperationalError, InterfaceError)
"""The TOM's database is busy or away."""
TRIES = 3
"""So often a handler may fail at one event before the stream goes on without it."""


class Moved(Exception):
    """Somebody else moved the position of this stream: another process follows it, or an administrator set it."""


class ArrayanAlertStream(AlertStream):
    """A subscription as the settings describe it:

    - `TOPIC_HANDLERS`: `classified` or `detected`, and the function that is called with each event and the topic
    - `WHERE`: the filter, as the endpoint takes it (ClassificationFilter, ObjectFilter); everything without one
    - `NAME`: under which the position is kept; without one, it belongs to the topic and the filter
    - `START`: where a new name begins: `oldest` event that is kept (else), or `now`
    """

    required_keys: ClassVar[list[str]] = ["TOPIC_HANDLERS"]
    allowed_keys: ClassVar[list[str]] = ["TOPIC_HANDLERS", "WHERE", "NAME", "START"]
    where: Json | None = None
    name: str | None = None
    start: str = OLDEST

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        if unknown := options.keys() - set(self.allowed_keys):
            raise ImproperlyConfigured(f"Arrayán's stream has no option {sorted(unknown)[0]}: {self.allowed_keys}")
        if len(self.alert_handler) != 1 or not self.alert_handler.keys() <= DOCUMENTS.keys():
            raise ImproperlyConfigured(
                f"TOPIC_HANDLERS of Arrayán's stream has one topic of {sorted(DOCUMENTS)}; "
                "for another one, put another stream into ALERT_STREAMS"
            )
        if self.start not in (OLDEST, NOW):
            raise ImproperlyConfigured(f"START of Arrayán's stream is {OLDEST!r} or {NOW!r}, not {self.start!r}")
        (self.topic,) = self.alert_handler
        self.name = self.name or _name_of(self.topic, self.where)
        self._failures = 0

    def listen(self) -> None:
        """Follow the events, and come back after whatever interrupts. Returns only when the settings are wrong."""
        backoff = Backoff()
        while True:
            began = time.monotonic()
            wait = None
            try:
                self._follow(configured(), backoff)
                log.info("%s: the connection ended", self.name)
            except ArrayanError as error:
                if error.code in MISTAKES or not _is_configured():
                    log.error("%s: the stream cannot be followed: %s", self.name, error)
                    return
                if error.code in LOST:
                    self._begin_anew(error)
                log.warning("%s: %s", self.name, error)
                wait = error.wait
            except (*PASSING, Moved) as error:
                log.warning("%s: %s", self.name, error)
            except _HandlerFailed:
                pass  # is logged, and asked again
            backoff.pause(lasted=time.monotonic() - began, at_least=wait)

    def _follow(self, endpoint: Endpoint, backoff: Backoff) -> None:
        close_old_connections()
        position = StreamPosition.objects.filter(name=self.name).first()
        after = position.event_id if position else BEGINNING if self.start == OLDEST else None
        log.info("%s: following %s behind %s", self.name, endpoint.name, after or "now")
        for event in endpoint.events(DOCUMENTS[self.topic], {"where": self.where, "after": after}):
            close_old_connections()
            self._deal_with(event, after)
            after = event.id
            backoff.reset()

    def _deal_with(self, event: Event, after: str | None) -> None:
        """What the handler does, and that the event is dealt with, are one transaction."""
        try:
            with transaction.atomic():
                self._advance(event, after)
                self.alert_handler[self.topic](event.content[self.topic], self.topic)
        except (*PASSING, Moved):
            raise
        except RequestException as error:
            log.warning("%s: the handler could not deal with event %s yet: %s", self.name, event.id, error)
            raise _HandlerFailed from error
        except Exception as error:
            self._failures += 1
            log.exception("%s: the handler failed at event %s (%d)", self.name, event.id, self._failures)
            if self._failures < TRIES:
                raise _HandlerFailed from error
            log.error("%s: event %s is skipped", self.name, event.id)
            with transaction.atomic():
                self._advance(event, after, skipped=1)
        self._failures = 0

    def _advance(self, event: Event, after: str | None, skipped: int = 0) -> None:
        """Take the turn of this event. Two processes cannot both: the second sees that the position has moved."""
        positions = StreamPosition.objects.select_for_update().filter(name=self.name)
        position = positions.first()
        if position is None:
            StreamPosition.objects.create(name=self.name, event_id=event.id, skipped=skipped)
            return
        if position.event_id != after:
            raise Moved(f"another process has dealt with {position.event_id}")
        position.event_id, position.skipped = event.id, position.skipped + skipped
        position.save()

    def _begin_anew(self, error: ArrayanError) -> None:
        """The events behind the position are not kept any more, or are another database's."""
        log.error("%s: events were missed: %s. Going on with the oldest that is kept", self.name, error)
        StreamPosition.objects.filter(name=self.name).update(event_id=BEGINNING)


class _HandlerFailed(Exception):
    """A handler raised, and may be asked again."""


def save_target(alert: Json, topic: str) -> Any:
    """The handler that comes with the plug-in: the object becomes a target with all its points, or gives new points
    to the target that it is already. Gives the target."""
    del topic
    found = alert["object"]
    target = ArrayanDataService().to_target(row_of(found))
    photometry.store(target, configured(), [found])
    return target


def _name_of(topic: str, where: Json | None) -> str:
    text = json.dumps(where or {}, sort_keys=True)
    return f"{topic} {hashlib.sha256(text.encode()).hexdigest()[:8]}"


def _is_configured() -> bool:
    try:
        configured()
    except ArrayanError:
        return False
    return True
