"""Events come in the transaction of what they tell of, and in one order for every reader."""

import random
import threading
from datetime import UTC, datetime, timedelta
from itertools import islice, product
from pathlib import Path
from typing import Any

import psycopg
import pytest

from domain.event import START, Event, EventExpired, EventId, UnknownEvent, parse_event_id
from storage.database import connect
from storage.events import (
    add_detected,
    count_old_events,
    events_after,
    first_event,
    last_event,
    newest_event,
    oldest_event,
    prune_events,
    read_events,
    require_event,
)
from tests.support.classifying import RULES, drain, make_rules_known
from tests.support.reading import ask
from tests.support.storing import alert_store, small_sky_received
from tests.support.ztf_packets import JD, all_received, packet

EVERYTHING = 10_000


def events(url: str, after: int = 0, limit: int = EVERYTHING) -> list[Event]:
    return ask(url, lambda reader: read_events(reader, after, limit))


def execute(url: str, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        ran = connection.execute(statement.encode(), parameters)
        return ran.fetchall() if ran.description else []


def test_every_alert_is_told_of_once(database_url: str, tmp_path: Path) -> None:
    alerts = small_sky_received()
    with alert_store(database_url, tmp_path) as store:
        store.store(alerts[:10])
        store.store(alerts)
        store.store(alerts)
    told = events(database_url)
    keys = [(event.object_id, event.candid, event.mjd) for event in told]
    assert len(keys) == 24
    assert set(keys) == {(own.alert.object_id, own.alert.candid, own.alert.detection.mjd) for own in alerts}
    assert [event.serial for event in told] == sorted(event.serial for event in told)
    assert not any(event.is_classification for event in told)


def test_every_answer_is_told_of_with_the_class_before(database_url: str, tmp_path: Path) -> None:
    make_rules_known(database_url)
    name = "ZTF20aaaaaaa"
    light_curve = [packet(name, JD + night, magpsf=18.0 + 0.1 * night) for night in range(6)]
    with alert_store(database_url, tmp_path) as store:
        store.store(all_received(light_curve))
        drain(database_url, tmp_path)
        store.store(all_received([packet(name, JD + 6, magpsf=20.0)]))
        drain(database_url, tmp_path)
    answers = [event for event in events(database_url) if event.is_classification]
    history = execute(
        database_url,
        "SELECT h.object_id, h.candid, h.mjd, h.classifier_id, h.ts, c.name FROM classification h "
        "JOIN classifier c USING (classifier_id) ORDER BY ts, name",
    )
    assert sorted((e.object_id, e.candid, e.mjd, e.classifier_id, e.at) for e in answers) == sorted(
        row[:5] for row in history
    )
    trend_id = next(row[3] for row in history if row[5] == RULES[1].name)
    first, second = (event for event in answers if event.classifier_id == trend_id)
    assert (first.previous_class, second.class_, second.previous_class) == (None, "fading", first.class_)
    latest = execute(
        database_url, "SELECT class, probability FROM latest_classification WHERE classifier = %s", RULES[1].name
    )
    assert latest == [(second.class_, pytest.approx(second.probability, abs=1e-6))]


def test_a_batch_that_is_undone_is_told_of_by_nobody(any_database_url: str, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.write_bytes(b"")
    with alert_store(any_database_url, archive) as store, pytest.raises(Exception, match="archive"):
        store.store(small_sky_received())
    assert events(any_database_url) == []


WRITERS, ALERTS_EACH = 8, 60


def names(count: int) -> list[str]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    return [f"ZTF20{''.join(name)}" for name in islice(product(letters, repeat=7), count)]


def test_a_reader_that_goes_on_behind_what_it_saw_misses_nothing_of_eight_writers(
    any_database_url: str, tmp_path: Path
) -> None:
    """Each reads on behind the last serial that it saw, while transactions of all lengths commit and are undone."""
    alerts = [all_received([packet(name)]) for name in names(WRITERS * ALERTS_EACH)]
    generator = random.Random(3)
    generator.shuffle(alerts)
    done = threading.Event()
    seen: list[list[int]] = [[], []]

    def write(own: list[Any], seed: int) -> None:
        dice = random.Random(seed)
        with alert_store(any_database_url, tmp_path) as store:
            while own:
                size = dice.choice((1, 1, 2, 20))
                store.store([one for batch in own[:size] for one in batch])
                del own[:size]

    def read(into: list[int]) -> None:
        with connect(any_database_url, role="test") as connection:
            while True:
                last_look = done.is_set()
                found = events_after(connection, into[-1] if into else 0, 7)
                into.extend(event.serial for event in found)
                if last_look and not found:
                    return

    readers = [threading.Thread(target=read, args=(into,)) for into in seen]
    writers = [threading.Thread(target=write, args=(alerts[number::WRITERS], number)) for number in range(WRITERS)]
    for thread in (*readers, *writers):
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    for thread in readers:
        thread.join()
    everything = [event.serial for event in events(any_database_url)]
    assert len(everything) == WRITERS * ALERTS_EACH
    assert seen == [everything, everything]


def test_a_writer_that_falls_silent_is_sent_away(
    any_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.events.SUSPENDED", "300ms")
    one, other = small_sky_received()[:2]
    suspended = psycopg.connect(any_database_url)
    add_detected(suspended, [one])
    with alert_store(any_database_url, tmp_path) as store:
        store.store([one, other])
    with pytest.raises(psycopg.errors.IdleInTransactionSessionTimeout):
        suspended.execute("SELECT 1")
    assert len(events(any_database_url)) == 2


@pytest.fixture
def night(any_database_url: str, tmp_path: Path) -> str:
    """24 events, a day apart, the last one now."""
    with alert_store(any_database_url, tmp_path) as store:
        store.store(small_sky_received())
    execute(
        any_database_url,
        "UPDATE event SET ts = now() - ((SELECT max(serial) FROM event) - serial) * interval '1 day'",
    )
    return any_database_url


def days_ago(days: float) -> datetime:
    return datetime.now(UTC) - timedelta(days=days)


def test_old_events_are_dropped_from_the_oldest_on(night: str) -> None:
    before = events(night)
    with connect(night, role="test") as connection:
        assert count_old_events(connection, days_ago(6.5)) == 17
        assert prune_events(connection, days_ago(6.5)) == 17
        assert prune_events(connection, days_ago(6.5)) == 0
        place = first_event(connection)
    assert place is not None
    assert place[0] == before[17].id
    assert events(night, before[17].serial) == before[18:]


def test_many_are_dropped_some_at_a_time(night: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.events.PRUNED_AT_ONCE", 5)
    with connect(night, role="test") as connection:
        assert prune_events(connection, days_ago(6.5)) == 17


def test_the_newest_stays_so_that_everybody_can_go_on(night: str) -> None:
    newest = events(night)[-1]
    with connect(night, role="test") as connection:
        assert prune_events(connection, days_ago(-1)) == 23
        assert last_event(connection) == first_event(connection) == (newest.id, newest.at)
    assert events(night, newest.serial) == []
    assert ask(night, newest_event) == ask(night, oldest_event) == (newest.id, newest.at)


def test_who_was_away_for_too_long_is_told_what_there_is(night: str) -> None:
    before = events(night)
    with connect(night, role="test") as connection:
        prune_events(connection, days_ago(6.5))
        with pytest.raises(EventExpired, match=str(before[17].id)):
            events_after(connection, before[3].serial, 10)
    with pytest.raises(EventExpired, match=str(before[17].id)):
        events(night, before[3].serial)
    with pytest.raises(EventExpired, match=str(before[17].id)):
        ask(night, lambda reader: require_event(reader, before[3].id))
    ask(night, lambda reader: require_event(reader, before[17].id))
    ask(night, lambda reader: require_event(reader, START))


def test_an_event_of_another_database_is_not_gone_on_from(night: str) -> None:
    known = events(night)[5].id
    for stranger in (
        EventId(known.serial, known.mark ^ 1),
        EventId(10**6, known.mark),
        parse_event_id("7.00000000"),
    ):
        with pytest.raises(UnknownEvent, match="begin without `after`"):
            ask(night, lambda reader, wanted=stranger: require_event(reader, wanted))  # type: ignore[misc]


def test_a_page_ends_where_it_is_told_to(night: str) -> None:
    everything = events(night)
    assert events(night, 0, 5) == everything[:5]
    page = ask(night, lambda reader: read_events(reader, everything[4].serial, 50, until=everything[9].serial))
    assert page == everything[5:10]


def test_without_events_there_is_nothing_to_read(any_database_url: str) -> None:
    assert events(any_database_url) == []
    assert ask(any_database_url, oldest_event) is None
    with connect(any_database_url, role="test") as connection:
        assert prune_events(connection, days_ago(1)) == 0
        assert first_event(connection) is None
    with pytest.raises(UnknownEvent):
        ask(any_database_url, lambda reader: require_event(reader, EventId(3, 0)))
