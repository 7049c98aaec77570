"""A schema registry over HTTP, against a real server on loopback."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest

from domain.dead_letter import MalformedPacket, Reason
from surveys import http_schema_registry
from surveys.http_schema_registry import HttpSchemaRegistry, SchemaRegistryUnavailable
from surveys.schema_registry import BUNDLED_SCHEMAS
from tests.support.schema_server import SchemaServer, schema_server

SCHEMA = BUNDLED_SCHEMAS.schema(900)
ANSWER = {"schema": SCHEMA.text.decode()}


@pytest.fixture(autouse=True)
def without_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


@pytest.fixture
def server() -> Iterator[SchemaServer]:
    with schema_server() as running:
        yield running


def refusal(server: SchemaServer, schema_id: int = 1) -> MalformedPacket:
    with pytest.raises(MalformedPacket) as caught:
        HttpSchemaRegistry(server.url).schema(schema_id)
    return caught.value


def test_a_schema_is_asked_for_once(server: SchemaServer) -> None:
    server.add(42, ANSWER)
    registry = HttpSchemaRegistry(server.url + "/")
    assert registry.schema(42) == registry.schema(42) == SCHEMA
    assert server.asked == [("/schemas/ids/42", None)]


def test_the_oldest_are_forgotten(server: SchemaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_schema_registry, "SCHEMAS_REMEMBERED", 2)
    registry = HttpSchemaRegistry(server.url)
    for number in (1, 2, 3, 3, 2, 1):
        server.add(number, ANSWER)
        registry.schema(number)
    assert [path[-1] for path, _ in server.asked] == ["1", "2", "3", "1"]


def test_a_password_is_sent(server: SchemaServer) -> None:
    server.add(42, ANSWER)
    HttpSchemaRegistry(server.url, user="ana", password="ñandú").schema(42)
    ((_, authorization),) = server.asked
    assert authorization == "Basic " + base64.b64encode("ana:ñandú".encode()).decode()


def test_an_unknown_id_is_refused_and_not_asked_again_for_a_while(server: SchemaServer) -> None:
    registry = HttpSchemaRegistry(server.url)
    for _ in range(2):
        with pytest.raises(MalformedPacket, match="knows no schema 7") as caught:
            registry.schema(7)
        assert caught.value.reason == Reason.UNKNOWN_SCHEMA
    assert len(server.asked) == 1


def test_an_unknown_id_may_be_known_later(server: SchemaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_schema_registry, "REMEMBER_UNKNOWN_SECONDS", 0.0)
    registry = HttpSchemaRegistry(server.url)
    with pytest.raises(MalformedPacket):
        registry.schema(7)
    server.add(7, ANSWER)
    assert registry.schema(7) == SCHEMA


@pytest.mark.parametrize(
    ("answer", "reason", "words"),
    [
        ({"schema": "{}", "schemaType": "JSON"}, Reason.UNKNOWN_SCHEMA, "of type JSON"),
        ({**ANSWER, "references": [{"name": "other"}]}, Reason.UNKNOWN_SCHEMA, "references"),
        ({"schema": '{"type": "nothing"}'}, Reason.UNREADABLE_SCHEMA, "not valid Avro"),
        ({"schema": "no JSON"}, Reason.UNREADABLE_SCHEMA, "not valid Avro"),
    ],
)
def test_a_schema_that_we_cannot_read_is_refused(
    server: SchemaServer, answer: Any, reason: Reason, words: str
) -> None:
    server.add(1, answer)
    error = refusal(server)
    assert error.reason == reason
    assert words in error.message


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"", 500),
        (b"", 401),
        (b"", 503),
        (b"<html>", 200),
        (b"[]", 200),
        (json.dumps({"schema": 5}).encode(), 200),
        (b"[" * 100_000, 200),
    ],
)
def test_a_registry_that_does_not_answer_as_one_is_unavailable(
    server: SchemaServer, answer: bytes, status: int
) -> None:
    server.add(1, answer, status)
    with pytest.raises(SchemaRegistryUnavailable, match="schemas/ids/1"):
        HttpSchemaRegistry(server.url).schema(1)


def test_an_endless_answer_is_not_read(server: SchemaServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_schema_registry, "MAX_ANSWER_BYTES", 100)
    server.add(1, ANSWER)
    with pytest.raises(SchemaRegistryUnavailable, match="more than 100 bytes"):
        HttpSchemaRegistry(server.url).schema(1)


def test_a_registry_that_points_elsewhere_is_not_followed(server: SchemaServer) -> None:
    server.add(1, b"", 302)
    server.add(2, ANSWER)
    server.headers["Location"] = f"{server.url}/schemas/ids/2"
    with pytest.raises(SchemaRegistryUnavailable, match="302"):
        HttpSchemaRegistry(server.url, user="ana", password="secret").schema(1)
    assert [path for path, _ in server.asked] == ["/schemas/ids/1"]


def test_a_registry_that_is_away_is_unavailable_and_asked_again() -> None:
    with schema_server() as server:
        registry = HttpSchemaRegistry(server.url, timeout_seconds=2)
    for _ in range(2):
        with pytest.raises(SchemaRegistryUnavailable, match="does not answer"):
            registry.schema(1)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "registry:8081", ""])
def test_only_http_is_spoken(url: str) -> None:
    with pytest.raises(ValueError, match="http"):
        HttpSchemaRegistry(url)
