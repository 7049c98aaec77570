"""Kafka is stopped, and killed, while ingest reads from it."""

from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Event

from tests.ingest.faults.conftest import CleanRun
from tests.support.database_wire import Aim, DatabaseWire, Moment
from tests.support.followed_stream import FollowedStream
from tests.support.kafka import Kafka, OwnBroker, eventually
from tests.support.mixed_stream import mixed_stream


def test_a_broker_that_is_stopped_and_one_that_is_killed_are_waited_for(
    any_database_url: str, own_broker: OwnBroker, tmp_path: Path, digest_of_clean_run: CleanRun
) -> None:
    """Each in mid batch: the database holds its answer back until the broker has ended, and loses it then."""
    with closing(Kafka(own_broker.start())) as kafka, DatabaseWire(any_database_url) as wire:
        stream = FollowedStream(kafka, any_database_url, tmp_path / "archive")
        with stream.member(wire.url) as process:
            for end in (own_broker.stop, own_broker.kill):
                sent = Event()
                wire.strike(Aim(Moment.WITHIN, transaction=2), partial(_end_when_sent, end, sent))
                stream.send(mixed_stream(100, first=len(stream.sent)))
                sent.set()
                assert wire.struck.wait(60), process.said()
                left = stream.count()
                own_broker.start()
                eventually(stream.is_done, seconds=60)
                assert left < stream.count()
            (ended,) = stream.end(process)
    assert ended.report["stored"] == stream.count()
    stream.check(digest_of_clean_run(stream.sent))


def _end_when_sent(end: Callable[[], None], sent: Event) -> None:
    """A broker that ends before the test has sent everything would fail the test's own producer."""
    assert sent.wait(60)
    end()
