"""`arrayan ingest kafka` beside `arrayan ingest PATH...`: what each takes, and what they say."""

import json
from pathlib import Path

import pytest

from tests.support.command import SAMPLE_NIGHT, Command
from tests.support.kafka import Kafka
from tests.support.storing import small_sky
from tests.support.ztf_packets import container


def test_a_topic_is_read_to_its_end_and_counted(arrayan: Command, kafka: Kafka) -> None:
    topic, group = kafka.topic(), kafka.name()
    kafka.send(topic, [*map(container, small_sky()), b"no alert"])
    options = ("--topics", f" {topic},", "--group", group, "--bootstrap", kafka.bootstrap, "--stop-at-end")
    ran = arrayan("ingest", "kafka", *options)
    assert (ran.code, ran.out.splitlines()) == (
        0,
        ["27 read: 24 stored, 2 were there already, 1 dead letters.", "See `arrayan dead-letters list`."],
    )
    again = arrayan("ingest", "kafka", *options, "--json")
    assert json.loads(again.last_line) == {"read": 0, "stored": 0, "duplicates": 0, "dead_letters": 0}
    assert f"kafka {topic}: 27 read, 24 stored, 2 duplicates, 1 dead letters (finished)" in arrayan("status").out
    assert topic in arrayan("dead-letters", "list").out


def test_a_file_named_kafka_is_a_path(arrayan: Command, tmp_path: Path) -> None:
    (tmp_path / "kafka").write_bytes(SAMPLE_NIGHT.read_bytes())
    assert json.loads(arrayan("ingest", "--json", "./kafka").last_line)["stored"] > 0
    assert json.loads(arrayan("ingest", "./kafka", "--json").last_line)["duplicates"] > 0
    refused = arrayan("ingest", "kafka")
    assert (refused.code, "Missing option '--group'" in refused.err) == (2, True)


def test_help_of_paths_leads_to_the_stream() -> None:
    told = Command({})("ingest", "--help").out
    assert "ingest kafka [OPTIONS]" in told
    assert "Take in alerts from Kafka" in told
    stream = Command({})("ingest", "kafka", "-h").out
    assert stream.splitlines()[0].endswith("ingest kafka [OPTIONS]")
    assert "--stop-at-end" in stream


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        ((), "give --topics or --pattern"),
        (("--topics", "a", "--pattern", "b"), "give --topics or --pattern"),
        (("--pattern", "("), "'(' is no regular expression"),
        (("--topics", " , "), "no topic is named"),
    ],
)
def test_topics_are_chosen_one_way(arguments: tuple[str, ...], problem: str) -> None:
    ran = Command({})("ingest", "kafka", "--group", "nobody", *arguments)
    assert (ran.code, problem in ran.err) == (2, True)


def test_a_login_needs_a_name_and_a_password(arrayan: Command) -> None:
    ran = arrayan(
        "ingest",
        "kafka",
        "--group",
        "nobody",
        "--topics",
        "a",
        ARRAYAN_KAFKA_SECURITY_PROTOCOL="SASL_SSL",
        ARRAYAN_KAFKA_PASSWORD="secret words",
    )
    assert ran.code == 1
    assert "SASL_SSL needs ARRAYAN_KAFKA_USERNAME and ARRAYAN_KAFKA_PASSWORD" in ran.err
    assert "secret words" not in ran.err + ran.out
