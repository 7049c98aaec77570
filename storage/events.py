"""Events, written in the transaction of what they tell of, and read in the order in which they became visible.

A serial alone would not do: a writer that commits late would appear behind readers that went by. So whoever
writes events first takes a lock that he holds to the end of his commit. Then serials grow as events become visible,
and a reader that has seen one has seen all before it. The lock is taken last, so that it is held for milliseconds;
writers of one night take turns there anyway (storage.nights).
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection

from domain.event import START, Event, EventExpired, EventId, UnknownEvent
from domain.packet import ReceivedAlert
from storage.copying import Staging
from storage.reader import Reader
from storage.tables import event

LOCK_KEY = 0x61727263
"""Advisory lock ('arrc'), held by whoever writes events; maintenance has the one before."""
CHANNEL = "arrayan_event"
"""Where PostgreSQL notifies of new events."""
SUSPENDED = "60s"
"""A writer that is silent for so long while it holds the lock is disconnected: it may be suspended, or its machine
gone, and the others wait. Its transaction is undone."""
PRUNED_AT_ONCE = 20_000

DETECTED_ROWS = Staging(event, ("object_id", "candid", "mjd"))
CLASSIFIED_ROWS = Staging(
    event, ("object_id", "candid", "mjd", "classifier_id", "probability", "class", "previous_class")
)

_COLUMNS = ", ".join(column.name for column in event.columns)
_PAGE = (
    "SELECT is_kept, page.* FROM (SELECT %(after)s::bigint = 0 OR EXISTS "  # noqa: S608
    "(SELECT FROM event WHERE serial = %(after)s) AS is_kept) mark LEFT JOIN LATERAL "
    f"(SELECT {_COLUMNS} FROM event WHERE serial > %(after)s AND serial <= %(until)s "
    "ORDER BY serial LIMIT %(limit)s) page ON true ORDER BY serial"
)
_LAST = 2**63 - 1


class Answer(NamedTuple):
    """What an event of a classification tells."""

    object_id: int
    candid: int
    mjd: float
    classifier_id: int
    probability: float
    class_: str
    previous_class: str | None


def add_detected(connection: Connection, alerts: Sequence[ReceivedAlert]) -> None:
    """Tell of alerts that were not there before, in their transaction, just before its end."""
    own = [(received.alert.object_id, received.alert.detection) for received in alerts]
    _add(connection, DETECTED_ROWS, [(object_id, row.candid, row.mjd) for object_id, row in own])


def add_classified(connection: Connection, answers: Sequence[Answer]) -> None:
    """Tell of answers of classifiers, in their transaction, just before its end."""
    _add(connection, CLASSIFIED_ROWS, answers)


def _add(connection: Connection, staging: Staging, rows: Sequence[Sequence[Any]]) -> None:
    if not rows:
        return
    connection.execute(
        "SELECT set_config('idle_in_transaction_session_timeout', %s, true), pg_advisory_xact_lock(%s), "
        "pg_notify(%s, '')",
        (SUSPENDED, LOCK_KEY, CHANNEL),
    )
    staging.append(connection, rows)


def previous_classes(connection: Connection, classifier: str, object_ids: Iterable[int]) -> Mapping[int, str]:
    """The most probable class that a classifier gave last, of the objects that it gave any."""
    rows = connection.execute(
        "SELECT object_id, class FROM latest_classification WHERE classifier = %s AND object_id = ANY(%s)",
        (classifier, list(object_ids)),
    )
    return dict(rows.fetchall())


async def read_events(reader: Reader, after: int, limit: int, *, until: int = _LAST) -> list[Event]:
    """Events behind a serial up to another, in their order; `after` is that of an event, or 0.

    Raises EventExpired when the event at `after` is not kept any more: there may have been others behind it.
    """
    rows = await reader.rows(_PAGE, {"after": after, "until": until, "limit": limit})
    return await _page(reader, rows)


async def _page(reader: Reader, rows: Sequence[tuple[Any, ...]]) -> list[Event]:
    if not rows[0][0]:
        raise _expired(await oldest_event(reader))
    return [Event._make(columns) for _, *columns in rows if columns[0] is not None]


def events_after(connection: Connection, after: int, limit: int) -> list[Event]:
    """The same for a worker: up to so many events behind a serial. Raises EventExpired."""
    with connection.cursor(binary=True) as cursor:
        rows = cursor.execute(_PAGE, {"after": after, "until": _LAST, "limit": limit}, prepare=True).fetchall()
    if not rows[0][0]:
        raise _expired(first_event(connection))
    return [Event._make(columns) for _, *columns in rows if columns[0] is not None]


_OLDEST = "SELECT serial, ts FROM event ORDER BY serial LIMIT 1"
_NEWEST = "SELECT serial, ts FROM event ORDER BY serial DESC LIMIT 1"
Place = tuple[EventId, datetime]
"""An event and its time."""


async def oldest_event(reader: Reader) -> Place | None:
    """The oldest event that is kept; None without any."""
    return _place(await reader.rows(_OLDEST))


async def newest_event(reader: Reader) -> Place | None:
    """The newest event; None without any."""
    return _place(await reader.rows(_NEWEST))


def first_event(connection: Connection) -> Place | None:
    """The oldest event that is kept, for a worker; None without any."""
    return _place(connection.execute(_OLDEST).fetchall())


def last_event(connection: Connection) -> Place | None:
    """The newest event, for a worker; None without any."""
    return _place(connection.execute(_NEWEST).fetchall())


def _place(rows: Sequence[tuple[Any, ...]]) -> Place | None:
    return (EventId.of(*rows[0]), rows[0][1]) if rows else None


async def event_at(reader: Reader, serial: int) -> EventId | None:
    """The event with a serial, START for 0; None when it is not kept any more."""
    if serial == START.serial:
        return START
    found = _place(await reader.rows("SELECT serial, ts FROM event WHERE serial = %s", (serial,)))
    return None if found is None else found[0]


async def require_event(reader: Reader, wanted: EventId) -> None:
    """Make sure that one can go on behind an event. Raises EventExpired, UnknownEvent."""
    if wanted == START:
        return
    rows = await reader.rows("SELECT serial, ts FROM event WHERE serial = %s", (wanted.serial,))
    found = _place(rows)
    oldest = await oldest_event(reader)
    if found is None and oldest is not None and wanted.serial < oldest[0].serial:
        raise _expired(oldest)
    if found is None or found[0] != wanted:
        raise UnknownEvent(
            f"event {wanted} is not one of this database, which may have been made anew or restored from a backup: "
            "begin without `after`"
        )


def _expired(oldest: Place | None) -> EventExpired:
    if oldest is None:
        return EventExpired("the event is not kept any more: begin without `after`")
    event_id, at = oldest
    return EventExpired(
        f"what followed this event is not kept any more: the oldest is {event_id} of {at:%Y-%m-%d %H:%M:%S} UTC; "
        "ask for what was missed by a query, and go on from there"
    )


def prune_events(connection: Connection, older_than: datetime) -> int:
    """Delete events from before a moment, the newest of all excepted; how many. Some at a time, in their order."""
    deleted = after = 0
    while True:
        row = connection.execute(
            "WITH page AS (SELECT serial, ts FROM event WHERE serial > %(after)s ORDER BY serial LIMIT %(limit)s), "
            "old AS (SELECT serial FROM page WHERE serial < coalesce((SELECT min(serial) FROM page "
            "WHERE ts >= %(until)s), (SELECT max(serial) + 1 FROM page)) "
            "AND serial < (SELECT max(serial) FROM event)), "
            "gone AS (DELETE FROM event WHERE serial IN (SELECT serial FROM old) RETURNING serial) "
            "SELECT count(*), coalesce(max(serial), 0) FROM gone",
            {"after": after, "until": older_than, "limit": PRUNED_AT_ONCE},
        ).fetchone()
        assert row is not None
        count, after = int(row[0]), int(row[1])
        deleted += count
        if count < PRUNED_AT_ONCE:
            return deleted


def count_old_events(connection: Connection, older_than: datetime) -> int:
    """How many events are from before a moment."""
    row = connection.execute("SELECT count(*) FROM event WHERE ts < %s", (older_than,)).fetchone()
    assert row is not None
    return int(row[0])
