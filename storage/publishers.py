"""How far publishers have come, each under its name."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import NamedTuple

from psycopg import Connection

from domain.errors import ArrayanError
from domain.event import START, EventId
from storage.events import last_event
from storage.reader import Reader

LOCK_KEY = 0x61727264
"""First half of the advisory lock that a publisher holds; the other half is its name."""


class Publishing(NamedTuple):
    """How far a publisher has come: events not done with yet, by their serials, and when it last noted that."""

    name: str
    events_behind: int
    updated_at: datetime


class PublisherAtWork(ArrayanError):
    """Another process publishes under the same name."""


@contextmanager
def publisher_lock(connection: Connection, name: str) -> Iterator[None]:
    """Be the only publisher of a name, until the connection ends. Raises PublisherAtWork."""
    taken = connection.execute("SELECT pg_try_advisory_lock(%s, hashtext(%s))", (LOCK_KEY, name)).fetchone()
    if taken is None or not taken[0]:
        raise PublisherAtWork(f"another process publishes as {name!r}: end it first, or choose another --name")
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s, hashtext(%s))", (LOCK_KEY, name))


def published_until(connection: Connection, name: str, *, begin_at_newest: bool = False) -> EventId:
    """The last event that is done with; START before the first. A new name begins with the oldest that is kept, or
    behind the newest."""
    row = connection.execute("SELECT serial, mark FROM publisher WHERE name = %s", (name,)).fetchone()
    if row is not None:
        return EventId(*row)
    newest = last_event(connection) if begin_at_newest else None
    place = START if newest is None else newest[0]
    note_published(connection, name, place)
    return place


def note_published(connection: Connection, name: str, place: EventId) -> None:
    """Everything up to an event is done with."""
    connection.execute(
        "INSERT INTO publisher (name, serial, mark) VALUES (%s, %s, %s) ON CONFLICT (name) DO UPDATE "
        "SET serial = excluded.serial, mark = excluded.mark, updated_at = now()",
        (name, *place),
    )


def events_behind(connection: Connection, place: EventId) -> int:
    """How many events are not done with yet, by their serials: some of these may be unused."""
    newest = last_event(connection)
    return 0 if newest is None else max(0, newest[0].serial - place.serial)


async def list_publishers(reader: Reader) -> list[Publishing]:
    """Every publisher that has ever noted its place, by name."""
    rows = await reader.rows(
        "SELECT name, greatest(0, coalesce((SELECT max(e.serial) FROM event e), 0) - serial), updated_at "
        "FROM publisher ORDER BY name"
    )
    return [Publishing._make(row) for row in rows]
