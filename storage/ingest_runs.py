"""What was taken in, when, and with what result."""

from datetime import datetime
from typing import NamedTuple

from psycopg import Connection
from psycopg.rows import class_row


class IngestRun(NamedTuple):
    """One run of ingest. `finished_at` is None while it runs, or when it was cut short."""

    source: str
    started_at: datetime
    finished_at: datetime | None
    read: int
    stored: int
    duplicates: int
    dead_letters: int


def begin_run(connection: Connection, source: str, fingerprint: str) -> int:
    """Note that a source is being read; the id of the run."""
    row = connection.execute(
        "INSERT INTO ingest_run (source, fingerprint) VALUES (%s, %s) RETURNING id", (source, fingerprint)
    ).fetchone()
    assert row is not None
    return int(row[0])


def finish_run(connection: Connection, run_id: int, *, stored: int, duplicates: int, dead_letters: int) -> None:
    """Note that a source was read to its end."""
    connection.execute(
        "UPDATE ingest_run SET finished_at = now(), read = %s, stored = %s, duplicates = %s, "
        "dead_letters = %s WHERE id = %s",
        (stored + duplicates + dead_letters, stored, duplicates, dead_letters, run_id),
    )


def is_finished(connection: Connection, fingerprint: str) -> bool:
    """Whether a source with this fingerprint was read to its end before."""
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM ingest_run WHERE fingerprint = %s AND finished_at IS NOT NULL)",
        (fingerprint,),
    ).fetchone()
    return bool(row and row[0])


def recent_runs(connection: Connection, limit: int) -> list[IngestRun]:
    """The last runs, newest first."""
    with connection.cursor(row_factory=class_row(IngestRun)) as cursor:
        return cursor.execute(
            "SELECT source, started_at, finished_at, read, stored, duplicates, dead_letters "
            "FROM ingest_run ORDER BY id DESC LIMIT %s",
            (limit,),
        ).fetchall()
