"""What classifiers said: every answer with its time, and the latest of each classifier for an object."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np
from psycopg import Connection

from domain.classification import Classification, Deferral, Failure, ranked
from domain.survey import SurveyName
from storage.classification_work import Claim, end_claim, hold_claimed
from storage.classifiers import Registered
from storage.copying import Row, Staging, upsert
from storage.cursor import InvalidCursor, decode_cursor, encode_cursor
from storage.events import Answer, add_classified, previous_classes
from storage.features import store_features
from storage.nights import count_classified
from storage.reader import Reader, Rows
from storage.tables import classification, latest_classification

HISTORY_ROWS = Staging(classification, ("object_id", "ts", "candid", "mjd", "classifier_id", "probabilities"))
LATEST_ROWS = Staging(
    latest_classification,
    (
        *("object_id", "candid", "mjd", "ts", "classifier_id", "probability", "second_probability"),
        *("classifier", "class", "second_class", "probabilities"),
    ),
)


class Handed(NamedTuple):
    """What became of the answers for a claim. `dropped` are those whose claim had ended: another has them.
    `deferred` are objects of which there is too little yet."""

    answered: int
    failed: int
    dropped: int
    deferred: int = 0

    def plus(self, other: "Handed") -> "Handed":
        """Both together."""
        return Handed(*(a + b for a, b in zip(self, other, strict=True)))


class AnswerKey(NamedTuple):
    """What names an answer: its object, when it was stored, and the version of the classifier."""

    object_id: int
    classified_at: datetime
    classifier_id: int


class TopClass(NamedTuple):
    """The most probable class of an answer."""

    name: str
    probability: float


class StoredClassification(NamedTuple):
    """An answer as it is stored. `probabilities` are in the order of `leaves`, in single precision."""

    object_id: int
    classifier: str
    version: str
    classifier_id: int
    candid: int
    mjd: float
    """Of the alert that caused it."""
    classified_at: datetime
    leaves: list[str]
    probabilities: list[float]

    @property
    def cursor(self) -> str:
        return encode_cursor([self.classified_at.isoformat(), self.classifier_id])


def hand_in(
    connection: Connection,
    by: Registered,
    claim: Claim,
    classifications: Sequence[Classification],
    failures: Sequence[Failure] = (),
    deferrals: Sequence[Deferral] = (),
) -> Handed:
    """Store the answers for a claim in one transaction: history, the latest, features, the end of the work, and
    the events."""
    with connection.transaction():
        held = hold_claimed(connection, by.name, claim)
        kept = [one for one in classifications if one.object_id in held]
        answers = _store(connection, by, claim, kept) if kept else []
        end_claim(connection, by.name, claim, held, failures, deferrals)
        if kept:
            add_classified(connection, answers)
            _count(connection, by.name, answers)
    failed = sum(failure.object_id in held for failure in failures)
    deferred = sum(deferral.object_id in held for deferral in deferrals)
    given = len(classifications) + len(failures) + len(deferrals)
    return Handed(len(kept), failed, given - len(kept) - failed - deferred, deferred)


def _store(
    connection: Connection, by: Registered, claim: Claim, classifications: Sequence[Classification]
) -> list[Answer]:
    """What there is to tell of the answers."""
    row = connection.execute("SELECT now()").fetchone()
    assert row is not None
    history, latest = [], []
    answers: list[Answer] = []
    before = previous_classes(connection, by.name, [one.object_id for one in classifications])
    mjds = {work.object_id: work.mjd for work in claim.rows}
    for one in classifications:
        probabilities = np.array([one.probabilities[leaf] for leaf in by.leaves], dtype=np.float32).tolist()
        cause = (one.candid, mjds[one.object_id])
        history.append((one.object_id, row[0], *cause, by.classifier_id, probabilities))
        latest.append(latest_row(by, one.object_id, cause, row[0], probabilities))
        first, *_ = ranked(dict(zip(by.leaves, probabilities, strict=True)))
        previous = before.get(one.object_id)
        answers.append(Answer(one.object_id, *cause, by.classifier_id, first.probability, first.name, previous))
    HISTORY_ROWS.append(connection, history)
    LATEST_ROWS.copy(connection, latest)
    upsert(connection, LATEST_ROWS, ("object_id", "classifier"))
    store_features(connection, by, {one.object_id: one.features for one in classifications if one.features})
    return answers


def latest_row(
    by: Registered, object_id: int, cause: tuple[int, float], ts: datetime, probabilities: list[float]
) -> Row:
    """A row for LATEST_ROWS. `cause` is candid and MJD of an alert."""
    first, *others = ranked(dict(zip(by.leaves, probabilities, strict=True)))
    second = others[0] if others else None
    return (
        *(object_id, *cause, ts, by.classifier_id),
        *(first.probability, second.probability if second else None),
        *(by.name, first.name, second.name if second else None, probabilities),
    )


def _count(connection: Connection, classifier: str, answers: Sequence[Answer]) -> None:
    object_ids = [answer.object_id for answer in answers]
    rows = connection.execute("SELECT object_id, survey FROM object WHERE object_id = ANY(%s)", (object_ids,))
    surveys = {object_id: SurveyName(survey) for object_id, survey in rows}
    count_classified(
        connection,
        classifier,
        [(surveys[answer.object_id], answer.mjd, answer.class_) for answer in answers],
    )


_COLUMNS = "object_id, c.name, c.version, classifier_id, candid, mjd, ts, leaves, probabilities"
_KNOWN = "JOIN classifier c USING (classifier_id) JOIN taxonomy USING (taxonomy_id)"


async def latest_classifications_of(
    reader: Reader, object_ids: Sequence[int]
) -> dict[int, list[StoredClassification]]:
    """The latest answer of every classifier for each object, in the order of their names."""
    rows = await reader.rows(
        f"SELECT {_COLUMNS} FROM latest_classification {_KNOWN} "  # noqa: S608
        "WHERE object_id = ANY(%s) ORDER BY object_id, c.name",
        (list(object_ids),),
    )
    return _by_object(rows)


async def top_classes_of(reader: Reader, object_ids: Sequence[int]) -> dict[tuple[int, str], TopClass]:
    """The most probable class of the latest answer, by object and classifier; what has none is missing."""
    rows = await reader.rows(
        "SELECT object_id, classifier, class, probability FROM latest_classification WHERE object_id = ANY(%s)",
        (list(object_ids),),
    )
    return {(object_id, classifier): TopClass(*top) for object_id, classifier, *top in rows}


async def classifications_by_key(
    reader: Reader, keys: Sequence[AnswerKey]
) -> dict[AnswerKey, StoredClassification]:
    """Answers by key; the unknown ones are missing."""
    if not keys:
        return {}
    times = [key.classified_at for key in keys]
    rows = await reader.rows(
        f"SELECT {_COLUMNS} FROM unnest(%(ids)s::bigint[], %(times)s::timestamptz[], %(classifiers)s::smallint[]) "  # noqa: S608
        "AS given(object_id, ts, classifier_id) JOIN classification USING (object_id, ts, classifier_id) "
        f"{_KNOWN} WHERE ts BETWEEN %(first)s AND %(last)s",
        {
            "ids": [key.object_id for key in keys],
            "times": times,
            "classifiers": [key.classifier_id for key in keys],
            "first": min(times),
            "last": max(times),
        },
    )
    found = map(StoredClassification._make, rows)
    return {AnswerKey(row.object_id, row.classified_at, row.classifier_id): row for row in found}


async def classification_history_of(
    reader: Reader, object_ids: Sequence[int], classifier: str | None, *, limit: int, after: str | None
) -> dict[int, list[StoredClassification]]:
    """Answers for each object, the newest first, up to a limit for each. Raises InvalidCursor."""
    before, before_id = (None, None) if after is None else _place(after)
    rows = await reader.rows(
        f"SELECT {_COLUMNS} FROM unnest(%(ids)s::bigint[]) AS given(id) CROSS JOIN LATERAL ("  # noqa: S608
        "SELECT h.* FROM classification h WHERE h.object_id = given.id "
        "AND (%(classifier)s::text IS NULL "
        "OR h.classifier_id IN (SELECT classifier_id FROM classifier WHERE name = %(classifier)s)) "
        "AND (%(before)s::timestamptz IS NULL "
        "OR (h.ts, h.classifier_id) < (%(before)s::timestamptz, %(before_id)s::smallint)) "
        f"ORDER BY h.ts DESC, h.classifier_id DESC LIMIT %(limit)s) history {_KNOWN} "
        "ORDER BY object_id, ts DESC, classifier_id DESC",
        {
            "ids": list(object_ids),
            "classifier": classifier,
            "before": before,
            "before_id": before_id,
            "limit": limit,
        },
    )
    return _by_object(rows)


def _by_object(rows: Rows) -> dict[int, list[StoredClassification]]:
    found: dict[int, list[StoredClassification]] = {}
    for row in map(StoredClassification._make, rows):
        found.setdefault(row.object_id, []).append(row)
    return found


def _place(cursor: str) -> tuple[datetime, int]:
    time, classifier_id = decode_cursor(cursor, [str, int])
    try:
        classified_at = datetime.fromisoformat(time)
    except ValueError as error:
        raise InvalidCursor("the cursor belongs to another list") from error
    if classified_at.tzinfo is None or not 0 <= classifier_id < 2**15:
        raise InvalidCursor("the cursor belongs to another list")
    return classified_at, classifier_id
