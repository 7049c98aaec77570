"""Why an object has the answers that it has, and lacks others."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection

from domain.classification import ClassifierKind, WhyUnanswered
from domain.growth import FIRST_DETECTIONS
from storage.reader import Reader

NOT_DUE = {
    ClassifierKind.STAMPS: "none of its alerts has had stamps since the classifier was registered",
    ClassifierKind.LIGHT_CURVE: f"no band has {FIRST_DETECTIONS} detections, or it has not grown since the "
    "classifier was registered",
}


class ObjectState(NamedTuple):
    """What a classifier has to do for an object, and what it said of it last.

    `queued_at` is None when there is nothing to do for it. Work that is there waits, unless it failed or is
    deferred: then there is a `reason`. The fields of the answer are None when there is none.
    """

    object_id: int
    classifier: str
    kind: ClassifierKind
    surveys: list[str] | None
    """Whose objects the classifier answers for; None for all surveys."""
    survey: str
    """The object's own."""
    queued_at: datetime | None
    is_claimed: bool
    failed_at: datetime | None
    deferred_at: datetime | None
    reason: str | None
    answered_at: datetime | None
    answered_version: str | None
    class_: str | None
    probability: float | None

    @property
    def work(self) -> WhyUnanswered | None:
        """How it stands with the work; None when there is none."""
        if self.failed_at is not None:
            return WhyUnanswered.FAILED
        if self.deferred_at is not None:
            return WhyUnanswered.DEFERRED
        return None if self.queued_at is None else WhyUnanswered.WAITING

    @property
    def missing(self) -> WhyUnanswered | None:
        """Why there is no answer; None when there is one."""
        if self.answered_at is not None:
            return None
        if self.work is not None:
            return self.work
        return WhyUnanswered.NOT_DUE if self._other_surveys is None else WhyUnanswered.OTHER_SURVEY

    @property
    def since(self) -> datetime | None:
        """Since when there is that work; None when there is none."""
        return self.failed_at or self.deferred_at or self.queued_at

    @property
    def why_never_asked(self) -> str:
        """For an object without work and without an answer."""
        if self._other_surveys is None:
            return NOT_DUE[self.kind]
        return f"it answers for objects of {' and '.join(self._other_surveys)}, not for those of {self.survey}"

    @property
    def _other_surveys(self) -> list[str] | None:
        """Those that the classifier answers for, where the object's own is not among them."""
        return None if self.surveys is None or self.survey in self.surveys else self.surveys


_STATES = (
    "SELECT o.object_id, c.name, c.kind, c.surveys, o.survey, w.queued_at, "
    "coalesce(w.claimed_until > now(), false), w.failed_at, w.deferred_at, w.reason, "
    "l.ts, by.version, l.class, l.probability "
    "FROM object o CROSS JOIN classifier c "
    "LEFT JOIN classification_work w ON w.object_id = o.object_id AND w.classifier = c.name "
    "LEFT JOIN latest_classification l ON l.object_id = o.object_id AND l.classifier = c.name "
    "LEFT JOIN classifier by ON by.classifier_id = l.classifier_id "
    "WHERE {which} AND c.is_current ORDER BY o.object_id, c.name"
)
_OF_NAME, _OF_IDS = _STATES.format(which="o.name = %s"), _STATES.format(which="o.object_id = ANY(%s)")


def states_of_object(connection: Connection, name: str) -> list[ObjectState] | None:
    """By classifier, in the order of their names; None when no object has the name."""
    if not connection.execute("SELECT FROM object WHERE name = %s LIMIT 1", (name,)).fetchall():
        return None
    return [_state(row) for row in connection.execute(_OF_NAME.encode(), (name,)).fetchall()]


async def states_of_objects(reader: Reader, object_ids: Sequence[int]) -> dict[int, list[ObjectState]]:
    """For each object by classifier, in the order of their names; unknown objects are missing."""
    found: dict[int, list[ObjectState]] = {}
    for row in await reader.rows(_OF_IDS, (list(object_ids),)):
        state = _state(row)
        found.setdefault(state.object_id, []).append(state)
    return found


def _state(row: Sequence[Any]) -> ObjectState:
    return ObjectState._make((*row[:2], ClassifierKind(row[2]), *row[3:]))
