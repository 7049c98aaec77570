"""Trying dead letters again: after a release that reads more, or after the trouble is over."""

from enum import StrEnum
from typing import NamedTuple

from psycopg import Connection

from domain.dead_letter import DeadLetter
from ingest.decoding import decode
from storage.alert_store import AlertStore
from storage.dead_letters import get_dead_letter, mark_resolved, payload_of


class Outcome(StrEnum):
    """What a retry came to."""

    STORED = "stored"
    STILL_DEAD = "still dead"
    UNKNOWN = "unknown"


class Retry(NamedTuple):
    """A retried letter; `message` is why it is still dead."""

    letter_id: int
    outcome: Outcome
    message: str = ""


def retry(connection: Connection, store: AlertStore, letter_id: int) -> Retry:
    """Decode and store a dead letter's bytes again; it is resolved when all of them are alerts now."""
    letter = get_dead_letter(connection, letter_id)
    payload = payload_of(connection, letter_id)
    if letter is None or payload is None:
        return Retry(letter_id, Outcome.UNKNOWN)
    decoded = list(decode(letter.origin.source, payload))
    alerts = [item for item in decoded if not isinstance(item, DeadLetter)]
    failures = [item for item in decoded if isinstance(item, DeadLetter)]
    result = store.store(alerts, failures)
    if result.dead_letters:
        message = failures[0].message if failures else "the database refuses its values"
        return Retry(letter_id, Outcome.STILL_DEAD, message)
    mark_resolved(connection, letter_id)
    return Retry(letter_id, Outcome.STORED)
