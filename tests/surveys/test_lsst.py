"""What an LSST packet means."""

import gzip
import json
from math import inf, log10, nan
from typing import Any

import pytest

from domain.alert import Alert
from domain.band import Band
from domain.dead_letter import MalformedPacket, Reason
from domain.leap_seconds import utc_from_tai
from domain.stamp import StampKind, decode_stamp
from surveys.avro import read_container, writer_schema
from surveys.lsst import Lsst, dia_object, solar_system_object
from surveys.registry import survey_of_schema
from surveys.schema_registry import BUNDLED_SCHEMAS
from surveys.ztf import object_id as ztf_object_id
from tests.support.lsst_packets import (
    DIA_OBJECT_ID,
    MJD_TAI,
    SS_OBJECT_ID,
    VERSION,
    container,
    cutout,
    forced,
    packet,
    received,
    schema_of,
    solar_system_source,
    source,
    source_id_of,
)

VERSIONS = [f"{number // 100}.{number % 100}" for number in BUNDLED_SCHEMAS.all()]


def parsed(version: str = VERSION, **changes: Any) -> Alert:
    return received(packet(version=version, **changes), version).alert


def refusal(**changes: Any) -> MalformedPacket:
    with pytest.raises(MalformedPacket) as caught:
        parsed(**changes)
    return caught.value


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_understood(version: str) -> None:
    alert = parsed(
        version,
        prvDiaSources=[source(MJD_TAI - day, version=version) for day in (1, 2)],
        prvDiaForcedSources=[forced(version=version)],
    )
    assert (alert.survey, alert.object_name, alert.object_id) == ("LSST", str(DIA_OBJECT_ID), DIA_OBJECT_ID)
    assert alert.candid == source_id_of(MJD_TAI)
    assert [row.candid for row in alert.previous_detections] == [source_id_of(MJD_TAI - day) for day in (1, 2)]
    assert [row.flux for row in alert.forced_photometry] == [5000.0]
    assert alert.detection.has_stamps
    assert not any(row.has_stamps for row in alert.previous_detections)


@pytest.mark.parametrize("version", VERSIONS)
def test_every_version_is_recognised_also_under_another_name(version: str) -> None:
    (read,) = read_container(container(packet(version=version), version=version))
    assert survey_of_schema(read.schema).name == "LSST"
    renamed = schema_of(version) | {"name": "topLevelRecord", "namespace": ""}
    assert survey_of_schema(writer_schema(json.dumps(renamed).encode())).name == "LSST"


def test_a_later_version_is_recognised_and_its_new_fields_are_ignored() -> None:
    later = json.loads(json.dumps(schema_of()).replace("lsst.v10_0", "lsst.v12_3"))
    later["fields"].append({"name": "novelty", "type": "string"})
    (read,) = read_container(container({**packet(), "novelty": "?"}, schema=later))
    assert survey_of_schema(read.schema).name == "LSST"
    assert Lsst().parse(read.record).object_id == DIA_OBJECT_ID


def test_other_alerts_are_not_taken_for_lsst() -> None:
    elasticc = {"type": "record", "name": "elasticc.v0_9.alert", "fields": [{"name": "diaSource", "type": "int"}]}
    assert not Lsst().recognises(writer_schema(json.dumps(elasticc).encode()))


def test_a_detection_says_what_the_source_says() -> None:
    own = parsed(
        psfFlux=-1000.0, psfFluxErr=50.0, scienceFlux=4000.0, scienceFluxErr=100.0, isNegative=True
    ).detection
    assert own.mjd == utc_from_tai(MJD_TAI)
    assert (own.ra, own.dec, own.band) == (150.1, -2.2, Band.r)
    assert (own.flux, own.flux_error, own.is_positive) == (-1000.0, 50.0, False)
    assert own.magnitude == pytest.approx(31.4 - 2.5 * log10(1000))
    assert own.magnitude_error == pytest.approx(2.5 / 2.302585092994046 * 0.05)
    assert own.apparent_magnitude == pytest.approx(31.4 - 2.5 * log10(4000))
    assert own.apparent_magnitude_error == pytest.approx(2.5 / 2.302585092994046 * 0.025)
    assert own.corrected
    assert own.real_bogus == 0.875
    assert (own.limiting_magnitude, own.deep_real_bogus, own.stellar) == (None, None, None)
    assert own.apparent_magnitude_error_extended is None


@pytest.mark.parametrize("science_flux", [None, nan, inf, 0.0, -3.0])
def test_there_is_no_apparent_magnitude_without_a_positive_flux_on_the_visit_image(science_flux: float) -> None:
    own = parsed(scienceFlux=science_flux).detection
    assert (own.apparent_magnitude, own.apparent_magnitude_error, own.corrected) == (None, None, False)


@pytest.mark.parametrize("version", ["7.0", "7.4"])
def test_schema_7_has_no_apparent_magnitude(version: str) -> None:
    own = parsed(version).detection
    assert (own.apparent_magnitude, own.corrected) == (None, False)


@pytest.mark.parametrize(
    ("flux", "is_negative", "is_positive"),
    [
        (5.0, False, True),
        (-5.0, True, False),
        (-5.0, False, False),  # a dipole, found by its positive lobe
        (5.0, True, True),
        (0.0, True, True),
        (None, True, False),
        (nan, True, False),
        (None, False, True),
        (None, None, True),
    ],
)
def test_the_sign_is_that_of_the_flux_and_else_that_of_the_footprint(
    flux: float | None, is_negative: bool | None, is_positive: bool
) -> None:
    assert parsed(psfFlux=flux, isNegative=is_negative).detection.is_positive == is_positive
    assert parsed("7.4", psfFlux=flux, is_negative=is_negative).detection.is_positive == is_positive


@pytest.mark.parametrize("flux", [None, nan, 0.0])
def test_there_is_no_magnitude_without_a_flux(flux: float | None) -> None:
    own = parsed(psfFlux=flux, psfFluxErr=None).detection
    assert (own.magnitude, own.magnitude_error, own.flux_error) == (None, None, None)


def test_nan_is_unset_everywhere() -> None:
    alert = parsed(
        psfFluxErr=nan,
        reliability=nan,
        extendedness=nan,
        snr=nan,
        prvDiaForcedSources=[forced(psfFlux=nan, psfFluxErr=nan, scienceFlux=nan)],
    )
    assert (alert.detection.flux_error, alert.detection.magnitude_error, alert.detection.real_bogus) == (None,) * 3
    (row,) = alert.forced_photometry
    assert row[3:] == (None,) * 8


def test_forced_photometry_says_what_the_forced_source_says() -> None:
    (row,) = parsed(
        prvDiaForcedSources=[
            forced(MJD_TAI - 2, diaForcedSourceId=77, band="y", psfFlux=-200.0, psfFluxErr=20.0, scienceFlux=100.0)
        ]
    ).forced_photometry
    assert (row.measurement_id, row.mjd, row.band) == (77, utc_from_tai(MJD_TAI - 2), Band.y)
    assert (row.flux, row.flux_error, row.is_positive) == (-200.0, 20.0, False)
    assert row.magnitude == pytest.approx(31.4 - 2.5 * log10(200))
    assert row.apparent_magnitude == pytest.approx(26.4)
    assert row.limiting_magnitude is None


def test_nondetection_limits_are_five_sigma() -> None:
    def limit(noise: float, visit: int) -> dict[str, Any]:
        return {"ccdVisitId": visit, "midpointMjdTai": MJD_TAI - visit, "band": "u", "diaNoise": noise}

    rows = parsed(
        "7.2", prvDiaNondetectionLimits=[limit(200.0, 1), limit(nan, 2), limit(0.0, 3), limit(2.0, 4)]
    ).non_detections
    assert [row[:3] for row in rows] == [(visit, utc_from_tai(MJD_TAI - visit), Band.u) for visit in (1, 4)]
    assert [row.limiting_magnitude for row in rows] == pytest.approx([23.9, 28.9])


@pytest.mark.parametrize("unset", [0, None])
def test_zero_and_null_both_mean_that_an_identifier_is_unset(unset: int | None) -> None:
    assert parsed(ss_object_id=unset).object_name == str(DIA_OBJECT_ID)
    alert = parsed(dia_object_id=unset, ss_object_id=SS_OBJECT_ID, ssSource=solar_system_source())
    assert alert.object_name == f"ss{SS_OBJECT_ID}"
    assert alert.object_id < 0


@pytest.mark.parametrize("version", ["7.4", "9.0", "10.1"])
def test_the_object_is_named_by_what_comes_with_a_source_that_does_not_name_it(version: str) -> None:
    silent: Any = {"dia_object_id": None, "ss_object_id": None}
    given = packet(version=version, **silent)
    given["diaObject"] = packet(version=version)["diaObject"]
    assert received(given, version).alert.object_id == DIA_OBJECT_ID


def test_a_source_of_no_object_is_refused() -> None:
    error = refusal(dia_object_id=0, ss_object_id=None)
    assert error.reason == Reason.MISSING_FIELD
    assert "belongs to no object" in error.message


def test_keys_of_all_kinds_of_objects_are_different() -> None:
    ids = [1, 2, 2**40, 2**53 - 1, 2**53, 2**53 + 1, SS_OBJECT_ID, SS_OBJECT_ID + 1, 2**62, 2**63 - 2**53 - 1]
    keys = [solar_system_object(number).key for number in ids]
    keys += [dia_object(number).key for number in (*ids, 2**63 - 1)]
    keys += [ztf_object_id(name) for name in ("ZTF00aaaaaaa", "ZTF18abcdefg", "ZTF99zzzzzzz")]
    assert len(set(keys)) == len(keys)
    assert all(-(2**63) <= key < 2**63 for key in keys)
    assert max(solar_system_object(number).key for number in ids) < -(2**53) < ztf_object_id("ZTF99zzzzzzz")


@pytest.mark.parametrize("number", [-1, 2**63 - 2**53, 2**63 - 1])
def test_identifiers_that_have_no_key_are_refused(number: int) -> None:
    error = refusal(dia_object_id=0, ss_object_id=number)
    assert error.reason == Reason.INVALID_VALUE
    assert str(number) in error.message
    assert refusal(dia_object_id=-5).reason == Reason.INVALID_VALUE


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"band": "w"}, "band 'w'"),
        ({"band": None}, "band None"),
        ({"midpointMjdTai": 1480360995.0}, "midpointMjdTai 1480360995.0"),
        ({"midpointMjdTai": nan}, "midpointMjdTai nan"),
        ({"dec": 91.0}, "dec"),
        ({"ra": nan}, "ra"),
    ],
)
def test_what_cannot_be_is_refused(changes: dict[str, Any], message: str) -> None:
    row = {**source(), **changes}
    for packet_ in ({"diaSource": row}, {"prvDiaSources": [row]}):
        with pytest.raises(MalformedPacket) as caught:
            Lsst().parse({**packet(), **packet_})
        assert caught.value.reason == Reason.INVALID_VALUE
        assert message in caught.value.message


@pytest.mark.parametrize("field", ["diaSourceId", "midpointMjdTai", "band", "ra", "psfFlux"])
def test_what_is_missing_is_named(field: str) -> None:
    record = packet()
    del record["diaSource"][field]
    with pytest.raises(MalformedPacket) as caught:
        Lsst().parse(record)
    assert caught.value.reason == Reason.MISSING_FIELD
    assert field in caught.value.message


def test_a_packet_without_a_source_is_refused() -> None:
    with pytest.raises(MalformedPacket) as caught:
        Lsst().parse({"diaSource": None})
    assert caught.value.reason == Reason.MISSING_FIELD


def test_stamps_are_the_three_cutouts_of_any_size() -> None:
    cutouts: dict[str, Any] = {
        "cutoutScience": cutout(1, 31),
        "cutoutTemplate": cutout(2, 67),
        "cutoutDifference": cutout(3, 45),
    }
    stamps = parsed(**cutouts).stamps
    assert stamps == dict(zip(StampKind, cutouts.values(), strict=True))
    assert [decode_stamp(kind, data).pixels.shape for kind, data in stamps.items()] == [
        (31, 31),
        (67, 67),
        (45, 45),
    ]


def test_a_gzipped_stamp_is_a_stamp_and_other_bytes_are_none() -> None:
    alert = parsed(cutoutScience=gzip.compress(cutout()), cutoutTemplate=b"\xff\xd8picture", cutoutDifference=None)
    assert alert.stamps.keys() == {StampKind.SCIENCE}
    bare = parsed(cutoutScience=None, cutoutTemplate=None, cutoutDifference=b"")
    assert (bare.stamps, bare.detection.has_stamps) == ({}, False)


def test_extras_keep_what_the_common_form_has_no_place_for() -> None:
    extras: Any = parsed(visit=12, detector=94, isNegative=True, extendedness=0.25, isDipole=True).extras
    assert (extras.visit, extras.detector, extras.detected_negative) == (12, 94, True)
    assert (extras.extendedness, extras.is_dipole, extras.template_flux) == (0.25, True, 4000.0)
    assert (extras.solar_system_id, extras.solar_system_designation) == (None, None)


def test_extras_of_the_solar_system_name_the_body() -> None:
    extras: Any = parsed(
        dia_object_id=0, ss_object_id=SS_OBJECT_ID, ssSource=solar_system_source(designation="2006 TK6")
    ).extras
    assert (extras.solar_system_id, extras.solar_system_designation) == (SS_OBJECT_ID, "2006 TK6")
