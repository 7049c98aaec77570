"""Dead letters are kept whole, counted once for the same bytes, listed, and resolved."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import Connection

from domain.dead_letter import DeadLetter, Origin, Reason
from domain.survey import SurveyName
from storage.dead_letters import (
    add_dead_letters,
    count_unresolved,
    get_dead_letter,
    list_dead_letters,
    mark_resolved,
    payload_of,
    unresolved_ids,
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
    (first,) = unresolved_ids(connection)
    mark_resolved(connection, first)
    assert (list(unresolved_ids(connection)), count_unresolved(connection)) == ([], 0)
    assert list_dead_letters(connection, limit=10) == []
    (resolved,) = list_dead_letters(connection, limit=10, include_resolved=True)
    assert resolved.resolved_at is not None
    add_dead_letters(connection, [letter()])
    assert list(unresolved_ids(connection)) == [first]


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


def test_unknown_letters_are_none(connection: Connection) -> None:
    assert get_dead_letter(connection, 99) is None
    assert payload_of(connection, 99) is None
