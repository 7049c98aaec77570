"""Every real ZTF packet that we have, of every schema version and codec, understood."""

from collections import Counter
from pathlib import Path

import fastavro
import pytest

from domain.alert import Alert
from domain.dead_letter import DeadLetter, Reason
from domain.packet import ReceivedAlert, stamp_spans
from domain.stamp import StampKind
from ingest.decoding import decode

VERSIONS = ["v1", "2_0", "3_0", "3_1", "3_2", "3_3", "3_5", "4_01", "4_02"]


def alerts_of(folder: Path) -> list[tuple[Path, ReceivedAlert]]:
    found = []
    for file in sorted(folder.rglob("*.avro")):
        for item in decode(file.name, file.read_bytes()):
            assert isinstance(item, ReceivedAlert), item
            found.append((file, item))
    assert found
    return found


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_as_sent_is_understood(shared_alerts: Path, version: str) -> None:
    for file, item in alerts_of(shared_alerts / "ztf" / "as_sent" / version):
        assert_says_what_the_packet_says(item.alert, file)


@pytest.mark.parametrize("folder", ["alerce_snappy", "fink_reserialised_4_02", "sequences"])
def test_packets_rewritten_by_brokers_are_understood(shared_alerts: Path, folder: str) -> None:
    for file, item in alerts_of(shared_alerts / "ztf" / folder):
        assert_says_what_the_packet_says(item.alert, file)


def assert_says_what_the_packet_says(alert: Alert, file: Path) -> None:
    with file.open("rb") as stream:
        (record,) = fastavro.reader(stream)
    assert isinstance(record, dict)
    candidate = record["candidate"]
    history = record["prv_candidates"] or []
    own = alert.detection
    assert (alert.object_name, own.candid) == (record["objectId"], candidate["candid"])
    assert (own.ra, own.dec, own.mjd) == (candidate["ra"], candidate["dec"], candidate["jd"] - 2400000.5)
    assert own.band == {1: "g", 2: "r", 3: "i"}[candidate["fid"]]
    assert own.is_positive == (candidate["isdiffpos"] in ("t", "1"))
    assert (own.magnitude, own.magnitude_error) == (candidate["magpsf"], candidate["sigmapsf"])
    assert own.has_stamps == (len(alert.stamps) == 3)
    if "forcediffimflux" not in (history or [{}])[0]:
        assert len(alert.previous_detections) == sum(row["candid"] is not None for row in history)
        assert len(alert.non_detections) == sum(row["candid"] is None for row in history)


def test_containers_of_many_alerts_are_read_whole(shared_alerts: Path) -> None:
    read = Counter(file.name for file, _ in alerts_of(shared_alerts / "ztf" / "fink_multi"))
    for file in (shared_alerts / "ztf" / "fink_multi").glob("*.avro"):
        with file.open("rb") as stream:
            assert read[file.name] == sum(1 for _ in fastavro.reader(stream))


def test_stamps_are_found_in_the_bytes_of_the_packet(shared_alerts: Path) -> None:
    for _, item in alerts_of(shared_alerts / "ztf" / "as_sent" / "4_02"):
        spans = stamp_spans(item.alert, item.packet)
        assert {
            kind: item.packet.datum[span.offset : span.offset + span.length] for kind, span in spans.items()
        } == item.alert.stamps
        assert set(spans) == set(StampKind)


def test_exactly_the_doctored_packets_contradict_themselves(shared_alerts: Path) -> None:
    refused = set()
    for folder in ("ztf", "odd"):
        for file in (shared_alerts / folder).rglob("*"):
            if not file.is_file():
                continue
            for item in decode(str(file), file.read_bytes()):
                if isinstance(item, DeadLetter) and item.reason == Reason.INTEGRITY:
                    refused.add(file.relative_to(shared_alerts))
    doctored = (shared_alerts / "odd" / "doctored_position_and_jd").iterdir()
    assert refused == {file.relative_to(shared_alerts) for file in doctored}


def test_the_test_stream_of_2018_has_pictures_and_no_stamps(shared_alerts: Path) -> None:
    for _, item in alerts_of(shared_alerts / "odd" / "v1_jpeg_stamps"):
        assert item.alert.stamps == {}
        assert not item.alert.detection.has_stamps


def test_schema_3_5_without_stamps_has_forced_photometry(shared_alerts: Path) -> None:
    alerts = [item.alert for _, item in alerts_of(shared_alerts / "odd" / "v3_5_no_stamps")]
    assert any(alert.forced_photometry for alert in alerts)
    assert all(not alert.stamps and not alert.previous_detections for alert in alerts)
