"""The database ends in mid batch, loses an answer or has no room: ingest waits, and goes on by itself."""

from pathlib import Path

import psycopg

from tests.ingest.faults.conftest import CleanRun
from tests.support.database_wire import Aim, DatabaseWire, Moment
from tests.support.followed_stream import FollowedStream
from tests.support.kafka import Kafka, eventually
from tests.support.mixed_stream import mixed_stream
from tests.support.own_database import OwnDatabase

ANSWER = 8
"""In the middle of a transaction of ours, after the packets are archived."""


def test_a_server_killed_in_the_middle_of_a_batch_is_waited_for(
    own_database: OwnDatabase, kafka: Kafka, tmp_path: Path, digest_of_clean_run: CleanRun
) -> None:
    """Killed within a transaction, then shut down at once when it has committed and nobody knows it yet."""
    stream = FollowedStream(kafka, own_database.url, tmp_path / "archive")
    with DatabaseWire(own_database.url) as wire, stream.member(wire.url) as process:
        for aim, fall in (
            (Aim(Moment.WITHIN, transaction=2, answer=ANSWER), own_database.kill),
            (Aim(Moment.AFTER_COMMIT, transaction=2), own_database.shut_down_at_once),
        ):
            wire.strike(aim, fall)
            stream.send(mixed_stream(60, first=len(stream.sent)))
            assert wire.struck.wait(60), process.said()
            own_database.start_again()
            eventually(stream.is_done, seconds=60)
        (ended,) = stream.end(process)
    assert ended.err.count("store_unavailable retry_seconds=0.5") == 2
    assert ended.report["duplicates"] > 0
    stream.check(digest_of_clean_run(stream.sent))


def test_a_commit_whose_answer_is_lost_is_stored_once(
    any_database_url: str, kafka: Kafka, tmp_path: Path, digest_of_clean_run: CleanRun
) -> None:
    stream = FollowedStream(kafka, any_database_url, tmp_path / "archive")
    stream.send(mixed_stream(40))
    with DatabaseWire(any_database_url) as wire, stream.member(wire.url) as process:
        wire.strike(Aim(Moment.AFTER_COMMIT))
        assert wire.struck.wait(60), process.said()
        (ended,) = stream.end(process)
    assert ended.err.count("store_unavailable") == 1
    assert ended.report["read"] == len(stream.sent)
    stream.check(digest_of_clean_run(stream.sent))


def test_a_database_without_room_is_waited_for(
    any_database_url: str, kafka: Kafka, tmp_path: Path, digest_of_clean_run: CleanRun
) -> None:
    """PostgreSQL then ends each writing transaction with an error of its own and keeps the connection."""
    stream = FollowedStream(kafka, any_database_url, tmp_path / "archive")
    stream.send(mixed_stream(40))
    with psycopg.connect(any_database_url, autocommit=True) as connection:
        connection.execute(
            "CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS "
            "$$BEGIN RAISE 'could not extend file: No space left on device' USING ERRCODE = 'disk_full'; END$$"
        )
        connection.execute("CREATE TRIGGER full_disk BEFORE INSERT ON object EXECUTE FUNCTION no_room()")
        with stream.member() as process:
            eventually(lambda: process.said().count("No space left on device") == 1)
            assert kafka.committed(stream.group) == {}
            connection.execute("DROP TRIGGER full_disk ON object")
            connection.execute("DROP FUNCTION no_room")
            stream.end(process)
    stream.check(digest_of_clean_run(stream.sent))


def test_asked_to_end_while_the_database_is_away_it_ends_well_and_the_next_one_goes_on(
    any_database_url: str, kafka: Kafka, tmp_path: Path, digest_of_clean_run: CleanRun
) -> None:
    stream = FollowedStream(kafka, any_database_url, tmp_path / "archive")
    stream.send(mixed_stream(60))
    with DatabaseWire(any_database_url) as wire, stream.member(wire.url) as process:
        wire.strike(Aim(Moment.BEFORE_COMMIT, transaction=2), wire.cut)
        assert wire.struck.wait(60), process.said()
        eventually(lambda: process.said().count("store_unavailable") == 2)
        assert kafka.members(stream.group) == 1
        ended = process.terminate()
    assert ended.report["stored"] == stream.count()
    assert "run_not_noted" in ended.err
    assert kafka.members(stream.group) == 0
    with stream.member() as process:
        stream.end(process)
    stream.check(digest_of_clean_run(stream.sent))
