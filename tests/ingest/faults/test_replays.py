"""The same alerts again, in other orders, late, and over two topics at once: the same database."""

import random
from pathlib import Path

from tests.ingest.faults.conftest import CleanRun
from tests.support.followed_stream import FollowedStream
from tests.support.kafka import Kafka, eventually
from tests.support.mixed_stream import Sent, mixed_stream, refused_by_the_database

MESSAGES = 90


def test_the_same_alerts_over_two_topics_at_once_are_stored_once(
    any_database_url: str, kafka: Kafka, tmp_path: Path, digest_of_clean_run: CleanRun
) -> None:
    """Two members read both topics. Each topic has everything, in an order of its own, and half of it again."""
    once = messages()
    stream = FollowedStream(kafka, any_database_url, tmp_path / "archive", topics=2)
    for topic in range(2):
        stream.send(shuffled([*once, *once[::2]], seed=topic), topic)
    with stream.member() as first, stream.member() as second:
        ended = stream.end(first, second)
    stream.check(digest_of_clean_run(once))
    assert sum(each.report["stored"] for each in ended) == stream.count()
    assert sum(each.report["read"] for each in ended) >= 3 * MESSAGES


def test_alerts_that_come_late_change_nothing(
    any_database_url: str, kafka: Kafka, tmp_path: Path, digest_of_clean_run: CleanRun
) -> None:
    """Half of the alerts, older and newer ones, come when those of the same objects are stored and committed."""
    once = messages()
    stream = FollowedStream(kafka, any_database_url, tmp_path / "archive")
    with stream.member() as process:
        for half in (once[1::2], once[::2]):
            stream.send(half)
            eventually(stream.is_done)
        stream.end(process)
    stream.check(digest_of_clean_run(once))


def messages() -> list[Sent]:
    return [*mixed_stream(MESSAGES - 2), *map(refused_by_the_database, range(2))]


def shuffled(sent: list[Sent], seed: int) -> list[Sent]:
    return random.Random(seed).sample(sent, len(sent))
