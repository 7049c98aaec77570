"""Dead letters tried again: their alerts come from where the letter came, and no letter stops the others."""

from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from domain.dead_letter import DeadLetter, Origin, Reason
from ingest import retry as retrying
from ingest.retry import Outcome, retry
from storage.dead_letters import ANY_LETTER, add_dead_letters, letter_ids, list_dead_letters
from tests.support.storing import alert_store
from tests.support.ztf_packets import candid_of, container, packet

ORIGIN = Origin("alerts", 3, 17, datetime(2020, 5, 31, 7, tzinfo=UTC))
DOCTORED = packet(jd=2459000.5, candid=candid_of(2459001.5))


def test_a_letter_of_which_a_part_is_still_dead_stays_and_the_rest_is_stored(
    any_database_url: str, tmp_path: Path
) -> None:
    letter = DeadLetter(ORIGIN, Reason.DAMAGED, "as it was", container(packet(), DOCTORED, records_per_block=1))
    with alert_store(any_database_url, tmp_path) as store, psycopg.connect(any_database_url) as connection:
        add_dead_letters(connection, [letter])
        connection.commit()
        (waiting,) = letter_ids(connection)
        outcome = retry(connection, store, waiting)
        assert outcome.outcome is Outcome.STILL_DEAD
        newest, oldest = list_dead_letters(connection, limit=10)
        assert connection.execute("SELECT count(*) FROM alert").fetchone() == (1,)
    assert (oldest.id, oldest.message) == (waiting, "as it was")
    assert (newest.reason, newest.origin, newest.message) == (Reason.INTEGRITY, ORIGIN, outcome.message)


def test_a_letter_on_which_decoding_fails_unforeseen_stays_and_stops_nobody(
    any_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise RecursionError("too deep")

    with alert_store(any_database_url, tmp_path) as store, psycopg.connect(any_database_url) as connection:
        add_dead_letters(connection, [DeadLetter(ORIGIN, Reason.DAMAGED, "as it was", container(packet()))])
        connection.commit()
        (waiting,) = letter_ids(connection)
        with monkeypatch.context() as patched:
            patched.setattr(retrying, "decode", fails)
            assert retry(connection, store, waiting).message == (
                "decoding it failed unforeseen: RecursionError('too deep')"
            )
        assert retry(connection, store, waiting).outcome is Outcome.STORED
        (resolved,) = list_dead_letters(connection, ANY_LETTER, limit=10)
    assert resolved.resolved_at is not None
