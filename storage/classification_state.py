"""Why an object has the answers that it has, and lacks others, for the person who looks after a broker."""

from datetime import datetime
from typing import NamedTuple

from psycopg import Connection

from domain.classification import ClassifierKind


class ObjectState(NamedTuple):
    """What a classifier has to do for an object, and what it said of it last.

    `queued_at` is None when there is nothing to do for it. Work that is there waits, unless it failed or is
    deferred: then there is a `reason`. The fields of the answer are None when there is none.
    """

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


def states_of_object(connection: Connection, name: str) -> list[ObjectState] | None:
    """By classifier, in the order of their names; None when no object has the name."""
    if not connection.execute("SELECT FROM object WHERE name = %s LIMIT 1", (name,)).fetchall():
        return None
    rows = connection.execute(
        "SELECT c.name, c.kind, c.surveys, o.survey, w.queued_at, coalesce(w.claimed_until > now(), false), "
        "w.failed_at, w.deferred_at, w.reason, l.ts, by.version, l.class, l.probability "
        "FROM object o CROSS JOIN classifier c "
        "LEFT JOIN classification_work w ON w.object_id = o.object_id AND w.classifier = c.name "
        "LEFT JOIN latest_classification l ON l.object_id = o.object_id AND l.classifier = c.name "
        "LEFT JOIN classifier by ON by.classifier_id = l.classifier_id "
        "WHERE o.name = %s AND c.is_current ORDER BY c.name, o.object_id",
        (name,),
    ).fetchall()
    return [ObjectState(row[0], ClassifierKind(row[1]), *row[2:]) for row in rows]
