"""Trying dead letters again: after a release that reads more, or after the trouble is over."""

import logging
from dataclasses import replace
from enum import StrEnum
from typing import NamedTuple

from psycopg import Connection

from domain.dead_letter import DeadLetter
from domain.errors import ArrayanError
from ingest.decoding import decode
from storage.alert_store import AlertStore
from storage.dead_letters import get_dead_letter, mark_resolved, payload_of

log = logging.getLogger(__name__)


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
    """Decode and store a dead letter's bytes again; it is resolved when all of them are alerts now.

    Raises what the store raises when the database or the archive is away, and SchemaRegistryUnavailable.
    """
    letter = get_dead_letter(connection, letter_id)
    payload = payload_of(connection, letter_id)
    if letter is None or payload is None:
        return Retry(letter_id, Outcome.UNKNOWN)
    try:
        decoded = list(decode(letter.origin.source, payload))
    except ArrayanError:
        raise
    except Exception as error:
        log.exception("decoding_failed dead_letter=%d", letter_id)
        return Retry(letter_id, Outcome.STILL_DEAD, f"decoding it failed unforeseen: {error!r}")
    alerts = [item._replace(origin=letter.origin) for item in decoded if not isinstance(item, DeadLetter)]
    failures = [replace(item, origin=letter.origin) for item in decoded if isinstance(item, DeadLetter)]
    result = store.store(alerts, failures)
    if result.dead_letters:
        message = failures[0].message if failures else "the database refuses its values"
        return Retry(letter_id, Outcome.STILL_DEAD, message)
    mark_resolved(connection, letter_id)
    return Retry(letter_id, Outcome.STORED)
