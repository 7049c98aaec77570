"""Events as Avro: each in a container of its own, as ZTF sends alerts, or in Confluent's wire format, as LSST."""

import io
import json
from collections.abc import Callable, Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import fastavro

Record = Mapping[str, Any]
Encode = Callable[[str, Record], bytes]
"""A record of a kind (`classified`, `detected`) as the bytes of a message."""

KINDS = ("classified", "detected")
CONFLUENT_MAGIC = b"\0"
SYNC_MARKER = b"arrayan events.."
"""One record follows it and nothing else: it need not be random, and equal events are equal bytes."""


@cache
def schema_of(kind: str) -> Any:
    """The schema of a kind of event, parsed."""
    return fastavro.parse_schema(json.loads(schema_text(kind)))


def schema_text(kind: str) -> str:
    """The schema of a kind of event, as it is published."""
    return (files("publish") / "schemas" / "arrayan" / f"{kind}.avsc").read_text(encoding="utf-8")


def in_container(kind: str, record: Record) -> bytes:
    """A container with its schema and one record: any Avro reader opens it."""
    out = io.BytesIO()
    fastavro.writer(out, schema_of(kind), [record], sync_marker=SYNC_MARKER)
    return out.getvalue()


def in_wire_format(schema_ids: Mapping[str, int]) -> Encode:
    """Confluent's wire format, with the ids under which a registry knows the schemas."""

    def encode(kind: str, record: Record) -> bytes:
        out = io.BytesIO(CONFLUENT_MAGIC + schema_ids[kind].to_bytes(4, "big"))
        out.seek(0, io.SEEK_END)
        fastavro.schemaless_writer(out, schema_of(kind), record)
        return out.getvalue()

    return encode
