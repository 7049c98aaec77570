"""Kafka messages that carry the number of their schema."""

import json
from collections.abc import Iterator

import pytest

from domain.dead_letter import DeadLetter, MalformedPacket, Reason
from domain.packet import ReceivedAlert
from ingest.decoding import Decoded, decode
from storage.packet_archive import single_record_container
from surveys.avro import read_container
from surveys.confluent import read_message
from surveys.http_schema_registry import HttpSchemaRegistry, SchemaRegistryUnavailable
from surveys.schema_registry import BUNDLED_SCHEMAS, SchemaRegistry
from tests.support.lsst_packets import container, datum, forced, message, packet, source
from tests.support.schema_server import SchemaServer, schema_server
from tests.support.ztf_packets import SCHEMA as ZTF_SCHEMA

VERSIONS = [f"{number // 100}.{number % 100}" for number in BUNDLED_SCHEMAS.all()]


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[SchemaServer]:
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    with schema_server() as running:
        yield running


def only(content: bytes, schemas: SchemaRegistry = BUNDLED_SCHEMAS) -> Decoded:
    (item,) = decode("test", content, schemas=schemas)
    return item


@pytest.mark.parametrize("version", VERSIONS)
def test_a_message_says_what_a_container_says(version: str) -> None:
    record = packet(
        version=version, prvDiaSources=[source(version=version)], prvDiaForcedSources=[forced(version=version)]
    )
    (in_container,) = read_container(container(record, version=version))
    in_message = read_message(message(record, version), BUNDLED_SCHEMAS)
    assert in_message.record == in_container.record
    assert in_message.datum == in_container.datum == datum(record, version)


def test_the_packet_kept_is_the_datum_with_its_schema() -> None:
    item = only(message(packet()))
    assert isinstance(item, ReceivedAlert)
    assert item.packet == (BUNDLED_SCHEMAS.schema(1000).text, datum(packet()))
    (again,) = read_container(single_record_container(item.packet))
    assert again.datum == item.packet.datum


def test_a_message_with_an_unknown_schema_is_a_dead_letter_whole() -> None:
    content = message(packet(), schema_id=12345)
    item = only(content)
    assert isinstance(item, DeadLetter)
    assert (item.reason, item.payload) == (Reason.UNKNOWN_SCHEMA, content)
    assert "12345" in item.message


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\0", "too short"),
        (b"\0\0\0\3\x84", "too short"),
        (message(packet())[:-1], "lsst.v10_0.alert"),
        (message(packet()) + b"\0", "1 bytes too many"),
        (message(packet(version="7.4"), "7.4", schema_id=1000), "lsst.v10_0.alert"),
        (b"\0\0\0\3\xe8" + b"\xff" * 1000, "lsst.v10_0.alert"),
    ],
)
def test_a_damaged_message_is_a_dead_letter_whole(content: bytes, words: str) -> None:
    item = only(content)
    assert isinstance(item, DeadLetter)
    assert (item.reason, item.payload) == (Reason.DAMAGED, content)
    assert words in item.message


def test_a_message_that_is_no_alert_keeps_its_datum_with_its_schema() -> None:
    item = only(message(packet(dia_object_id=0)))
    assert isinstance(item, DeadLetter)
    assert (item.reason, item.survey) == (Reason.MISSING_FIELD, "LSST")
    (again,) = read_container(item.payload)
    assert again.datum == datum(packet(dia_object_id=0))


def test_a_real_registry_may_know_other_numbers(server: SchemaServer) -> None:
    server.add(77, {"schema": BUNDLED_SCHEMAS.schema(900).text.decode()})
    item = only(message(packet(version="9.0"), "9.0", schema_id=77), HttpSchemaRegistry(server.url))
    assert isinstance(item, ReceivedAlert)
    assert item.alert.survey == "LSST"


def test_the_schema_says_whose_the_message_is(server: SchemaServer) -> None:
    server.add(1000, {"schema": json.dumps(ZTF_SCHEMA)})
    item = only(message(packet()), HttpSchemaRegistry(server.url))
    assert isinstance(item, DeadLetter)
    assert item.reason == Reason.DAMAGED
    assert "ztf.alert" in item.message


def test_a_registry_that_is_away_stops_and_kills_no_message(server: SchemaServer) -> None:
    server.add(1000, b"", 503)
    with pytest.raises(SchemaRegistryUnavailable):
        only(message(packet()), HttpSchemaRegistry(server.url))


def test_what_a_registry_does_not_know_is_a_dead_letter(server: SchemaServer) -> None:
    with pytest.raises(MalformedPacket, match="knows no schema 1000"):
        read_message(message(packet()), HttpSchemaRegistry(server.url))
    item = only(message(packet()), HttpSchemaRegistry(server.url))
    assert isinstance(item, DeadLetter)
    assert item.reason == Reason.UNKNOWN_SCHEMA
