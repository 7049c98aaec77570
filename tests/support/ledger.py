"""What was sent against what is there: read by fastavro and plain SQL, without any of our code between."""

import io
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import fastavro
import psycopg

from tests.support import lsst_oracle, raw_packets
from tests.support.lsst_packets import schema_of
from tests.support.mixed_stream import Sent

Key = tuple[str, int]
Rows = list[tuple[Any, ...]]

DETECTIONS = "SELECT name, candid FROM detection JOIN object USING (object_id)"
FORCED_PHOTOMETRY = "SELECT name, measurement_id FROM forced_photometry JOIN object USING (object_id)"
LIMITS = "SELECT name, measurement_id FROM non_detection JOIN object USING (object_id)"
INDEX = (
    "SELECT name, candid, archive_file, packet_offset, packet_length FROM alert JOIN object USING (object_id) "
    "ORDER BY name, candid"
)


def check_ledger(url: str, archive: Path, sent: Iterable[Sent]) -> None:
    """Nothing is lost and nothing doubled: of all that was sent, every alert is there once with the bytes of its
    packet, every measurement once, and of everything else the bytes."""
    alerts, poison = _read(sent)
    with psycopg.connect(url, autocommit=True) as connection:

        def rows(statement: str) -> Rows:
            return connection.execute(statement.encode()).fetchall()

        _check_measurements(rows, alerts)
        _check_packets(archive, rows(INDEX), alerts)
        assert rows("SELECT coalesce(sum(stored), 0) FROM night") == [(len(_packets(alerts)),)]
        letters = Counter(datum_of(bytes(payload)) for (payload,) in rows("SELECT payload FROM dead_letter"))
    assert letters == Counter(set(map(datum_of, poison)))


def datum_of(content: bytes) -> bytes:
    """The bytes of the one record in a container or message; of anything else, all of them."""
    if content.startswith(b"Obj\1"):
        block: Any
        try:
            (block,) = fastavro.block_reader(io.BytesIO(content))
        except (EOFError, ValueError, StopIteration):
            return content
        return bytes(block.bytes_.getvalue())
    return content[5:] if content.startswith(b"\0") else content


def key_of(message: Sent) -> Key | None:
    """Name of the object and number of the detection that a message tells of; None for poison."""
    return _key(_record(message.content)) if message.is_alert else None


def _key(record: Mapping[str, Any]) -> Key:
    if "objectId" in record:
        return record["objectId"], record["candid"]
    return lsst_oracle.name_of(dict(record)), record["diaSource"]["diaSourceId"]


def _read(sent: Iterable[Sent]) -> tuple[list[tuple[dict[str, Any], bytes]], list[bytes]]:
    """The records of the alerts with their bytes, and the bytes of the rest."""
    alerts, poison = [], []
    for message in sent:
        if message.is_alert:
            alerts.append((_record(message.content), datum_of(message.content)))
        else:
            poison.append(message.content)
    return alerts, poison


def _record(content: bytes) -> dict[str, Any]:
    if content.startswith(b"\0"):
        number = int.from_bytes(content[1:5], "big")
        schema = schema_of(f"{number // 100}.{number % 100}")
        record: Any = fastavro.schemaless_reader(io.BytesIO(content[5:]), schema, None)
    else:
        (record,) = fastavro.reader(io.BytesIO(content))
    return dict(record)


def _packets(alerts: Iterable[tuple[dict[str, Any], bytes]]) -> dict[Key, set[bytes]]:
    """The packets that may be kept of each alert: those with stamps, if there are any."""
    told: dict[Key, dict[bool, set[bytes]]] = defaultdict(lambda: defaultdict(set))
    for record, datum in alerts:
        told[_key(record)][bool(record["cutoutScience"])].add(datum)
    return {key: packets.get(True) or packets[False] for key, packets in told.items()}


def _check_packets(archive: Path, index: Rows, alerts: Iterable[tuple[dict[str, Any], bytes]]) -> None:
    packets = _packets(alerts)
    assert [(name, candid) for name, candid, *_ in index] == sorted(packets)
    files = {file: (archive / file).read_bytes() for _, _, file, *_ in index}
    for name, candid, file, offset, length in index:
        assert files[file][offset : offset + length] in packets[name, candid], (name, candid)
    for content in files.values():
        assert list(fastavro.reader(io.BytesIO(content)))


def _check_measurements(rows: Any, alerts: Iterable[tuple[dict[str, Any], bytes]]) -> None:
    records = [record for record, _ in alerts]
    ztf = raw_packets.expected_light_curves(record for record in records if "objectId" in record)
    lsst = lsst_oracle.told(lsst_oracle.Raw(Path(), record) for record in records if "diaSource" in record)
    assert sorted(rows(DETECTIONS)) == _numbers(ztf.detections, lsst.detections)
    assert sorted(rows(FORCED_PHOTOMETRY)) == _numbers(ztf.forced_photometry, lsst.forced_photometry)
    assert sorted(rows(LIMITS)) == _numbers(ztf.non_detections)


def _numbers(*light_curves: dict[str, list[dict[str, Any]]]) -> list[Key]:
    return sorted((name, row["number"]) for told in light_curves for name, rows in told.items() for row in rows)
