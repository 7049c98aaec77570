"""Dead letters are kept whole, counted once for the same bytes, listed, and resolved."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import Connection

from domain.dead_letter import DeadLetter, Origin, Reason
from domain.survey import SurveyName
from storage.dead_letters import (
    ANY_LETTER,
    LetterFilter,
    add_dead_letters,
    count_unresolved,
    delete_resolved,
    get_dead_letter,
    letter_ids,
    list_dead_letters,
    mark_resolved,
    payload_of,
)


@pytest.fixture
def connection(database_url: str) -> Iterator[Connection]:
    with psycopg.connect(database_url, autocommit=True) as opened:
        yield opened


def letter(payload: bytes = b"\x00\xff", reason: Reason = Reason.DAMAGED, message: str = "broken") -> DeadLetter:
    return DeadLetter(Origin("night.tar!a.avro", 2, 2**40), reason, message, payload, SurveyName.ZTF)


def test_a_letter_comes_back_as_it_was(connection: Connection) -> None:
    add_dead_letters(connection, [letter()])
    (stored,) = list_dead_letters(connection, limit=10)
    assert (stored.survey, stored.origin, stored.reason, stored.message) == (
        SurveyName.ZTF,
        Origin("night.tar!a.avro", 2, 2**40),
        Reason.DAMAGED,
        "broken",
    )
    assert (stored.payload_size, stored.times_seen, stored.resolved_at) == (2, 1, None)
    assert get_dead_letter(connection, stored.id) == stored
    assert payload_of(connection, stored.id) == b"\x00\xff"


def test_the_same_bytes_are_one_letter_that_tells_of_the_last_time(connection: Connection) -> None:
    add_dead_letters(connection, [letter(), letter(b"other"), letter()])
    add_dead_letters(connection, [letter(reason=Reason.EMPTY, message="nothing in it")])
    stored = {item.payload_size: item for item in list_dead_letters(connection, limit=10)}
    assert stored.keys() == {2, 5}
    assert (stored[2].times_seen, stored[2].reason, stored[2].message) == (3, Reason.EMPTY, "nothing in it")
    assert stored[2].last_seen_at > stored[2].first_seen_at


def test_a_resolved_letter_waits_again_when_its_bytes_come_again(connection: Connection) -> None:
    add_dead_letters(connection, [letter()])
    (first,) = letter_ids(connection)
    mark_resolved(connection, first)
    assert (letter_ids(connection), count_unresolved(connection)) == ([], 0)
    assert list_dead_letters(connection, limit=10) == []
    (resolved,) = list_dead_letters(connection, ANY_LETTER, limit=10)
    assert resolved.resolved_at is not None
    add_dead_letters(connection, [letter()])
    assert letter_ids(connection) == [first]


def test_lists_are_newest_first_and_limited(connection: Connection) -> None:
    for number in range(5):
        add_dead_letters(connection, [letter(bytes(number))])
    assert [item.payload_size for item in list_dead_letters(connection, limit=3)] == [4, 3, 2]
    assert count_unresolved(connection) == 5


@pytest.mark.parametrize("words", ["a\x00b", "caf\udce9", "\ud800"])
def test_words_that_postgresql_cannot_hold_are_escaped(connection: Connection, words: str) -> None:
    add_dead_letters(connection, [DeadLetter(Origin(words), Reason.DAMAGED, words, b"x")])
    (stored,) = list_dead_letters(connection, limit=10)
    assert stored.message == stored.origin.source
    assert stored.message.isprintable()


def test_a_filter_takes_what_fits_all_of_it(connection: Connection) -> None:
    observed = 59000.25  # 2020-05-31
    sent_at = datetime(2020, 5, 31, 7, 30, 0, 123000, UTC)
    add_dead_letters(
        connection,
        [
            DeadLetter(Origin("ztf_1", 3, 7, sent_at), Reason.INTEGRITY, "a", b"a", SurveyName.ZTF, observed),
            DeadLetter(Origin("ztf_2"), Reason.INTEGRITY, "b", b"b", SurveyName.ZTF),
            DeadLetter(Origin("lsst_1"), Reason.DAMAGED, "c", b"c", SurveyName.LSST),
            DeadLetter(Origin("a_ztf"), Reason.NOT_AVRO, "d", b"d"),
        ],
    )

    def messages(**chosen: Any) -> str:
        found = list_dead_letters(connection, LetterFilter(**chosen), limit=10)
        assert sorted(letter.id for letter in found) == letter_ids(connection, LetterFilter(**chosen))
        return "".join(sorted(letter.message for letter in found))

    assert messages() == "abcd"
    assert messages(survey=SurveyName.ZTF) == "ab"
    assert messages(reasons=[Reason.DAMAGED, Reason.NOT_AVRO]) == "cd"
    assert messages(source="ztf_") == "ab"
    assert messages(source="ztf%") == ""
    assert messages(night=date(2020, 5, 31)) == "a"
    assert messages(since=datetime.now(UTC) - timedelta(hours=1)) == "abcd"
    assert messages(since=datetime.now(UTC) + timedelta(hours=1)) == ""
    assert messages(survey=SurveyName.ZTF, source="ztf_2") == "b"
    (first, *_) = ids = letter_ids(connection)
    mark_resolved(connection, first)
    (resolved,) = list_dead_letters(connection, LetterFilter(resolved=True), limit=10)
    assert messages(resolved=True, resolved_before=resolved.resolved_at) == ""
    assert messages(ids=[*ids, 99], resolved=False) == "".join(sorted({*"abcd"} - {resolved.message}))


def test_the_time_that_the_broker_keeps_comes_back(connection: Connection) -> None:
    sent_at = datetime(2020, 5, 31, 7, 30, 0, 123000, UTC)
    origin = Origin("alerts", 3, 7, sent_at)
    add_dead_letters(connection, [DeadLetter(origin, Reason.EMPTY, "nothing", b"")])
    (stored,) = list_dead_letters(connection, limit=10)
    assert stored.origin == origin


def test_only_what_a_retry_stored_can_be_deleted(connection: Connection) -> None:
    add_dead_letters(connection, [letter(), letter(b"other")])
    waiting, resolved = letter_ids(connection)
    mark_resolved(connection, resolved)
    assert [delete_resolved(connection, number) for number in (waiting, resolved, resolved)] == [False, True, False]
    assert letter_ids(connection, ANY_LETTER) == [waiting]


def test_the_beginning_of_the_bytes_alone_can_be_had(connection: Connection) -> None:
    add_dead_letters(connection, [letter(b"0123456789")])
    (only,) = letter_ids(connection)
    assert [payload_of(connection, only, count) for count in (0, 3, 99)] == [b"", b"012", b"0123456789"]


def test_every_reason_is_said_in_a_sentence() -> None:
    assert all(reason.meaning.endswith(".") for reason in Reason)


def test_unknown_letters_are_none(connection: Connection) -> None:
    assert get_dead_letter(connection, 99) is None
    assert payload_of(connection, 99) is None
