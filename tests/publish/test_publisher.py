"""`arrayan publish kafka` sends every event on, however often it is killed."""

import io
import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import fastavro
import pytest

from tests.support.command import Command
from tests.support.databases import REPOSITORY
from tests.support.kafka import Kafka
from tests.support.live_broker import LiveBroker, light_curve, wait_until
from tests.support.ztf_packets import all_received

ALERTS, KILLS = 4000, 4


@pytest.fixture
def broker(any_database_url: str, tmp_path: Path) -> LiveBroker:
    return LiveBroker(any_database_url, tmp_path)


@pytest.fixture
def arrayan(any_database_url: str, kafka: Kafka, tmp_path: Path) -> Command:
    return Command(
        {
            "ARRAYAN_DATABASE_URL": any_database_url,
            "ARRAYAN_DATA_DIR": str(tmp_path / "data"),
            "ARRAYAN_KAFKA_BOOTSTRAP": kafka.bootstrap,
        }
    )


def sent(kafka: Kafka, topic: str) -> Iterator[dict[str, object]]:
    """The records of a topic."""
    for message in kafka.contents(topic):
        (record,) = fastavro.reader(io.BytesIO(message))
        assert isinstance(record, dict)
        yield record


def test_events_go_to_topics_of_classifiers_classes_and_surveys(
    arrayan: Command, broker: LiveBroker, kafka: Kafka
) -> None:
    prefix = kafka.name("events")
    broker.store(*light_curve("ZTF20aaaaaaa", 6))
    broker.classify()
    ran = arrayan("publish", "kafka", "--prefix", prefix, "--stop-at-end", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out) == {"events": 8, "messages": 10}
    assert [record["objectId"] for record in sent(kafka, f"{prefix}.detected.ztf")] == ["ZTF20aaaaaaa"] * 6
    (trend,) = sent(kafka, f"{prefix}.classified.trend")
    assert list(sent(kafka, f"{prefix}.classified.trend.{trend['class']}")) == [trend]
    assert trend["eventId"] in broker.event_ids()
    again = arrayan("publish", "kafka", "--prefix", prefix, "--stop-at-end", "--json")
    assert json.loads(again.out) == {"events": 0, "messages": 0}


def test_the_example_of_a_consumer_prints_what_was_sent(arrayan: Command, broker: LiveBroker, kafka: Kafka) -> None:
    prefix = kafka.name("example")
    broker.store(*light_curve("ZTF20aaaaaab", 3))
    assert arrayan("publish", "kafka", "--prefix", prefix, "--stream", "detected", "--stop-at-end").code == 0
    script = REPOSITORY / "docs" / "examples" / "consume_events.py"
    words = [kafka.bootstrap, f"{prefix}.detected.ztf", kafka.name("group"), "3"]
    told = subprocess.run([sys.executable, script, *words], capture_output=True, text=True, timeout=60, check=True)
    assert [line.split()[0] for line in told.stdout.splitlines()] == broker.event_ids()


def test_killed_at_any_moment_it_loses_nothing(
    any_database_url: str, broker: LiveBroker, kafka: Kafka, tmp_path: Path
) -> None:
    prefix = kafka.name("killed")
    topic = f"{prefix}.detected.ztf"
    broker.store(*light_curve("ZTF20aaaaaac", 1))
    (alert,) = all_received(light_curve("ZTF20aaaaaac", 1))
    dice = random.Random(4)
    environment = {
        **os.environ,
        "ARRAYAN_DATABASE_URL": any_database_url,
        "ARRAYAN_DATA_DIR": str(tmp_path / "data"),
        "ARRAYAN_KAFKA_BOOTSTRAP": kafka.bootstrap,
    }
    words = ["publish", "kafka", "--prefix", prefix, "--stream", "detected", "--name", "killed"]

    def started(*more: str) -> "subprocess.Popen[bytes]":
        command = [sys.executable, "-c", "from cli.main import main; main()", *words, *more]
        return subprocess.Popen(command, cwd=REPOSITORY, env=environment)

    def place() -> int:
        rows = broker.rows("SELECT serial FROM publisher WHERE name = 'killed'")
        return rows[0][0] if rows else 0

    for _ in range(KILLS):
        process = started()
        try:
            before = place()
            broker.tell_again(alert, ALERTS // KILLS)
            wait_until(lambda before=before: place() > before)  # type: ignore[misc]
            broker.tell_again(alert, dice.randrange(1, 300))
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
    assert started("--stop-at-end").wait(timeout=60) == 0
    ids = [record["eventId"] for record in sent(kafka, topic)]
    everything = broker.event_ids()
    assert list(dict.fromkeys(ids)) == everything


def test_events_that_are_gone_unsent_are_said(arrayan: Command, broker: LiveBroker, kafka: Kafka) -> None:
    words = ["publish", "kafka", "--prefix", kafka.name("gone"), "--stream", "detected", "--stop-at-end"]
    broker.store(*light_curve("ZTF20aaaaaad", 2))
    assert arrayan(*words).code == 0
    broker.store(*light_curve("ZTF20aaaaaad", 4)[2:])
    broker.rows("DELETE FROM event WHERE serial < (SELECT max(serial) FROM event)")
    refused = arrayan(*words)
    assert refused.code == 1
    assert "not kept any more" in refused.err
    assert "--skip-missing" in refused.err
    ran = arrayan(*words, "--skip-missing", "--json")
    assert json.loads(ran.out) == {"events": 1, "messages": 1}


@pytest.mark.parametrize("given", [["classified=7"], ["classified=x", "detected=1"], ["other=1"]])
def test_ids_of_schemas_are_whole_numbers_for_both_kinds(arrayan: Command, given: list[str]) -> None:
    ran = arrayan("publish", "kafka", *(word for one in given for word in ("--schema-id", one)))
    assert ran.code == 2
    assert "--schema-id" in ran.err


def test_schemas_are_printed(arrayan: Command) -> None:
    assert json.loads(arrayan("publish", "schema", "classified").out)["name"] == "classified"
