"""ZTF packets as alerts: what each oddity of the stream becomes. Packets are made to order; see test_ztf_shared."""

import itertools
import math
import string
from math import nan
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.alert import Alert, Detection, ForcedPhotometry, NonDetection
from domain.band import Band
from domain.dead_letter import DeadLetter, MalformedPacket, Reason
from domain.packet import ReceivedAlert
from domain.photometry import apparent_magnitude, flux_of_magnitude
from domain.stamp import StampKind
from domain.survey import SurveyName
from ingest.decoding import decode
from surveys.avro import Record, read_container, writer_schema
from surveys.ztf import Ztf, ZtfExtras, object_id
from tests.support.ztf_packets import (
    JD,
    NAME,
    candid_of,
    container,
    forced,
    packet,
    previous,
    schema_with,
    stamp,
    upper_limit,
)


def parse(record: Record, **types: Any) -> Alert:
    """Through real Avro; `types` are other types of the candidate's fields."""
    (read,) = read_container(container(record, schema=schema_with("candidate", **types)))
    return Ztf().parse(read.record)


def refusal(record: Record, **types: Any) -> Reason:
    (item,) = decode("test", container(record, schema=schema_with("candidate", **types)))
    assert isinstance(item, DeadLetter)
    assert item.survey == SurveyName.ZTF
    return item.reason


def single(value: float) -> float:
    """As a 32-bit float of the packet comes out."""
    return float(np.float32(value))


def test_a_whole_packet() -> None:
    alert = parse(packet(prv_candidates=[previous(), upper_limit()], fp_hists=[forced()]))
    magnitude, error = single(18.5), single(0.1)
    apparent = apparent_magnitude(magnitude, error, 19.0, single(0.02), is_positive=True)
    flux = flux_of_magnitude(magnitude, error, is_positive=True)
    own = Detection(
        candid=candid_of(JD),
        mjd=58999.75 + 0.5,
        band=Band.g,
        ra=150.1,
        dec=-2.2,
        is_positive=True,
        magnitude=magnitude,
        magnitude_error=error,
        apparent_magnitude=apparent.magnitude,
        apparent_magnitude_error=apparent.error,
        apparent_magnitude_error_extended=apparent.error_extended,
        flux=flux.flux,
        flux_error=flux.error,
        limiting_magnitude=20.5,
        real_bogus=single(0.9),
        deep_real_bogus=single(0.95),
        corrected=True,
        stellar=True,
        has_stamps=True,
    )
    assert alert.detection == own
    assert alert.previous_detections == (
        own._replace(
            candid=candid_of(JD - 3), mjd=own.mjd - 3, deep_real_bogus=None, stellar=None, has_stamps=False
        ),
    )
    assert alert.non_detections == (NonDetection(500, own.mjd - 5, Band.g, 20.5),)
    assert (alert.survey, alert.object_name, alert.object_id) == (SurveyName.ZTF, NAME, object_id(NAME))
    assert set(alert.stamps) == set(StampKind)
    assert isinstance(alert.extras, ZtfExtras)
    assert alert.extras.solar_system_name is None
    assert alert.extras.solar_system_distance_arcsec is None


def test_forced_photometry_is_flux_in_njy() -> None:
    (row,) = parse(packet(fp_hists=[forced(jd=JD - 4, forcediffimflux=-500.0, distnr=0.2)])).forced_photometry
    zero_point = 3631e9 * 10 ** (-0.4 * 26.0)  # nJy of one data number
    assert row.flux == pytest.approx(-500 * zero_point, rel=1e-4)
    assert row.flux_error == pytest.approx(20 * zero_point, rel=1e-4)
    assert row.magnitude == pytest.approx(26.0 - 2.5 * math.log10(500))
    assert row.magnitude_error == pytest.approx(20 / 500 * 2.5 / math.log(10))
    assert (row.measurement_id, row.mjd, row.band, row.is_positive) == (600, 58996.25, Band.g, False)
    assert row.apparent_magnitude == pytest.approx(
        19.0 - 2.5 * math.log10(1 - 10 ** (0.4 * (19.0 - 26.0 + 2.5 * math.log10(500))))
    )


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"forcediffimflux": -99999.0, "forcediffimfluxunc": -99999.0}, (None,) * 5),
        ({"magzpsci": -999.0}, (None,) * 5),
        ({"magzpsci": nan}, (None,) * 5),
        ({"forcediffimflux": 0.0, "forcediffimfluxunc": -99999.0}, (0.0, None, None, None, True)),
    ],
)
def test_forced_photometry_that_is_not_set_is_null(changes: Record, expected: tuple[Any, ...]) -> None:
    (row,) = parse(packet(fp_hists=[forced(**changes)])).forced_photometry
    assert row == ForcedPhotometry._make((600, 58996.25, Band.g, *expected, None, None, 20.5))


@pytest.mark.parametrize("far", [{"distnr": -99999.0}, {"distnr": 2.0}, {"distnr": None}, {"magnr": -99999.0}])
def test_forced_photometry_away_from_a_reference_source_is_not_corrected(far: Record) -> None:
    (row,) = parse(packet(fp_hists=[forced(**far)])).forced_photometry
    assert row.magnitude is not None
    assert (row.apparent_magnitude, row.apparent_magnitude_error) == (None, None)


@pytest.mark.parametrize(
    ("flag", "positive"),
    [("t", True), ("f", False), ("1", True), ("0", False), (1, True), (0, False), (True, True), (False, False)],
)
def test_isdiffpos_in_every_form(flag: object, positive: bool) -> None:
    alert = parse(packet(isdiffpos=flag), isdiffpos=["boolean", "int", "string"])
    assert alert.detection.is_positive is positive
    assert alert.detection.flux is not None
    assert (alert.detection.flux > 0) is positive


@pytest.mark.parametrize("flag", ["x", "", None, 2, -1])
def test_isdiffpos_of_no_known_form_is_refused(flag: object) -> None:
    assert refusal(packet(isdiffpos=flag), isdiffpos=["null", "int", "string"]) == Reason.INVALID_VALUE


@pytest.mark.parametrize("distance", [-999.0, None, nan, 1.5, 30.0])
def test_without_a_near_reference_source_nothing_is_corrected_or_stellar(distance: float | None) -> None:
    own = parse(packet(distnr=distance)).detection
    assert (own.corrected, own.stellar) == (False, False)
    assert (own.apparent_magnitude, own.apparent_magnitude_error, own.apparent_magnitude_error_extended) == (
        (None,) * 3
    )


@pytest.mark.parametrize("reference", [-999.0, None, nan])
def test_a_near_source_without_magnitude_cannot_correct(reference: float | None) -> None:
    own = parse(packet(magnr=reference)).detection
    assert (own.corrected, own.apparent_magnitude) == (False, None)


def test_a_negative_difference_brighter_than_its_reference_has_no_apparent_magnitude() -> None:
    own = parse(packet(isdiffpos="f", magpsf=18.0, magnr=19.0)).detection
    assert own.corrected
    assert (own.apparent_magnitude, own.apparent_magnitude_error, own.apparent_magnitude_error_extended) == (
        (None,) * 3
    )


@pytest.mark.parametrize("unset", [None, nan, -999.0, math.inf])
@pytest.mark.parametrize(
    ("field", "attribute"),
    [("rb", "real_bogus"), ("drb", "deep_real_bogus"), ("diffmaglim", "limiting_magnitude")],
)
def test_numbers_that_are_not_set_are_null(field: str, attribute: str, unset: float | None) -> None:
    assert getattr(parse(packet(**Record({field: unset}))).detection, attribute) is None


def test_a_magnitude_that_is_not_a_number_leaves_a_detection_without_one() -> None:
    own = parse(packet(magpsf=nan, sigmapsf=nan)).detection
    assert (own.magnitude, own.magnitude_error, own.flux, own.flux_error, own.apparent_magnitude) == (None,) * 5


def test_schemas_before_3_3_have_no_drb() -> None:
    record = packet()
    del record["candidate"]["drb"]
    assert parse(record, drb=None).detection.deep_real_bogus is None


@pytest.mark.parametrize(("name", "known_as"), [("null", None), (None, None), ("", None), ("12345", "12345")])
def test_the_solar_system_name_null_is_no_name(name: str | None, known_as: str | None) -> None:
    extras = parse(packet(ssnamenr=name)).extras
    assert isinstance(extras, ZtfExtras)
    assert extras.solar_system_name == known_as


@pytest.mark.parametrize("history", [None, []])
def test_null_histories_are_empty(history: list[Record] | None) -> None:
    alert = parse(packet(prv_candidates=history, fp_hists=history))
    assert (alert.previous_detections, alert.non_detections, alert.forced_photometry) == ((), (), ())


@pytest.mark.parametrize("limit", [None, -999.0, nan])
def test_an_epoch_without_a_limit_says_nothing(limit: float | None) -> None:
    assert parse(packet(prv_candidates=[upper_limit(limit=limit)])).non_detections == ()


def test_history_rows_of_schema_3_5_are_forced_photometry() -> None:
    row = forced()
    schema = schema_with("alert", prv_candidates=["null", {"type": "array", "items": _fp_schema()}], fp_hists=None)
    record = packet(prv_candidates=[row])
    del record["fp_hists"]
    (read,) = read_container(container(record, schema=schema))
    (measured,) = Ztf().parse(read.record).forced_photometry
    assert measured == parse(packet(fp_hists=[row])).forced_photometry[0]


def _fp_schema() -> Record:
    (field,) = [field for field in schema_with("alert")["fields"] if field["name"] == "fp_hists"]
    items: Record = field["type"][1]["items"]
    return items


def test_small_stamps_are_kept_as_they_are() -> None:
    cutout = stamp(shape=(41, 63))
    assert parse(packet(cutoutTemplate=cutout)).stamps[StampKind.TEMPLATE] == cutout["stampData"]


@pytest.mark.parametrize(
    "cutout", [None, {"fileName": "a.jpg", "stampData": b"\xff\xd8\xff"}, {"fileName": "", "stampData": b""}]
)
def test_pictures_and_missing_cutouts_are_no_stamps(cutout: Record | None) -> None:
    alert = parse(packet(cutoutScience=cutout, cutoutTemplate=cutout, cutoutDifference=cutout))
    assert alert.stamps == {}
    assert not alert.detection.has_stamps


def test_a_candid_that_only_the_candidate_has_is_taken() -> None:
    record = packet()
    del record["candid"]
    (read,) = read_container(container(record, schema=schema_with("alert", candid=None)))
    assert Ztf().parse(read.record).candid == candid_of(JD)


@given(st.floats(-0.0019, 0.0019))
def test_a_candid_may_differ_from_the_date_by_rounding(difference: float) -> None:
    assert parse(packet(jd=JD + difference, candid=candid_of(JD))).candid == candid_of(JD)


@pytest.mark.parametrize("difference", [0.0021, -0.0021, 1.0, -300.0])
def test_a_date_that_contradicts_the_candid_is_refused(difference: float) -> None:
    assert refusal(packet(jd=JD + difference, candid=candid_of(JD))) == Reason.INTEGRITY


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"fid": 4}, Reason.INVALID_VALUE),
        ({"ra": nan}, Reason.INVALID_VALUE),
        ({"dec": 91.0}, Reason.INVALID_VALUE),
        ({"jd": nan, "candid": candid_of(JD)}, Reason.INTEGRITY),
        ({"magpsf": -3e38}, Reason.INVALID_VALUE),
        ({"prv_candidates": [previous(jd=1e10, candid=1)]}, Reason.INVALID_VALUE),
        ({"prv_candidates": [upper_limit(jd=nan)]}, Reason.INVALID_VALUE),
        ({"prv_candidates": [previous(ra=None)]}, Reason.INVALID_VALUE),
        ({"fp_hists": [forced(fid=0)]}, Reason.INVALID_VALUE),
    ],
)
def test_values_that_cannot_be_are_refused(changes: Record, reason: Reason) -> None:
    assert refusal(packet(**changes)) == reason


@pytest.mark.parametrize("field", ["magpsf", "sigmapsf", "magnr", "rb", "fwhm"])
def test_numbers_beyond_those_of_the_survey_are_refused(field: str) -> None:
    assert refusal(packet(**Record({field: 1e300})), **{field: ["null", "double"]}) == Reason.INVALID_VALUE


@pytest.mark.parametrize("field", ["jd", "fid", "ra", "magpsf", "isdiffpos"])
def test_a_candidate_that_lacks_a_field_is_refused(field: str) -> None:
    record = packet()
    del record["candidate"][field]
    assert refusal(record, **{field: None}) == Reason.MISSING_FIELD


@pytest.mark.parametrize(
    "name", ["", "ztf20aaaaaaa", "ZTF20AAAAAAA", "ZTF20aaaaaa", "ZTF20aaaaaaaa", "ZTF2xaaaaaaa", "ZTF20aaaaaaa\n"]
)
def test_names_of_another_form_are_refused(name: str) -> None:
    with pytest.raises(ValueError, match="objectId"):
        object_id(name)
    assert refusal(packet(name=name)) == Reason.INVALID_VALUE


def test_a_record_of_another_survey_is_refused() -> None:
    with pytest.raises(MalformedPacket):
        Ztf().parse({})


NAMES = st.builds(
    lambda year, letters: f"ZTF{year:02d}{letters}",
    st.integers(0, 99),
    st.text(string.ascii_lowercase, min_size=7, max_size=7),
)


@given(NAMES, NAMES)
def test_object_ids_differ_where_names_differ(name: str, other: str) -> None:
    assert (object_id(name) == object_id(other)) == (name == other)
    assert -(2**63) <= object_id(name) < 0


def test_object_ids_never_change() -> None:
    """They are keys in databases that outlive a release."""
    assert [object_id(name) for name in ("ZTF00aaaaaaa", "ZTF00aaaaaab", "ZTF18abcdefg", "ZTF99zzzzzzz")] == [
        -1,
        -2,
        -1 - (18 * 26**7 + sum(n * 26 ** (6 - n) for n in range(7))),
        -(100 * 26**7),
    ]


def test_neighbouring_names_have_neighbouring_ids() -> None:
    letters = ["".join(pair) for pair in itertools.product(string.ascii_lowercase, repeat=2)]
    ids = [object_id(f"ZTF17aaaaa{pair}") for pair in letters]
    assert ids == list(range(ids[0], ids[0] - 26**2, -1))


def test_recognises_its_own_schema_and_that_of_a_broker_that_renamed_it() -> None:
    renamed = schema_with("alert") | {"name": "topLevelRecord"}
    renamed.pop("namespace")
    (item,) = decode("test", container(packet(), schema=renamed))
    assert isinstance(item, ReceivedAlert)


def test_does_not_recognise_other_records() -> None:
    other = b'{"type": "record", "name": "alert", "fields": [{"name": "objectId", "type": "string"}]}'
    assert not Ztf().recognises(writer_schema(other))
    assert not Ztf().recognises(writer_schema(b'["null", "int"]'))
