"""Kafka messages with a schema registry's header: a zero byte, a 4-byte schema id, then one Avro datum.

Confluent's wire format, in which the schema is not sent but asked for by its id.
"""

from domain.dead_letter import MalformedPacket, Reason
from surveys.avro import AvroRecord, read_datum
from surveys.schema_registry import SchemaRegistry

MAGIC = b"\x00"
HEADER_SIZE = 5


def read_message(content: bytes, schemas: SchemaRegistry) -> AvroRecord:
    """The record in a message that begins with MAGIC.

    Raises MalformedPacket: DAMAGED, UNKNOWN_SCHEMA, or UNREADABLE_SCHEMA; and SchemaRegistryUnavailable.
    """
    if len(content) <= HEADER_SIZE:
        raise MalformedPacket(
            Reason.DAMAGED, f"a message of {len(content)} bytes, too short for a schema id and a datum"
        )
    schema_id = int.from_bytes(content[len(MAGIC) : HEADER_SIZE], "big")
    return read_datum(schemas.schema(schema_id), content[HEADER_SIZE:])
