"""A real LSST packet, given to other objects and with a history as long as wanted."""

import io
from collections.abc import Iterator
from pathlib import Path

import fastavro
import numpy as np

from storage.packet_archive import encode_long
from surveys.confluent import HEADER_SIZE, read_message
from surveys.schema_registry import BUNDLED_SCHEMAS

NIGHTS = 3
FIRST_OBJECT = 2**58
"""Ids of this size take nine bytes in Avro, as Rubin's do."""
FIRST_MJD_TAI = 61000.3


def lsst_alerts(folder: Path, sources: int, number: int, seed: int) -> Iterator[bytes]:
    """Messages of some nights in a row about the same objects, each with `sources` previous sources."""
    nights = [_night(folder, sources, night) for night in range(NIGHTS)]
    objects = -(-number // NIGHTS)
    random = np.random.default_rng(seed)
    made = 0
    for message in nights:
        for key in random.permutation(objects).tolist():
            if made == number:
                return
            yield message.replace(encode_long(FIRST_OBJECT), encode_long(FIRST_OBJECT + 1 + key))
            made += 1


def _night(folder: Path, sources: int, night: int) -> bytes:
    """The message of a night; its history is the same on every night, for it lies before the first."""
    content = max(folder.rglob("confluent_wire/*.bin"), key=lambda file: file.stat().st_size).read_bytes()
    read = read_message(content, BUNDLED_SCHEMAS)
    record = {**read.record}
    own = dict(record["diaSource"])
    history = [
        {
            **own,
            "diaSourceId": 10**17 + number,
            "diaObjectId": FIRST_OBJECT,
            "midpointMjdTai": FIRST_MJD_TAI - 3.0 * (sources - number),
            "band": "ugrizy"[number % 6],
        }
        for number in range(sources)
    ]
    record["diaSource"] = {
        **own,
        "diaSourceId": 2 * 10**17 + night,
        "diaObjectId": FIRST_OBJECT,
        "midpointMjdTai": FIRST_MJD_TAI + night,
    }
    record["prvDiaSources"] = history
    if record.get("diaObject"):
        record["diaObject"] = {**record["diaObject"], "diaObjectId": FIRST_OBJECT}
    stream = io.BytesIO()
    fastavro.schemaless_writer(stream, read.schema.parsed, record)
    return content[:HEADER_SIZE] + stream.getvalue()
