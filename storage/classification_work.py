"""Work that waits for classifiers: at most one row per object and classifier.

Alerts queue it in the transaction that stores them. A worker claims rows in a short transaction of its own, works
without holding anything, and hands in its answers in one transaction that takes the rows away. A claim ends by
itself after LEASE: what a worker that died had claimed is claimed by another. A worker that was only slow finds
its claim gone, and its answers are dropped: nothing is answered twice.

A row that cannot be classified stays, as failed, and so does one of which there is too little yet, as deferred:
each with its reason, and neither waits, until its object is queued again.
"""

import logging
import secrets
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from psycopg import Connection

from domain.classification import ClassifierKind, Deferral, Failure
from domain.growth import FIRST_DETECTIONS, Growth
from domain.packet import ReceivedAlert
from storage.classifiers import Registered, Wanting, wanting
from storage.reader import Reader

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""How long a claim holds. A batch takes seconds."""
SUSPECT_ATTEMPTS = 2
"""Claimed so often in vain, a row may be what kills its workers; from then on it is claimed alone."""
MOST_ATTEMPTS = 4
"""Claimed so often in vain, a row is given up."""
EXISTING_OBJECTS = 20_000
"""How many objects are looked at in one transaction when everything is queued."""

LONGEST_REASON = 1000
"""Characters of a reason that are kept."""

GIVEN_UP = "the process ended each of the times it was tried; the log of the workers may say why"

_IS_WAITING = "failed_at IS NULL AND deferred_at IS NULL"
"""As the index has it."""
_QUEUE = (
    "INSERT INTO classification_work AS work (classifier, object_id, candid, mjd) "
    "SELECT classifier, object_id, candid, mjd FROM unnest(%(classifiers)s::text[]) AS wanting(classifier) CROSS "
    "JOIN unnest(%(ids)s::bigint[], %(candids)s::bigint[], %(mjds)s::float8[]) AS given(object_id, candid, mjd) "
)
_AGAIN = (
    "ON CONFLICT (classifier, object_id) DO UPDATE SET candid = excluded.candid, mjd = excluded.mjd, "
    "round = work.round + 1, attempts = 0, failed_at = NULL, deferred_at = NULL, reason = NULL, "
    "queued_at = CASE WHEN work.failed_at IS NULL AND work.deferred_at IS NULL THEN work.queued_at "
    "ELSE excluded.queued_at END"
)
_ORDER = "ORDER BY classifier, object_id "

# A scalar subquery is looked up row by row through the index, whatever the planner believes.
_IS_FIRST = (
    "WHERE (SELECT a.candid FROM alert a WHERE a.object_id = given.object_id AND a.stamp_spans IS NOT NULL "
    "AND (a.mjd, a.candid) < (given.mjd, given.candid) LIMIT 1) IS NULL "
)
_QUEUE_FIRST_STAMPS = _QUEUE + _IS_FIRST + _ORDER + _AGAIN
_QUEUE_ALL = _QUEUE + _ORDER + _AGAIN


class Claimed(NamedTuple):
    """One row of work. `candid` and `mjd` are of the alert that caused it; it has waited since `queued_at`."""

    object_id: int
    candid: int
    mjd: float
    round: int
    queued_at: datetime


class Claim(NamedTuple):
    """Work that is a worker's own for a while."""

    token: int
    rows: list[Claimed]


class Waiting(NamedTuple):
    """What waits for a classifier. `since` is when the oldest was queued, None when nothing waits. What failed or
    is deferred does not wait for the classifier, but for its object to change."""

    classifier: str
    waiting: int
    claimed: int
    failed: int
    since: datetime | None
    deferred: int = 0


class SetAside(NamedTuple):
    """An object that a classifier did not answer for, and why. Its name is its number when it is not there any
    more."""

    classifier: str
    object_name: str
    object_id: int
    candid: int
    at: datetime
    reason: str


def queue_work(
    connection: Connection,
    alerts: Sequence[ReceivedAlert],
    newly_with_stamps: Iterable[ReceivedAlert],
    growths: Iterable[Growth],
) -> None:
    """Queue what alerts make of work, in their transaction; the caller holds the objects.

    `alerts` is the whole batch, `newly_with_stamps` those of it whose stamps were not there before.
    """
    wanted = wanting(connection)
    if not wanted:
        return
    due = {growth.object_id for growth in growths if growth.is_due}
    grown = [received for received in alerts if received.alert.object_id in due]
    with_stamps = list(newly_with_stamps)
    for by, names in wanted.items():
        if by.kind is ClassifierKind.STAMPS:
            _queue(connection, _QUEUE_FIRST_STAMPS, names, _ends(_of(by, with_stamps), earliest=True))
        else:
            _queue(connection, _QUEUE_ALL, names, _ends(_of(by, grown), earliest=False))


def _of(by: Wanting, alerts: Iterable[ReceivedAlert]) -> Iterable[ReceivedAlert]:
    """Those of the surveys that some classifiers can answer for."""
    return (received for received in alerts if by.wants(received.alert.survey))


Cause = tuple[float, int]
"""MJD and candid of an alert."""


def _ends(alerts: Iterable[ReceivedAlert], *, earliest: bool) -> dict[int, Cause]:
    """Of each object, the earliest or the latest of some alerts."""
    choose = min if earliest else max
    found: dict[int, Cause] = {}
    for received in alerts:
        own = received.alert.detection
        cause = (own.mjd, own.candid)
        found[received.alert.object_id] = choose(cause, found.get(received.alert.object_id, cause))
    return found


def _queue(connection: Connection, statement: str, classifiers: Sequence[str], causes: Mapping[int, Cause]) -> None:
    if causes:
        connection.execute(
            statement,
            {
                "classifiers": list(classifiers),
                "ids": list(causes),
                "candids": [candid for _, candid in causes.values()],
                "mjds": [mjd for mjd, _ in causes.values()],
            },
        )


_EXISTING = {
    ClassifierKind.STAMPS: (
        "SELECT DISTINCT ON (object_id) object_id, candid, mjd FROM alert "
        "WHERE object_id > %(after)s AND object_id <= %(last)s AND stamp_spans IS NOT NULL "
        "ORDER BY object_id, mjd, candid"
    ),
    ClassifierKind.LIGHT_CURVE: (
        "SELECT DISTINCT ON (object_id) object_id, candid, mjd FROM alert "
        "WHERE object_id > %(after)s AND object_id <= %(last)s AND EXISTS (SELECT FROM band_statistics b "
        "WHERE b.object_id = alert.object_id AND b.detection_count >= %(first_detections)s) "
        "ORDER BY object_id, mjd DESC, candid DESC"
    ),
}
"""The objects that make work, each with its cause."""


def queue_existing(connection: Connection, classifier: str, kind: ClassifierKind, *, anew: bool = False) -> int:
    """Queue the objects that were there before a classifier; how many rows that made.

    Those that the current version has answered for are left out unless `anew`, and always those of surveys that it
    does not answer for. What failed or was deferred waits again. Some thousands at a time, so that it may be killed
    and begun again.
    """
    queued, after = 0, -(2**63)
    while (last := _last_of_next(connection, after)) is not None:
        queued += connection.execute(
            "INSERT INTO classification_work AS work (classifier, object_id, candid, mjd) "  # noqa: S608
            f"SELECT %(classifier)s, found.* FROM ({_EXISTING[kind]}) found JOIN object o USING (object_id) "
            "JOIN classifier c ON c.name = %(classifier)s AND c.is_current "
            "WHERE (c.surveys IS NULL OR o.survey = ANY(c.surveys)) AND (%(anew)s OR NOT EXISTS ("
            "SELECT FROM latest_classification l WHERE l.object_id = found.object_id "
            "AND l.classifier = %(classifier)s AND l.classifier_id = c.classifier_id)) "
            f"ORDER BY found.object_id {_AGAIN} WHERE NOT (work.failed_at IS NULL AND work.deferred_at IS NULL)",
            {
                "classifier": classifier,
                "after": after,
                "last": last,
                "anew": anew,
                "first_detections": FIRST_DETECTIONS,
            },
        ).rowcount
        after = last
    connection.execute(
        "UPDATE classifier SET has_queued_existing = true WHERE name = %s AND is_current", (classifier,)
    )
    return queued


def has_queued_existing(connection: Connection, classifier: str) -> bool:
    """Whether the objects that were there before a classifier have been queued for it."""
    row = connection.execute(
        "SELECT has_queued_existing FROM classifier WHERE name = %s AND is_current", (classifier,)
    ).fetchone()
    return row is not None and bool(row[0])


def _last_of_next(connection: Connection, after: int) -> int | None:
    """The key that ends the next portion of objects; None when there are no more."""
    row = connection.execute(
        "SELECT max(object_id) FROM "
        "(SELECT object_id FROM object WHERE object_id > %s ORDER BY object_id LIMIT %s) portion",
        (after, EXISTING_OBJECTS),
    ).fetchone()
    return None if row is None else row[0]


def claim_work(connection: Connection, by: Registered, limit: int, *, lease: timedelta = LEASE) -> Claim:
    """Take up to `limit` rows that nobody works on, oldest first; none when there is nothing to do, or when the
    version that asks is not the current one any more.

    When no others wait, one that is suspected of killing its workers comes alone.
    """
    token = secrets.randbits(62)
    rows = _claim(connection, by, limit, token, lease, "attempts < %(suspect)s")
    if not rows:
        rows = _claim(connection, by, 1, token, lease, "attempts BETWEEN %(suspect)s AND %(most)s - 1")
    if not rows:
        _give_up(connection, by.name)
    return Claim(token, rows)


def _claim(
    connection: Connection, by: Registered, limit: int, token: int, lease: timedelta, which: str
) -> list[Claimed]:
    rows = connection.execute(
        "WITH chosen AS (SELECT object_id FROM classification_work WHERE classifier = %(classifier)s "  # noqa: S608
        f"AND {_IS_WAITING} AND {which} AND (claimed_until IS NULL OR claimed_until < now()) "
        "AND EXISTS (SELECT FROM classifier WHERE classifier_id = %(version)s AND is_current) "
        "ORDER BY queued_at LIMIT %(limit)s FOR UPDATE SKIP LOCKED) "
        "UPDATE classification_work work SET claim = %(token)s, claimed_until = now() + %(lease)s, "
        "attempts = attempts + 1 FROM chosen "
        "WHERE work.classifier = %(classifier)s AND work.object_id = chosen.object_id "
        "RETURNING work.object_id, candid, mjd, round, queued_at",
        {
            "classifier": by.name,
            "version": by.classifier_id,
            "limit": limit,
            "token": token,
            "lease": lease,
            "suspect": SUSPECT_ATTEMPTS,
            "most": MOST_ATTEMPTS,
        },
    ).fetchall()
    return [Claimed._make(row) for row in rows]


def _give_up(connection: Connection, classifier: str) -> None:
    given_up = connection.execute(
        "WITH chosen AS (SELECT object_id FROM classification_work WHERE classifier = %(classifier)s "  # noqa: S608
        f"AND {_IS_WAITING} AND attempts >= %(most)s AND claimed_until < now() FOR UPDATE SKIP LOCKED) "
        "UPDATE classification_work work SET failed_at = now(), reason = %(reason)s, claim = NULL, "
        "claimed_until = NULL FROM chosen "
        "WHERE work.classifier = %(classifier)s AND work.object_id = chosen.object_id RETURNING work.object_id",
        {"classifier": classifier, "most": MOST_ATTEMPTS, "reason": GIVEN_UP},
    ).fetchall()
    for (object_id,) in given_up:
        log.error("classification_given_up classifier=%s object_id=%d", classifier, object_id)


def hold_claimed(connection: Connection, classifier: str, claim: Claim) -> set[int]:
    """Lock the rows of a claim that are still its own, to the end of the transaction."""
    rows = connection.execute(
        "SELECT object_id FROM classification_work WHERE classifier = %s AND object_id = ANY(%s) AND claim = %s "
        "ORDER BY object_id FOR UPDATE",
        (classifier, [row.object_id for row in claim.rows], claim.token),
    ).fetchall()
    return {object_id for (object_id,) in rows}


def end_claim(
    connection: Connection,
    classifier: str,
    claim: Claim,
    held: set[int],
    failures: Sequence[Failure] = (),
    deferrals: Sequence[Deferral] = (),
) -> None:
    """Take away what is answered, and keep the reasons of what is not. What was queued again meanwhile waits on."""
    rounds = {row.object_id: row.round for row in claim.rows if row.object_id in held}
    failed = {one.object_id: one.reason for one in failures if one.object_id in held}
    deferred = {one.object_id: one.reason for one in deferrals if one.object_id in held}
    answered = {key: number for key, number in rounds.items() if key not in failed and key not in deferred}
    ended = _set_aside(connection, _FAIL, classifier, failed, rounds)
    ended += _set_aside(connection, _DEFER, classifier, deferred, rounds)
    ended += connection.execute(
        "DELETE FROM classification_work work USING unnest(%s::bigint[], %s::int[]) AS given(object_id, round) "
        "WHERE classifier = %s AND work.object_id = given.object_id AND work.round = given.round",
        (list(answered), list(answered.values()), classifier),
    ).rowcount
    if ended < len(held):
        release_claim(connection, classifier, claim)


_SET_ASIDE = (
    "reason = given.reason, claim = NULL, claimed_until = NULL "
    "FROM unnest(%s::bigint[], %s::int[], %s::text[]) AS given(object_id, round, reason) "
    "WHERE classifier = %s AND work.object_id = given.object_id AND work.round = given.round"
)
_FAIL = f"UPDATE classification_work work SET failed_at = now(), {_SET_ASIDE}"  # noqa: S608
_DEFER = f"UPDATE classification_work work SET deferred_at = now(), {_SET_ASIDE}"  # noqa: S608


def _set_aside(
    connection: Connection, statement: str, classifier: str, reasons: Mapping[int, str], rounds: Mapping[int, int]
) -> int:
    """How many rows were kept with their reasons."""
    if not reasons:
        return 0
    given = (list(reasons), [rounds[key] for key in reasons], [_kept(reason) for reason in reasons.values()])
    return connection.execute(statement, (*given, classifier)).rowcount


def _kept(reason: str) -> str:
    """A reason that PostgreSQL can keep, of a length that a person reads: exceptions may say anything."""
    text = reason.encode("utf-8", "replace").decode().replace("\0", "\N{REPLACEMENT CHARACTER}")
    return text if len(text) <= LONGEST_REASON else text[: LONGEST_REASON - 1] + "\N{HORIZONTAL ELLIPSIS}"


def release_claim(connection: Connection, classifier: str, claim: Claim) -> None:
    """Let others have what is left of a claim, as if it had not been tried."""
    with connection.transaction():
        held = hold_claimed(connection, classifier, claim)
        connection.execute(
            "UPDATE classification_work SET claim = NULL, claimed_until = NULL, "
            "attempts = greatest(attempts - 1, 0) WHERE classifier = %s AND object_id = ANY(%s)",
            (classifier, list(held)),
        )


_WAITING = (
    f"SELECT classifier, count(*) FILTER (WHERE {_IS_WAITING}), "  # noqa: S608
    f"count(*) FILTER (WHERE {_IS_WAITING} AND claimed_until > now()), "
    f"count(*) FILTER (WHERE failed_at IS NOT NULL), min(queued_at) FILTER (WHERE {_IS_WAITING}), "
    "count(*) FILTER (WHERE deferred_at IS NOT NULL) "
    "FROM classification_work GROUP BY classifier ORDER BY classifier"
)


def waiting_work(connection: Connection) -> list[Waiting]:
    """What waits, by classifier."""
    return [Waiting._make(row) for row in connection.execute(_WAITING).fetchall()]


async def work_that_waits(reader: Reader) -> dict[str, Waiting]:
    """The same for the endpoint; classifiers for which nothing is queued are missing."""
    return {row[0]: Waiting._make(row) for row in await reader.rows(_WAITING)}


def failed_work(connection: Connection, limit: int, classifier: str | None = None) -> list[SetAside]:
    """What could not be classified, the latest first; for one classifier, or all."""
    return _listed(connection, "failed_at", limit, classifier)


def deferred_work(connection: Connection, limit: int, classifier: str | None = None) -> list[SetAside]:
    """What there is too little of, the latest first; for one classifier, or all."""
    return _listed(connection, "deferred_at", limit, classifier)


def _listed(connection: Connection, column: str, limit: int, classifier: str | None) -> list[SetAside]:
    rows = connection.execute(
        f"SELECT classifier, coalesce(o.name, object_id::text), object_id, candid, {column}, reason "  # noqa: S608
        f"FROM classification_work LEFT JOIN object o USING (object_id) WHERE {column} IS NOT NULL "
        "AND (%(classifier)s::text IS NULL OR classifier = %(classifier)s) "
        f"ORDER BY {column} DESC, object_id LIMIT %(limit)s",
        {"limit": limit, "classifier": classifier},
    ).fetchall()
    return [SetAside._make(row) for row in rows]


def retry_failed(connection: Connection, classifier: str) -> int:
    """Let everything that failed be tried again; how much that is."""
    return connection.execute(
        "WITH chosen AS (SELECT object_id FROM classification_work WHERE classifier = %(classifier)s "
        "AND failed_at IS NOT NULL ORDER BY object_id FOR UPDATE) "
        "UPDATE classification_work work SET failed_at = NULL, reason = NULL, attempts = 0, queued_at = now() "
        "FROM chosen WHERE work.classifier = %(classifier)s AND work.object_id = chosen.object_id",
        {"classifier": classifier},
    ).rowcount
