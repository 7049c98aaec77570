"""Dropping the beginning of light curves, and keeping what it counts for.

Summaries go on being of the whole history: before rows are dropped, each of their objects is cut, that is, its
tally up to then is kept (storage.past_tallies) and ingest takes nothing of it from before that moment any more.
An object is cut in one transaction that holds it, as ingest does. So this can be killed at any moment, and ingest
may go on meanwhile: until its rows are dropped, a cut object is as good as before.

On TimescaleDB whole chunks are dropped, once all their objects are cut. On plain PostgreSQL the rows of an object
are deleted in the transaction that cuts it.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection, sql

from domain.tally import CountedDetection, CountedLimit, ObjectTally
from storage.chunks import LIGHT_CURVE_TABLES, chunks_until, count_rows_of, drop_chunks, has_hypertables
from storage.past_tallies import is_since, past_tallies, store_past_tallies

OBJECTS_PER_TRANSACTION = 500

_KEYS = " UNION ".join(
    f"(SELECT DISTINCT object_id FROM {table} WHERE ts < %(until)s AND object_id > %(after)s "  # noqa: S608
    "ORDER BY object_id LIMIT %(limit)s)"
    for table in LIGHT_CURVE_TABLES
)
_OLD_ROWS = " UNION ALL ".join(
    f"SELECT object_id FROM {table} WHERE ts < %(until)s"  # noqa: S608
    for table in LIGHT_CURVE_TABLES
)


class OldRows(NamedTuple):
    """What would be dropped of a table. `chunks` and `size_bytes` are None on plain PostgreSQL, where the room
    of deleted rows is used again and not given back."""

    table: str
    rows: int
    chunks: int | None
    size_bytes: int | None


class RetentionPlan(NamedTuple):
    """What would be dropped: all rows before `until`, which is None when there is nothing."""

    until: datetime | None
    tables: list[OldRows]
    in_chunks: bool


OnProgress = Callable[[int], None]
"""Called with the number of objects that are done."""


def plan_retention(connection: Connection, older_than: datetime) -> RetentionPlan:
    """Look for rows from before a moment, counting them exactly; on TimescaleDB those of whole chunks."""
    if not has_hypertables(connection):
        tables = [OldRows(t, _count_old(connection, t, older_than), None, None) for t in LIGHT_CURVE_TABLES]
        return RetentionPlan(older_than if any(found.rows for found in tables) else None, tables, False)
    chunks = chunks_until(connection, older_than)
    tables = []
    for table in LIGHT_CURVE_TABLES:
        own = [chunk for chunk in chunks if chunk.table == table]
        rows = sum(count_rows_of(connection, chunk) for chunk in own)
        tables.append(OldRows(table, rows, len(own), sum(chunk.size_bytes for chunk in own)))
    return RetentionPlan(max((chunk.until for chunk in chunks), default=None), tables, True)


def drop_old_rows(connection: Connection, plan: RetentionPlan, on_progress: OnProgress) -> int:
    """Drop what a plan says; how many objects had rows there. Run it again after an interruption."""
    if plan.until is None:
        return 0
    done = 0
    for object_ids in _pages(connection, plan.until):
        with connection.transaction():
            cut(connection, object_ids, plan.until)
            if not plan.in_chunks:
                _delete_rows(connection, object_ids, plan.until)
        done += len(object_ids)
        on_progress(done)
    if plan.in_chunks:
        done += _drop_whole_chunks(connection, plan.until)
        on_progress(done)
    return done


def cut(connection: Connection, object_ids: Sequence[int], until: datetime) -> None:
    """Keep the tallies of objects up to a moment, from which on alone their rows count. An object that was cut
    later already stays so."""
    held = connection.execute(
        "SELECT object_id, kept_since FROM object WHERE object_id = ANY(%s) "
        "AND (kept_since IS NULL OR kept_since < %s) ORDER BY object_id FOR UPDATE",
        (list(object_ids), until),
    ).fetchall()
    if not held:
        return
    kept_since: dict[int, datetime | None] = dict(held)
    tallies = {key: ObjectTally(key) for key in kept_since} | past_tallies(connection, list(kept_since))
    detections = _old_rows(connection, "detection", CountedDetection, kept_since, until)
    limits = _old_rows(connection, "non_detection", CountedLimit, kept_since, until)
    for object_id, tally in tallies.items():
        tally.add(detections.get(object_id, []))
        tally.add_limits(limits.get(object_id, []))
        waiting = [*tally.waiting_limits, *limits.get(object_id, [])]
        tally.waiting_limits = [limit for limit in waiting if limit.band not in tally.bands]
    store_past_tallies(connection, tallies.values())
    connection.execute("UPDATE object SET kept_since = %s WHERE object_id = ANY(%s)", (until, list(kept_since)))


def _old_rows(
    connection: Connection, table: str, kind: Any, kept_since: dict[int, datetime | None], until: datetime
) -> dict[int, list[Any]]:
    """Rows before a moment that no past tally counts yet, by object."""
    found: dict[int, list[Any]] = {}
    statement = sql.SQL("SELECT {} FROM {} WHERE object_id = ANY(%s) AND ts < %s").format(
        sql.SQL(", ").join(map(sql.Identifier, kind._fields)), sql.Identifier(table)
    )
    with connection.cursor(binary=True) as cursor:
        for row in map(kind._make, cursor.execute(statement, (list(kept_since), until))):
            since = kept_since[row.object_id]
            if since is None or is_since(row, since):
                found.setdefault(row.object_id, []).append(row)
    return found


def _pages(connection: Connection, until: datetime) -> Iterator[list[int]]:
    """Objects with rows before a moment, in the order of their keys, some at a time."""
    after = -(2**63)
    while True:
        rows = connection.execute(
            f"SELECT object_id FROM ({_KEYS}) old ORDER BY object_id LIMIT %(limit)s",  # noqa: S608
            {"until": until, "after": after, "limit": OBJECTS_PER_TRANSACTION},
        ).fetchall()
        if not rows:
            return
        yield [object_id for (object_id,) in rows]
        after = rows[-1][0]


def _drop_whole_chunks(connection: Connection, until: datetime) -> int:
    """Drop chunks once every object in them is cut, also those that came meanwhile; how many did.

    Ingest waits for all of this: it takes object rows before anything else, so nobody is in the middle of a batch.
    """
    with connection.transaction():
        connection.execute("LOCK TABLE object IN SHARE ROW EXCLUSIVE MODE")
        late = connection.execute(
            f"SELECT DISTINCT object_id FROM ({_OLD_ROWS}) old JOIN object USING (object_id) "  # noqa: S608
            "WHERE kept_since IS NULL OR kept_since < %(until)s",
            {"until": until},
        ).fetchall()
        cut(connection, [object_id for (object_id,) in late], until)
        for table in LIGHT_CURVE_TABLES:
            drop_chunks(connection, table, until)
    return len(late)


def _count_old(connection: Connection, table: str, until: datetime) -> int:
    row = connection.execute(
        sql.SQL("SELECT count(*) FROM {} WHERE ts < %s").format(sql.Identifier(table)), (until,)
    ).fetchone()
    assert row is not None
    return int(row[0])


def _delete_rows(connection: Connection, object_ids: Sequence[int], until: datetime) -> None:
    for table in LIGHT_CURVE_TABLES:
        connection.execute(
            sql.SQL("DELETE FROM {} WHERE object_id = ANY(%s) AND ts < %s").format(sql.Identifier(table)),
            (list(object_ids), until),
        )
