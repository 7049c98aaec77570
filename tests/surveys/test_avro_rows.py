"""Arrays of flat records, read by a pattern: they say what fastavro says of the same bytes."""

import io
import json
from pathlib import Path
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveys.avro import DECODING_ERRORS, WriterSchema, read_container, read_datum, writer_schema
from surveys.avro_rows import FlatRecord, FlatRow, Picker
from surveys.schema_registry import BUNDLED_SCHEMAS
from tests.support import lsst_packets, ztf_packets
from tests.support.lsst_oracle import raw_packets
from tests.support.raw_packets import raw_records

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(width=32),
    "double": st.floats(),
    "string": st.text(max_size=200),
}


@st.composite
def arrays(draw: st.DrawFn) -> tuple[Any, list[dict[str, Any]]]:
    """A schema with an array of flat records in it, and a record of it."""
    kinds = draw(st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=8))
    orders = draw(st.lists(st.sampled_from(["bare", "null first", "null last"]), min_size=8, max_size=8))
    types: list[Any] = []
    values: dict[str, st.SearchStrategy[Any]] = {}
    for number, (kind, order) in enumerate(zip(kinds, orders, strict=False)):
        types.append({"bare": kind, "null first": ["null", kind], "null last": [kind, "null"]}[order])
        values[f"f{number}"] = VALUES[kind] if order == "bare" else st.none() | VALUES[kind]
    fields = [{"name": f"f{number}", "type": kind} for number, kind in enumerate(types)]
    row = {"type": "record", "name": "row", "fields": fields}
    again = {"type": "array", "items": "row"}
    schema = {
        "type": "record",
        "name": "alert",
        "fields": [
            {"name": "before", "type": ["null", row]},
            {"name": "alone", "type": "row"},
            {"name": "rows", "type": again},
            {"name": "same", "type": draw(st.sampled_from([["null", again], [again, "null"]]))},
            {"name": "after", "type": "bytes"},
        ],
    }
    rows = st.lists(st.fixed_dictionaries(values), max_size=5)
    record = {
        "before": draw(st.none() | st.fixed_dictionaries(values)),
        "alone": draw(st.fixed_dictionaries(values)),
        "rows": draw(rows),
        "same": draw(st.none() | rows),
        "after": draw(st.binary(max_size=20)),
    }
    return schema, [record]


def encoded(schema: WriterSchema, record: Any) -> bytes:
    file = io.BytesIO()
    fastavro.schemaless_writer(file, schema.parsed, record)
    return file.getvalue()


def by_fastavro(schema: WriterSchema, datum: bytes) -> Any:
    return fastavro.schemaless_reader(io.BytesIO(datum), schema.parsed, None)


def written(schema: Any) -> WriterSchema:
    return writer_schema(json.dumps(schema).encode())


@settings(max_examples=300, deadline=None)
@given(arrays())
def test_rows_are_what_fastavro_reads(drawn: tuple[Any, list[dict[str, Any]]]) -> None:
    schema, (record,) = written(drawn[0]), drawn[1]
    datum = encoded(schema, record)
    read, end = schema.reader.read(b"??" + datum + b"!!", 2)
    assert end == len(datum) + 2
    assert repr(read) == repr(by_fastavro(schema, datum))  # in which a NaN equals itself
    assert all(isinstance(row, FlatRow) for row in read["rows"])


@settings(max_examples=500, deadline=None)
@given(arrays(), st.data())
def test_damaged_rows_are_refused_or_read_as_fastavro_reads_them(
    drawn: tuple[Any, list[dict[str, Any]]], data: st.DataObject
) -> None:
    schema, (record,) = written(drawn[0]), drawn[1]
    datum = bytearray(encoded(schema, record))
    for _ in range(data.draw(st.integers(1, 3))):
        datum[data.draw(st.integers(0, len(datum) - 1))] = data.draw(st.integers(0, 255))
    del datum[data.draw(st.integers(0, len(datum))) :]
    try:
        read, end = schema.reader.read(bytes(datum), 0)
        said = repr(read)
    except DECODING_ERRORS:
        return
    stream = io.BytesIO(bytes(datum))
    assert repr(fastavro.schemaless_reader(stream, schema.parsed, None)) == said
    assert stream.tell() == end


def test_blocks_may_say_their_size() -> None:
    schema = written({"type": "record", "name": "a", "fields": [{"name": "rows", "type": ROWS}]})
    datum = bytes([3, 4, 2, 4]) + bytes([2, 6]) + bytes([0])  # a block of -2 and its 2 bytes, then one of 1
    read, end = schema.reader.read(datum, 0)
    assert read == by_fastavro(schema, datum) == {"rows": [{"n": 1}, {"n": 2}, {"n": 3}]}
    assert end == len(datum)


def test_a_row_is_a_mapping_of_its_fields() -> None:
    array = FlatRecord.of(
        {
            "type": "record",
            "name": "row",
            "fields": [{"name": "n", "type": ["null", "long"]}, {"name": "text", "type": "string"}],
        }
    )
    assert array is not None
    (row, empty), _ = array.read_array(bytes([4, 2, 14, 4]) + b"hi" + bytes([0, 0, 0]), 0)
    assert (row["n"], row["text"], empty["n"], empty["text"]) == (7, "hi", None, "")
    assert (row.get("n"), row.get("text"), row.get("none"), row.get("none", 3)) == (7, "hi", None, 3)
    assert row == {"n": 7, "text": "hi"}
    assert dict(row) == row
    assert (list(row), len(row), "n" in row, "none" in row) == (["n", "text"], 2, True, False)
    with pytest.raises(KeyError, match="none"):
        row["none"]


def test_a_picker_takes_the_same_from_a_row_and_from_a_dict() -> None:
    record = FlatRecord.of(ROWS["items"])
    assert record is not None
    row, _ = record.read(bytes([14]), 0)
    for fields in (row, {"n": 7}):
        assert Picker(["n"], ["none"])(fields) == [7, None]
        with pytest.raises(KeyError, match="none"):
            Picker(["none"])(fields)


ROWS: Any = {
    "type": "array",
    "items": {"type": "record", "name": "row", "fields": [{"name": "n", "type": "long"}]},
}


@pytest.mark.parametrize(
    "kind",
    [
        {"type": "long", "logicalType": "timestamp-micros"},
        ["null", "long", "string"],
        ["long", "string"],
        "bytes",
        {"type": "array", "items": "long"},
        ["null", {"type": "map", "values": "long"}],
        {"type": "fixed", "name": "three", "size": 3},
    ],
)
def test_whatever_is_not_flat_is_left_to_fastavro(kind: Any) -> None:
    rows = {"type": "array", "items": {"type": "record", "name": "row", "fields": [{"name": "f", "type": kind}]}}
    assert FlatRecord.of(rows["items"]) is None


@pytest.mark.parametrize("schema", [ztf_packets.SCHEMA, lsst_packets.schema_of()], ids=["ZTF", "LSST"])
def test_a_number_of_rows_that_cannot_be_is_refused_at_once(schema: Any) -> None:
    known = written(schema)
    with pytest.raises(DECODING_ERRORS):
        known.reader.read(b"\x02" * 40 + b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f" + b"\x02" * 40, 0)


def test_every_real_record_is_what_fastavro_reads(shared_alerts: Path) -> None:
    for folder in (shared_alerts / "ztf", shared_alerts / "lsst"):
        read = [
            repr(item.record)
            for file in sorted(folder.rglob("*.avro"))
            for item in read_container(file.read_bytes())
        ]
        assert read == [repr(record) for record in raw_records(folder)]


def test_every_real_message_is_what_fastavro_reads(shared_alerts: Path) -> None:
    messages = [packet for packet in raw_packets(shared_alerts) if packet.file.suffix == ".bin"]
    for file, record in messages:
        content = file.read_bytes()
        schema = BUNDLED_SCHEMAS.schema(int.from_bytes(content[1:5], "big"))
        assert repr(read_datum(schema, content[5:]).record) == repr(record)
    assert len(messages) == 6
