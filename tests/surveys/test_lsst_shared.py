"""Every real LSST packet that we have, of every version and form, understood."""

from collections import Counter
from pathlib import Path

import pytest

from domain.dead_letter import DeadLetter, Reason
from domain.packet import ReceivedAlert, stamp_spans
from domain.stamp import StampKind, decode_stamp
from ingest.decoding import decode
from tests.support.lsst_oracle import Raw, finite, magnitude, name_of, raw_packets

COUNTS = {
    "confluent_wire": 6,
    "v7_4_simulated_ops_rehearsal": 14,
    "v9_0_decam_precursor": 40,
    "v9_0_lsstcam_20250905": 20,
    "fink_parquet_v10_0": 28,
    "fink_parquet_v7_1": 50,
}
SCHEMAS_OF_PARQUET = {"fink_parquet_v10_0": "lsst.v10_0", "fink_parquet_v7_1": "lsst.v7_1"}


@pytest.fixture(scope="module")
def packets(shared_alerts: Path) -> list[Raw]:
    return raw_packets(shared_alerts)


@pytest.fixture(scope="module")
def alerts(shared_alerts: Path) -> list[tuple[Path, ReceivedAlert]]:
    found = []
    for file in sorted(path for path in (shared_alerts / "lsst").rglob("*") if path.is_file()):
        for item in decode(file.name, file.read_bytes()):
            assert isinstance(item, ReceivedAlert), item
            found.append((file, item))
    return found


def test_every_packet_is_read(alerts: list[tuple[Path, ReceivedAlert]]) -> None:
    assert Counter(file.parent.name for file, _ in alerts) == COUNTS


def test_alerts_say_what_the_packets_say(alerts: list[tuple[Path, ReceivedAlert]], packets: list[Raw]) -> None:
    for (_, item), (_, record) in zip(alerts, packets, strict=True):
        own, raw = item.alert.detection, record["diaSource"]
        assert (item.alert.object_name, own.candid) == (name_of(record), raw["diaSourceId"])
        assert (own.ra, own.dec, own.band) == (raw["ra"], raw["dec"], raw["band"])
        assert (own.flux, own.flux_error) == (raw["psfFlux"], raw["psfFluxErr"])
        assert own.is_positive == (raw["psfFlux"] > 0)
        assert own.magnitude == pytest.approx(magnitude(raw["psfFlux"], None)[0], abs=1e-12)
        assert own.real_bogus == finite(raw["reliability"])
        assert len(item.alert.previous_detections) == len(record["prvDiaSources"] or ())
        assert len(item.alert.forced_photometry) == len(record["prvDiaForcedSources"] or ())


def test_keys_are_as_different_as_names(alerts: list[tuple[Path, ReceivedAlert]]) -> None:
    names = {item.alert.object_name for _, item in alerts}
    keys = {item.alert.object_id for _, item in alerts}
    assert len(names) == len(keys) == 155
    solar_system = {item.alert.object_id for _, item in alerts if item.alert.object_name.startswith("ss")}
    assert len(solar_system) == 10
    assert {key for key in keys if key < 0} == solar_system


def test_all_have_three_stamps_that_are_images(alerts: list[tuple[Path, ReceivedAlert]]) -> None:
    shapes = set()
    for _, item in alerts:
        spans = stamp_spans(item.alert, item.packet)
        assert set(spans) == set(StampKind)
        for kind, span in spans.items():
            content = item.packet.datum[span.offset : span.offset + span.length]
            assert content == item.alert.stamps[kind]
            shapes.add(decode_stamp(kind, content).pixels.shape)
    assert min(shapes) <= (31, 31)
    assert max(shapes) >= (60, 60)


def test_rows_of_parquet_become_packets_of_their_version(alerts: list[tuple[Path, ReceivedAlert]]) -> None:
    for file, item in alerts:
        if file.suffix == ".parquet":
            namespace = SCHEMAS_OF_PARQUET[file.parent.name]
            assert f'"namespace": "{namespace}"'.encode() in item.packet.schema


@pytest.mark.parametrize(
    ("folder", "alerts_read", "letters"),
    [
        ("lsst_as_sent_container", 1, {}),
        ("lsst_no_stamps", 10, {}),
        ("lsst_synthetic_official", 5, {Reason.INVALID_VALUE: 5}),  # version 7 gives the time in seconds
        ("lsst_synthetic_wire", 5, {Reason.INVALID_VALUE: 5}),
        ("lsst_bson", 0, {Reason.NOT_AVRO: 1}),
        ("lsst_json_lasair", 0, {Reason.NOT_AVRO: 3}),
        ("elasticc", 0, {Reason.NOT_AVRO: 2}),  # gzipped, which `decode` does not open
    ],
)
def test_odd_packets_are_alerts_or_dead_letters_with_a_reason(
    shared_alerts: Path, folder: str, alerts_read: int, letters: dict[Reason, int]
) -> None:
    items = [
        item
        for file in sorted((shared_alerts / "odd" / folder).iterdir())
        for item in decode(file.name, file.read_bytes())
    ]
    assert Counter(item.reason for item in items if isinstance(item, DeadLetter)) == letters
    assert sum(isinstance(item, ReceivedAlert) for item in items) == alerts_read
