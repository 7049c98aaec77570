"""Alerts from a Kafka that wants a certificate checked and a password, as those of surveys do."""

import re
from collections.abc import Iterator, Mapping
from contextlib import closing

import pytest

from tests.support.command import Command
from tests.support.kafka import Kafka, SecuredBroker, own_broker_or_skip
from tests.support.storing import small_sky
from tests.support.ztf_packets import container

REFUSED = "invalid credentials|hang up on a wrong name or password"
"""The broker answers and hangs up, and the client does not always hear the answer."""

USER, PASSWORD = "reader", "s3cret"


@pytest.fixture(scope="module")
def broker(kafka_bootstrap: str) -> Iterator[SecuredBroker]:
    del kafka_bootstrap
    own = own_broker_or_skip()
    try:
        yield own.start_with_login(USER, PASSWORD)
    finally:
        own.destroy()


@pytest.fixture
def login(broker: SecuredBroker) -> dict[str, str]:
    """The settings that docs/kafka.md names."""
    return {
        "ARRAYAN_KAFKA_BOOTSTRAP": broker.login_bootstrap,
        "ARRAYAN_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
        "ARRAYAN_KAFKA_USERNAME": USER,
        "ARRAYAN_KAFKA_PASSWORD": PASSWORD,
        "ARRAYAN_KAFKA_CA_FILE": broker.ca_file,
    }


@pytest.fixture
def topic(broker: SecuredBroker) -> str:
    """A topic with six alerts."""
    with closing(Kafka(broker.bootstrap)) as kafka:
        topic = kafka.topic(2)
        kafka.send(topic, [container(record) for record in small_sky()[:6]])
        return topic


@pytest.mark.parametrize("mechanism", ["SCRAM-SHA-256", "SCRAM-SHA-512", "PLAIN"])
def test_alerts_are_read_and_offsets_shown_and_moved_with_a_login(
    arrayan: Command, login: Mapping[str, str], topic: str, mechanism: str
) -> None:
    command = arrayan.with_settings({**login, "ARRAYAN_KAFKA_SASL_MECHANISM": mechanism})
    group = f"{topic}-group"
    ran = command("ingest", "kafka", "--topics", topic, "--group", group, "--stop-at-end", "--json")
    assert ran.last_line == '{"read": 6, "stored": 6, "duplicates": 0, "dead_letters": 0}'
    assert "lag 0 in all" in command("offsets", "show", "--group", group).out
    moved = command("offsets", "reset", "--group", group, "--topics", topic, "--to-time", "earliest")
    assert moved.code == 0, moved.err
    assert "lag 6 in all" in command("offsets", "show", "--group", group).out
    assert PASSWORD not in ran.err + ran.out


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"ARRAYAN_KAFKA_PASSWORD": "guessed"}, REFUSED),
        ({"ARRAYAN_KAFKA_USERNAME": "nobody"}, REFUSED),
        ({"ARRAYAN_KAFKA_CA_FILE": None}, "certificate verify failed"),
        ({"ARRAYAN_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"}, "with PLAINTEXT: "),
        ({"ARRAYAN_KAFKA_SECURITY_PROTOCOL": "SASL_PLAINTEXT"}, "with SASL_PLAINTEXT: "),
        ({"ARRAYAN_KAFKA_PASSWORD": None}, "SASL_SSL needs ARRAYAN_KAFKA_USERNAME and ARRAYAN_KAFKA_PASSWORD"),
        ({"ARRAYAN_KAFKA_CA_FILE": "/nowhere.pem"}, "/nowhere.pem, which is not there"),
    ],
)
def test_what_is_wrong_with_a_login_is_said_in_a_line(
    arrayan: Command,
    login: Mapping[str, str],
    monkeypatch: pytest.MonkeyPatch,
    wrong: Mapping[str, str | None],
    words: str,
) -> None:
    monkeypatch.setattr("runtime.kafka.CONNECT_SECONDS", 2)
    settings = {name: value for name, value in {**login, **wrong}.items() if value is not None}
    ran = arrayan.with_settings(settings)("offsets", "show", "--group", "any")
    assert ran.code == 1
    assert ran.err.splitlines()[-1].startswith("Error: ")
    assert re.search(words, ran.err.splitlines()[-1]), ran.err
    assert PASSWORD not in ran.err
    assert "Traceback" not in ran.err


def test_a_stream_that_may_not_be_read_is_said_in_a_line(
    arrayan: Command, login: Mapping[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("runtime.kafka.CONNECT_SECONDS", 2)
    stranger = arrayan.with_settings({**login, "ARRAYAN_KAFKA_PASSWORD": "guessed"})
    ran = stranger("ingest", "kafka", "--topics", "any", "--group", "any", "--stop-at-end")
    assert ran.code == 1
    assert re.search(REFUSED, ran.err.splitlines()[-1]), ran.err
    assert "guessed" not in ran.err
