"""Alerts that another broker keeps as rows of Parquet."""

import io
import random
import sys
from typing import Any

import pyarrow
import pyarrow.parquet
import pytest

from domain.dead_letter import DeadLetter, Reason
from domain.packet import ReceivedAlert
from ingest.decoding import Decoded, decode
from surveys.avro import Record
from surveys.schema_registry import BUNDLED_SCHEMAS
from tests.support import ztf_packets
from tests.support.lsst_packets import (
    DIA_OBJECT_ID,
    SS_OBJECT_ID,
    datum,
    forced,
    packet,
    solar_system_source,
    source,
)

MANY = 40


def parquet(*rows: Record, **foreign: Any) -> bytes:
    """A Parquet file of rows, each with some columns that LSST's schema does not have."""
    file = io.BytesIO()
    table = pyarrow.Table.from_pylist([{**row, **foreign} for row in rows])
    pyarrow.parquet.write_table(table, file, row_group_size=7)
    return file.getvalue()


LIGHT_CURVE = parquet({"objectId": "ZTF18aaaaaaa", "candid": 5})


def history(version: str = "10.0") -> Record:
    return packet(
        version=version,
        prvDiaSources=[source(61000.0 - day, version=version) for day in range(3)],
        prvDiaForcedSources=[forced(version=version)],
    )


def alerts(content: bytes) -> list[ReceivedAlert]:
    items = list(decode("test", content))
    assert all(isinstance(item, ReceivedAlert) for item in items), items
    return [item for item in items if isinstance(item, ReceivedAlert)]


def letter(content: bytes) -> DeadLetter:
    (item,) = decode("test", content)
    assert isinstance(item, DeadLetter)
    return item


def test_a_row_becomes_the_packet_that_the_survey_would_have_sent() -> None:
    (item,) = alerts(parquet(history(), lsst_schema_version="lsst.v10_0", clf={"score": 0.5}, publisher="Fink"))
    assert item.packet == (BUNDLED_SCHEMAS.schema(1000).text, datum(history()))
    assert item.alert.object_id == DIA_OBJECT_ID
    assert len(item.alert.previous_detections) == 3


@pytest.mark.parametrize("version", ["7.0", "7.1", "7.2", "7.3", "7.4", "8.0", "9.0", "11.1"])
def test_without_a_version_the_fields_tell_it(version: str) -> None:
    (item,) = alerts(parquet(history(version)))
    major, minor = map(int, version.split("."))
    assert item.packet.schema == BUNDLED_SCHEMAS.version(major, minor).text


def test_fields_of_no_version_are_an_unknown_schema() -> None:
    row = history()
    row["diaSource"]["novelty"] = 1
    assert letter(parquet(row)).reason == Reason.UNKNOWN_SCHEMA
    assert letter(parquet(history(), lsst_schema_version="lsst.v99_9")).reason == Reason.UNKNOWN_SCHEMA


def test_a_record_of_nulls_is_null_and_a_column_may_be_missing() -> None:
    whole = packet(dia_object_id=0, ss_object_id=SS_OBJECT_ID, ssSource=solar_system_source())
    nothing = dict.fromkeys(packet()["diaObject"])
    without = {name: value for name, value in whole.items() if name != "diaObject"}
    rows = [{**whole, "diaObject": nothing}, without]
    for row in rows:
        (item,) = alerts(parquet(row, lsst_schema_version="lsst.v10_0"))
        assert item.alert.object_name == f"ss{SS_OBJECT_ID}"
        assert item.packet.datum == datum(whole)


def test_rows_keep_their_order_and_number() -> None:
    rows = [packet(diaSourceId=number + 1) for number in range(MANY)]
    items = alerts(parquet(*rows, lsst_schema_version="lsst.v10_0"))
    assert [(item.origin.offset, item.alert.candid) for item in items] == [(n, n + 1) for n in range(MANY)]


def test_a_row_that_is_no_packet_is_a_dead_letter_of_its_own_that_can_be_tried_again() -> None:
    bad = packet(diaSourceId=2)
    bad["diaSource"]["ra"] = None
    content = parquet(packet(diaSourceId=1), bad, packet(diaSourceId=3), lsst_schema_version="lsst.v10_0")
    first, dead, last = decode("test", content)
    assert isinstance(first, ReceivedAlert)
    assert isinstance(last, ReceivedAlert)
    assert isinstance(dead, DeadLetter)
    assert (dead.reason, dead.origin.offset) == (Reason.INVALID_VALUE, 1)
    again = letter(dead.payload)
    assert (again.reason, again.message) == (dead.reason, dead.message)


def test_a_row_of_ztf_becomes_the_packet_that_the_survey_would_have_sent() -> None:
    row = ztf_packets.packet(prv_candidates=[ztf_packets.previous(), ztf_packets.upper_limit()])
    (item,) = alerts(parquet(row, roid=3, tracklet="none"))
    (same,) = alerts(ztf_packets.container(row))
    assert (item.alert, item.packet.datum) == (same.alert, same.packet.datum)


def test_identifiers_that_lost_their_last_digits_are_not_read() -> None:
    earlier = ztf_packets.previous()
    earlier["candid"] = float(earlier["candid"])
    dead = letter(parquet(ztf_packets.packet(prv_candidates=[earlier])))
    assert dead.reason == Reason.INVALID_VALUE
    assert "last digits are lost" in dead.message


def test_rows_that_are_no_alerts_are_refused_with_their_columns_named() -> None:
    dead = letter(LIGHT_CURVE)
    assert dead.reason == Reason.NOT_AVRO
    assert "not alerts" in dead.message
    assert "the columns are objectId, candid" in dead.message


def test_a_file_without_rows_is_empty() -> None:
    table = pyarrow.Table.from_pylist([history()]).slice(0, 0)
    file = io.BytesIO()
    pyarrow.parquet.write_table(table, file)
    assert letter(file.getvalue()).reason == Reason.EMPTY


def test_without_pyarrow_the_dead_letter_says_how_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    content = parquet(history(), lsst_schema_version="lsst.v10_0")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    dead = letter(content)
    assert "pip install 'arrayan[parquet]'" in dead.message
    assert dead.payload == content
    monkeypatch.undo()
    assert alerts(dead.payload)


def test_without_pyarrow_nobody_installs_it_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    for content in (LIGHT_CURVE, LIGHT_CURVE[:40], b"PAR1", b"PAR1" + bytes(8)):
        dead = letter(content)
        assert dead.reason == Reason.NOT_AVRO
        assert "not alerts" in dead.message
        assert "install" not in dead.message


@pytest.mark.parametrize("seed", range(150))
def test_damaged_files_are_dead_letters_or_alerts(seed: int) -> None:
    chance = random.Random(seed)
    content = bytearray(parquet(packet(cutoutScience=None), lsst_schema_version="lsst.v10_0"))
    if seed % 3 == 0:
        del content[chance.randrange(4, len(content)) :]
    for _ in range(chance.randrange(1, 5)):
        content[chance.randrange(4, len(content))] = chance.randrange(256)
    items: list[Decoded] = list(decode("test", bytes(content)))
    assert items
