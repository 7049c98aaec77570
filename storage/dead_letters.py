"""Packets that could not be stored: kept whole, listed, and tried again."""

import hashlib
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any

from psycopg import Connection
from psycopg.rows import namedtuple_row

from domain.dead_letter import DeadLetter, Origin, Reason, StoredDeadLetter
from domain.night import night_of
from domain.survey import SurveyName
from domain.time import mjd_from_datetime

_COLUMNS = (
    'id, survey, source, "partition", "offset", reason, message, length(payload) AS payload_size, '
    "first_seen_at, last_seen_at, times_seen, resolved_at"
)


def add_dead_letters(connection: Connection, letters: Sequence[DeadLetter]) -> None:
    """Keep dead letters. The same bytes again are counted on the row that holds them.

    Everyone takes rows in the order of their checksums, so that two writers never wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.executemany(
            'INSERT INTO dead_letter (survey, source, "partition", "offset", reason, message, payload, '
            "night, payload_sha256) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (payload_sha256) "
            "DO UPDATE SET times_seen = dead_letter.times_seen + 1, last_seen_at = now(), resolved_at = NULL, "
            "reason = excluded.reason, message = excluded.message",
            sorted(map(_row, letters), key=itemgetter(-1)),
        )


def list_dead_letters(
    connection: Connection, *, limit: int, include_resolved: bool = False
) -> list[StoredDeadLetter]:
    """Dead letters, newest first, without their bytes."""
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        rows = cursor.execute(
            f"SELECT {_COLUMNS} FROM dead_letter WHERE %s OR resolved_at IS NULL ORDER BY id DESC LIMIT %s",  # noqa: S608
            (include_resolved, limit),
        ).fetchall()
    return [_stored(row) for row in rows]


def get_dead_letter(connection: Connection, letter_id: int) -> StoredDeadLetter | None:
    """One dead letter without its bytes, or None."""
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        row = cursor.execute(
            f"SELECT {_COLUMNS} FROM dead_letter WHERE id = %s",  # noqa: S608
            (letter_id,),
        ).fetchone()
    return None if row is None else _stored(row)


def payload_of(connection: Connection, letter_id: int) -> bytes | None:
    """The bytes of a dead letter, or None when there is no such letter."""
    row = connection.execute("SELECT payload FROM dead_letter WHERE id = %s", (letter_id,)).fetchone()
    return None if row is None else bytes(row[0])


def unresolved_ids(connection: Connection) -> Iterator[int]:
    """Ids of the dead letters that still wait, oldest first."""
    for (letter_id,) in connection.execute(
        "SELECT id FROM dead_letter WHERE resolved_at IS NULL ORDER BY id"
    ).fetchall():
        yield letter_id


def mark_resolved(connection: Connection, letter_id: int) -> None:
    """A retry stored what the letter held."""
    connection.execute("UPDATE dead_letter SET resolved_at = now() WHERE id = %s", (letter_id,))


def count_unresolved(connection: Connection) -> int:
    """How many dead letters wait."""
    row = connection.execute("SELECT count(*) FROM dead_letter WHERE resolved_at IS NULL").fetchone()
    return int(row[0]) if row else 0


def _row(letter: DeadLetter) -> tuple[Any, ...]:
    return (
        letter.survey,
        _storable(letter.origin.source),
        letter.origin.partition,
        letter.origin.offset,
        letter.reason,
        _storable(letter.message),
        letter.payload,
        _night(letter),
        hashlib.sha256(letter.payload).digest(),
    )


def _night(letter: DeadLetter) -> date | None:
    """The night that a letter is counted in: of its observation, else of the moment it came."""
    if letter.survey is None:
        return None
    mjd = mjd_from_datetime(datetime.now(UTC)) if letter.mjd is None else letter.mjd
    return night_of(letter.survey, mjd)


def _storable(words: str) -> str:
    """PostgreSQL text holds no NUL, and no bytes of a file name that are not UTF-8."""
    return words.replace("\x00", "\\x00").encode(errors="backslashreplace").decode()


def _stored(row: Any) -> StoredDeadLetter:
    return StoredDeadLetter(
        id=row.id,
        survey=None if row.survey is None else SurveyName(row.survey),
        origin=Origin(row.source, row.partition, row.offset),
        reason=Reason(row.reason),
        message=row.message,
        payload_size=row.payload_size,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        times_seen=row.times_seen,
        resolved_at=row.resolved_at,
    )
