"""Packets that could not be stored: kept whole, listed, and tried again."""

import hashlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from operator import itemgetter
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import namedtuple_row

from domain.dead_letter import DeadLetter, Origin, Reason, StoredDeadLetter
from domain.night import night_of
from domain.survey import SurveyName
from domain.time import mjd_from_datetime
from storage.reader import Reader

_COLUMNS = (
    'id, survey, source, "partition", "offset", sent_at, reason, message, length(payload) AS payload_size, '
    "first_seen_at, last_seen_at, times_seen, resolved_at, night"
)
_CHOSEN = (
    "(%(ids)s::bigint[] IS NULL OR id = ANY(%(ids)s)) AND (%(survey)s::text IS NULL OR survey = %(survey)s) "
    "AND (%(reasons)s::text[] IS NULL OR reason = ANY(%(reasons)s)) AND starts_with(source, %(source)s) "
    "AND (%(night)s::date IS NULL OR night = %(night)s) "
    "AND (%(since)s::timestamptz IS NULL OR last_seen_at >= %(since)s) "
    "AND (%(resolved)s::boolean IS NULL OR (resolved_at IS NOT NULL) = %(resolved)s) "
    "AND (%(resolved_before)s::timestamptz IS NULL OR resolved_at < %(resolved_before)s)"
)


class LetterFilter(NamedTuple):
    """Which dead letters are meant: those that fit everything given here; None lets all pass.

    `source` is how a topic's or file's name begins, `since` the moment that a letter was last seen at or after,
    `resolved` whether a retry has stored it.
    """

    ids: Sequence[int] | None = None
    survey: SurveyName | None = None
    reasons: Sequence[Reason] | None = None
    source: str = ""
    night: date | None = None
    since: datetime | None = None
    resolved: bool | None = None
    resolved_before: datetime | None = None

    def values(self) -> dict[str, Any]:
        """Parameters of the condition."""
        return {
            **self._asdict(),
            "ids": None if self.ids is None else list(self.ids),
            "reasons": None if self.reasons is None else [reason.value for reason in self.reasons],
        }


class LetterCount(NamedTuple):
    """How many dead letters of a survey (None where nobody can say) wait for one reason, and when the first and the
    last of them came."""

    survey: SurveyName | None
    reason: Reason
    packets: int
    first_seen_at: datetime
    last_seen_at: datetime


WAITING = LetterFilter(resolved=False)
ANY_LETTER = LetterFilter()


def add_dead_letters(connection: Connection, letters: Sequence[DeadLetter]) -> None:
    """Keep dead letters. The same bytes again are counted on the row that holds them.

    Everyone takes rows in the order of their checksums, so that two writers never wait for each other.
    """
    with connection.cursor() as cursor:
        cursor.executemany(
            'INSERT INTO dead_letter (survey, source, "partition", "offset", sent_at, reason, message, payload, '
            "night, payload_sha256) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (payload_sha256) "
            "DO UPDATE SET times_seen = dead_letter.times_seen + 1, last_seen_at = now(), resolved_at = NULL, "
            "reason = excluded.reason, message = excluded.message",
            sorted(map(_row, letters), key=itemgetter(-1)),
        )


def list_dead_letters(
    connection: Connection, chosen: LetterFilter = WAITING, *, limit: int
) -> list[StoredDeadLetter]:
    """Dead letters, newest first, without their bytes."""
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        rows = cursor.execute(
            f"SELECT {_COLUMNS} FROM dead_letter WHERE {_CHOSEN} ORDER BY id DESC LIMIT %(limit)s",  # noqa: S608
            {**chosen.values(), "limit": limit},
        ).fetchall()
    return [_stored(row) for row in rows]


def letter_ids(connection: Connection, chosen: LetterFilter = WAITING) -> list[int]:
    """Ids of dead letters, oldest first."""
    rows = connection.execute(
        f"SELECT id FROM dead_letter WHERE {_CHOSEN} ORDER BY id",  # noqa: S608
        chosen.values(),
    )
    return [letter_id for (letter_id,) in rows]


def get_dead_letter(connection: Connection, letter_id: int) -> StoredDeadLetter | None:
    """One dead letter without its bytes, or None."""
    with connection.cursor(row_factory=namedtuple_row) as cursor:
        row = cursor.execute(
            f"SELECT {_COLUMNS} FROM dead_letter WHERE id = %s",  # noqa: S608
            (letter_id,),
        ).fetchone()
    return None if row is None else _stored(row)


def payload_of(connection: Connection, letter_id: int, first_bytes: int | None = None) -> bytes | None:
    """The bytes of a dead letter, all or the first ones, or None when there is no such letter."""
    row = connection.execute(
        "SELECT substring(payload FOR coalesce(%s, length(payload))) FROM dead_letter WHERE id = %s",
        (first_bytes, letter_id),
    ).fetchone()
    return None if row is None else bytes(row[0])


def mark_resolved(connection: Connection, letter_id: int) -> None:
    """A retry stored what the letter held."""
    connection.execute("UPDATE dead_letter SET resolved_at = now() WHERE id = %s", (letter_id,))


def delete_resolved(connection: Connection, letter_id: int) -> bool:
    """Delete a letter that a retry has stored; whether it was one. A letter that waits is never deleted."""
    done = connection.execute("DELETE FROM dead_letter WHERE id = %s AND resolved_at IS NOT NULL", (letter_id,))
    return done.rowcount == 1


def count_unresolved(connection: Connection) -> int:
    """How many dead letters wait."""
    row = connection.execute("SELECT count(*) FROM dead_letter WHERE resolved_at IS NULL").fetchone()
    return int(row[0]) if row else 0


async def waiting_letters(reader: Reader) -> list[LetterCount]:
    """The dead letters that wait, by survey and reason, the most frequent first."""
    rows = await reader.rows(
        "SELECT survey, reason, count(*), min(first_seen_at), max(last_seen_at) FROM dead_letter "
        "WHERE resolved_at IS NULL GROUP BY survey, reason ORDER BY count(*) DESC, survey, reason"
    )
    return [LetterCount(None if row[0] is None else SurveyName(row[0]), Reason(row[1]), *row[2:]) for row in rows]


def _row(letter: DeadLetter) -> tuple[Any, ...]:
    return (
        letter.survey,
        _storable(letter.origin.source),
        letter.origin.partition,
        letter.origin.offset,
        letter.origin.sent_at,
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
        origin=Origin(row.source, row.partition, row.offset, row.sent_at),
        reason=Reason(row.reason),
        message=row.message,
        payload_size=row.payload_size,
        first_seen_at=row.first_seen_at,
        last_seen_at=row.last_seen_at,
        times_seen=row.times_seen,
        resolved_at=row.resolved_at,
        night=row.night,
    )
