"""Containers of every codec, whole and damaged: records come out, or MalformedPacket, and nothing else."""

import bz2
import io
import json
import lzma
import resource
import struct
import sys
import zlib
from collections.abc import Callable
from functools import cache
from typing import Any

import cramjam
import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.dead_letter import DeadLetter, MalformedPacket, Reason
from domain.packet import Packet, ReceivedAlert
from ingest.decoding import decode
from storage.packet_archive import container_header, encode_long, single_record_container
from surveys.avro import MAX_BLOCK_BYTES, read_container, writer_schema
from tests.support.ztf_packets import SCHEMA, container, forced, packet, previous, upper_limit

SMALL: dict[str, Any] = {
    "type": "record",
    "name": "small",
    "fields": [
        {"name": "id", "type": "long"},
        {"name": "names", "type": {"type": "array", "items": "string"}},
        {"name": "flux", "type": ["null", "double"]},
    ],
}
RECORDS = [{"id": n, "names": ["ab"] * n, "flux": n / 2 if n % 2 else None} for n in range(7)]
CODECS = ("null", "deflate", "snappy", "zstandard", "bzip2", "xz")
SYNC = b"0123456789abcdef"


def pack(codec: str, data: bytes) -> bytes:
    """A block as the Avro specification has it compressed."""
    deflater = zlib.compressobj(9, zlib.DEFLATED, -15)
    packers: dict[str, Callable[[], bytes]] = {
        "null": lambda: data,
        "deflate": lambda: deflater.compress(data) + deflater.flush(),
        "snappy": lambda: bytes(cramjam.snappy.compress_raw(data)) + struct.pack(">I", zlib.crc32(data)),
        "zstandard": lambda: bytes(cramjam.zstd.compress(data)),
        "bzip2": lambda: bz2.compress(data),
        "xz": lambda: lzma.compress(data),
    }
    return packers[codec]()


def block(codec: str, records: list[dict[str, Any]]) -> bytes:
    plain = io.BytesIO()
    for record in records:
        fastavro.schemaless_writer(plain, SMALL, record)
    return raw_block(len(records), pack(codec, plain.getvalue()))


def raw_block(count: int, payload: bytes) -> bytes:
    return encode_long(count) + encode_long(len(payload)) + payload + SYNC


def header(codec: str, schema: Any = SMALL) -> bytes:
    plain = container_header(json.dumps(schema).encode(), SYNC)
    name = encode_long(4) + b"null"
    assert plain.count(b"avro.codec" + name) == 1
    return plain.replace(b"avro.codec" + name, b"avro.codec" + encode_long(len(codec)) + codec.encode())


def small(codec: str) -> bytes:
    """Seven records in three blocks, one of them without a record."""
    return (
        header(codec)
        + block(codec, RECORDS[:4])
        + block("null" if codec == "null" else codec, [])
        + block(codec, RECORDS[4:])
    )


def outcome(content: bytes) -> tuple[list[dict[str, Any]], Reason | None]:
    """The records read, and why reading stopped; any other exception fails the test."""
    read = []
    try:
        for item in read_container(content):
            read.append(item.record)
    except MalformedPacket as error:
        return read, error.reason
    return read, None


@cache
def small_packet() -> bytes:
    record = packet(prv_candidates=[previous(), upper_limit()], fp_hists=[forced()])
    for kind in ("Science", "Template", "Difference"):
        record[f"cutout{kind}"] = None
    return container(record)


@pytest.mark.parametrize("codec", CODECS)
def test_reads_all_records_of_several_blocks(codec: str) -> None:
    assert outcome(small(codec)) == (RECORDS, None)


@pytest.mark.parametrize("codec", ["null", "deflate", "snappy", "bzip2", "xz"])
def test_reads_what_fastavro_writes(codec: str) -> None:
    file = io.BytesIO()
    fastavro.writer(file, SMALL, RECORDS * 100, codec=codec, sync_interval=100)
    assert outcome(file.getvalue()) == (RECORDS * 100, None)


@pytest.mark.parametrize("codec", CODECS)
def test_a_container_cut_at_any_byte_keeps_its_whole_blocks(codec: str) -> None:
    whole = small(codec)
    first = len(header(codec) + block(codec, RECORDS[:4]))
    empty = first + len(block(codec, []))
    for size in range(len(whole)):
        read, reason = outcome(whole[:size])
        assert read == (RECORDS[:4] if size >= first else [])
        if size in (first, empty):
            assert reason is None  # nothing in the container says that more blocks were to come
        else:
            assert reason is not None


@pytest.mark.parametrize("codec", CODECS)
def test_a_flipped_bit_anywhere_raises_nothing_but_malformed_packet(codec: str) -> None:
    whole = small(codec)
    for place in range(len(whole)):
        for bit in range(8):
            damaged = bytearray(whole)
            damaged[place] ^= 1 << bit
            outcome(bytes(damaged))


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_decode_never_raises_for_damaged_packets(data: st.DataObject) -> None:
    content = bytearray(small_packet())
    for _ in range(data.draw(st.integers(1, 6))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(len(content) // 2, len(content)))]
    items = list(decode("test", bytes(content)))
    assert items
    assert all(isinstance(item, ReceivedAlert | DeadLetter) for item in items)


def test_decode_never_raises_wherever_the_datum_of_a_packet_is_damaged() -> None:
    whole = small_packet()
    (record,) = read_container(whole)
    start = whole.index(record.datum)
    for place in range(start, len(whole)):
        for value in (0x00, 0x7F, 0xFF, whole[place] ^ 0x02):
            damaged = whole[:place] + bytes([value]) + whole[place + 1 :]
            assert list(decode("test", damaged))


@settings(max_examples=200, deadline=None)
@given(st.one_of(st.binary(max_size=200), st.binary(max_size=200).map(lambda rest: b"Obj\x01" + rest)))
def test_any_bytes_are_dead_letters(content: bytes) -> None:
    items = list(decode("test", content))
    assert len(items) == 1
    assert isinstance(items[0], DeadLetter)
    assert items[0].payload == content


@pytest.mark.parametrize(
    ("content", "reason", "words"),
    [
        (b"", Reason.NOT_AVRO, "no bytes at all"),
        (b"<html>", Reason.NOT_AVRO, "HTML"),
        (b"{}", Reason.NOT_AVRO, "JSON"),
        (header("null"), Reason.EMPTY, "without a single record"),
        (header("null") + block("null", []), Reason.EMPTY, "without a single record"),
        (header("lz5") + block("null", RECORDS), Reason.DAMAGED, "unknown codec 'lz5'"),
        (header("null", {"type": "nothing"}) + block("null", []), Reason.UNREADABLE_SCHEMA, "schema"),
        (small("null") + b"garbage", Reason.DAMAGED, "after 7 records"),
        (
            header("snappy") + raw_block(1, pack("snappy", b"\x02\x00\x00")[:-1] + b"\x00"),
            Reason.DAMAGED,
            "checksum",
        ),
    ],
)
def test_says_what_is_wrong(content: bytes, reason: Reason, words: str) -> None:
    with pytest.raises(MalformedPacket, match=words) as caught:
        list(read_container(content))
    assert caught.value.reason == reason


@pytest.mark.parametrize("codec", ["deflate", "snappy", "zstandard", "bzip2", "xz"])
def test_a_decompression_bomb_is_refused_and_takes_little_memory(codec: str) -> None:
    content = header(codec) + raw_block(1, bomb(codec))
    assert len(content) < MAX_BLOCK_BYTES / 15
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert outcome(content) == ([], Reason.DAMAGED)
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * (
        1 if sys.platform == "darwin" else 1024
    )
    assert grown < 2.5 * MAX_BLOCK_BYTES


def bomb(codec: str) -> bytes:
    """More zeros than MAX_BLOCK_BYTES, packed without ever having them in memory."""
    piece = bytes(1 << 20)
    count = MAX_BLOCK_BYTES // len(piece) + 64
    if codec == "snappy":
        length, size = bytearray(), 3 * MAX_BLOCK_BYTES
        while size > 0x7F:
            length.append(size & 0x7F | 0x80)
            size >>= 7
        return bytes(length) + bytes([size]) + b"\x00\x00" + bytes(4)
    if codec == "zstandard":
        packer = cramjam.zstd.Compressor(level=1)
        for _ in range(count):
            packer.compress(piece)
        return bytes(packer.finish())
    makers: dict[str, Callable[[], Any]] = {
        "deflate": lambda: zlib.compressobj(1, zlib.DEFLATED, -15),
        "bzip2": lambda: bz2.BZ2Compressor(1),
        "xz": lambda: lzma.LZMACompressor(preset=0),
    }
    made = makers[codec]()
    return b"".join([*(made.compress(piece) for _ in range(count)), made.flush()])


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "record", "name": "Chain", "fields": [{"name": "next", "type": ["null", "Chain"]}]},
        {
            "type": "record",
            "name": "Outer",
            "namespace": "a.b",
            "fields": [
                {
                    "name": "x",
                    "type": {"type": "record", "name": "In", "fields": [{"name": "o", "type": "a.b.Outer"}]},
                }
            ],
        },
        {"type": "array", "items": "null"},
        {"type": "array", "items": {"type": "record", "name": "Nothing", "fields": []}},
        {"type": "map", "values": {"type": "array", "items": {"type": "fixed", "name": "F", "size": 0}}},
    ],
)
def test_schemas_that_a_few_bytes_could_make_endless_are_refused(schema: Any) -> None:
    """fastavro follows a million links until the C stack overflows, which no except clause can catch."""
    content = header("null", schema) + raw_block(1, b"\x02" * 1_000_000 + b"\x00")
    assert outcome(content) == ([], Reason.UNREADABLE_SCHEMA)


def test_a_block_with_more_records_than_bytes_is_refused() -> None:
    empty = {"type": "record", "name": "Nothing", "fields": []}
    assert outcome(header("null", empty) + raw_block(2**60, b"")) == ([], Reason.DAMAGED)


def test_schemas_are_remembered_by_their_bytes() -> None:
    text = json.dumps(SMALL).encode()
    assert writer_schema(text) is writer_schema(bytes(bytearray(text)))
    assert writer_schema(text + b" ") is not writer_schema(text)


def test_a_remembered_schema_is_not_parsed_again() -> None:
    parsed = writer_schema(json.dumps(SCHEMA).encode()).parsed
    assert fastavro.parse_schema(parsed) is parsed


@pytest.mark.parametrize("codec", CODECS)
def test_a_records_own_bytes_make_a_container_that_fastavro_reads(codec: str) -> None:
    for item, expected in zip(read_container(small(codec)), RECORDS, strict=True):
        alone = single_record_container(Packet(item.schema.text, item.datum))
        assert list(fastavro.reader(io.BytesIO(alone))) == [expected]
        assert [again.datum for again in read_container(alone)] == [item.datum]
