"""`arrayan offsets`: where a group stands, and moving it."""

import json
from typing import Any

import pytest

from runtime.kafka import Consumer, ConsumerTuning, Topics
from tests.support.command import Command, Ran
from tests.support.kafka import Kafka, eventually

EARLY_MS, LATE_MS = 1_700_000_000_000, 1_700_000_600_000  # 2023-11-14T22:13:20Z, and ten minutes later


@pytest.fixture
def offsets(kafka: Kafka) -> Command:
    return Command({"ARRAYAN_KAFKA_BOOTSTRAP": kafka.bootstrap})


@pytest.fixture
def topic(kafka: Kafka) -> str:
    """Two partitions: 3 early and 2 late messages, and 1 early one."""
    topic = kafka.topic(2)
    kafka.send(topic, [b"early"] * 3, partition=0, time_ms=EARLY_MS)
    kafka.send(topic, [b"late"] * 2, partition=0, time_ms=LATE_MS)
    kafka.send(topic, [b"early"], partition=1, time_ms=EARLY_MS)
    return topic


def shown(ran: Ran) -> dict[str, Any]:
    assert ran.code == 0, ran.err
    told: dict[str, Any] = json.loads(ran.last_line)
    return told


def moved(offsets: Command, kafka: Kafka, topic: str, group: str, target: str) -> dict[tuple[str, int], int]:
    """What is committed after a reset."""
    ran = offsets("offsets", "reset", "--group", group, "--topics", topic, "--to-time", target)
    assert ran.code == 0, ran.err
    return kafka.committed(group)


def test_a_group_is_moved_to_a_time_the_beginning_and_the_end(offsets: Command, kafka: Kafka, topic: str) -> None:
    group = kafka.name()
    assert moved(offsets, kafka, topic, group, "2023-11-14T22:20") == {(topic, 0): 3, (topic, 1): 1}
    assert moved(offsets, kafka, topic, group, "2023-11-14T20:20-02:00") == {(topic, 0): 3, (topic, 1): 1}
    assert moved(offsets, kafka, topic, group, "2023-11-14T22:13:20") == {(topic, 0): 0, (topic, 1): 0}
    assert moved(offsets, kafka, topic, group, "latest") == {(topic, 0): 5, (topic, 1): 1}
    assert moved(offsets, kafka, topic, group, "earliest") == {(topic, 0): 0, (topic, 1): 0}


def test_lag_is_what_is_still_to_be_read(offsets: Command, kafka: Kafka, topic: str) -> None:
    group = kafka.name()
    assert "has committed nothing" in offsets("offsets", "show", "--group", group).out
    before = shown(offsets("offsets", "show", "--group", group, "--topics", topic, "--json"))
    assert (before["lag"], before["members"]) == (6, 0)
    moved(offsets, kafka, topic, group, "2023-11-14T22:20")
    assert shown(offsets("offsets", "show", "--group", group, "--json")) == {
        "group": group,
        "members": 0,
        "lag": 2,
        "partitions": [
            {"topic": topic, "partition": 0, "committed": 3, "end": 5, "lag": 2},
            {"topic": topic, "partition": 1, "committed": 1, "end": 1, "lag": 0},
        ],
    }
    table = offsets("offsets", "show", "--group", group).out
    assert table.splitlines()[1].split() == [f"{topic}[0]", "3", "5", "2"]
    assert f"0 consumers in the group {group}; lag 2 in all." in table


def test_a_dry_run_moves_nothing(offsets: Command, kafka: Kafka, topic: str) -> None:
    group = kafka.name()
    ran = offsets("offsets", "reset", "--group", group, "--topics", topic, "--to-time", "latest", "--dry-run")
    assert ran.code == 0
    assert f"{topic}[0]: none -> 5 of 5" in ran.out
    assert "Nothing is moved" in ran.out
    assert kafka.committed(group) == {}


def test_a_group_with_somebody_in_it_is_not_moved(offsets: Command, kafka: Kafka, topic: str) -> None:
    group = kafka.name()
    consumer = Consumer(kafka.connection, group, Topics((topic,)), ConsumerTuning(session_timeout_seconds=2))
    try:
        eventually(lambda: consumer.poll(0.2, 1).messages)
        ran = offsets("offsets", "reset", "--group", group, "--topics", topic, "--to-time", "latest")
    finally:
        consumer.close()
    assert ran.code == 1
    assert ran.err == f"Error: 1 consumers are in the group {group}: stop them first\n"
    assert kafka.committed(group) == {}


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (("reset", "--topics", "nowhere", "--to-time", "latest"), "there is no topic nowhere"),
        (("show", "--topics", "nowhere"), "there is no topic nowhere"),
        (("reset", "--topics", "nowhere", "--to-time", "yesterday"), "'yesterday' is no time like"),
        (("reset", "--topics", ",", "--to-time", "latest"), "no topic is named"),
    ],
)
def test_mistakes_are_said_in_a_line(offsets: Command, arguments: tuple[str, ...], problem: str) -> None:
    ran = offsets("offsets", *arguments, "--group", "nobody")
    assert ran.code != 0
    assert problem in " ".join(ran.err.split())


def test_no_broker_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runtime.kafka.CONNECT_SECONDS", 1)
    ran = Command({})("offsets", "show", "--group", "nobody", "--bootstrap", "127.0.0.1:1")
    assert ran.code == 1
    assert ran.err.startswith("Error: no Kafka answers at 127.0.0.1:1 with PLAINTEXT: ")
    assert len(ran.err.splitlines()) == 1
