"""What a packet says agrees with itself, with its stamps and with the truth."""

from typing import Any

import fastavro
import numpy as np
from fastavro.validation import validate

from simulate.avro_container import SCHEMA_PATH, raw_schema
from simulate.fits_stamp import read_gzip_fits
from tests.simulate.conftest import Night

STAMPS = ("cutoutScience", "cutoutTemplate", "cutoutDifference")


def test_packets_validate_against_the_bundled_schema(night: Night) -> None:
    schema = fastavro.parse_schema(raw_schema())
    for record in night.records:
        assert validate(record, schema, strict=False)
        assert record["schemavsn"] == "4.02"


def test_bundled_schema_is_names_and_types_only() -> None:
    assert '"doc"' not in SCHEMA_PATH.read_text(encoding="utf-8")


def test_candid_holds_the_time_of_exposure(night: Night) -> None:
    for record in night.records:
        for row in [record["candidate"], *(record["prv_candidates"] or [])]:
            if row["candid"] is None:
                continue
            assert abs(2457754.5 + row["candid"] // 10**9 / 1e6 - row["jd"]) < 2e-5
            assert row["candid"] // 10**6 == row["pid"]
        assert record["candid"] == record["candidate"]["candid"]


def test_previous_candids_are_unique_and_belong_to_one_object(night: Night) -> None:
    owner: dict[int, str] = {}
    for record in night.records:
        rows = [record["candidate"], *(record["prv_candidates"] or [])]
        candids = [row["candid"] for row in rows if row["candid"] is not None]
        assert len(candids) == len(set(candids))
        assert all(owner.setdefault(candid, record["objectId"]) == record["objectId"] for candid in candids)


def test_history_is_ordered_and_of_thirty_days(night: Night) -> None:
    for record in night.records:
        times = [row["jd"] for row in record["prv_candidates"] or []]
        assert times == sorted(times)
        assert all(0 < record["candidate"]["jd"] - jd < 30 for jd in times)
        forced = [row["jd"] for row in record["fp_hists"]]
        assert forced == times[::-1]


def test_upper_limits_have_a_limit_and_nothing_measured(night: Night) -> None:
    limits = [row for record in night.records for row in record["prv_candidates"] or [] if row["candid"] is None]
    assert len(limits) > 500
    for row in limits:
        assert row["magpsf"] is row["isdiffpos"] is row["ra"] is row["rb"] is row["magnr"] is None
        assert 15 < row["diffmaglim"] < 22


def test_earlier_alert_of_the_night_is_in_the_history_of_the_later(night: Night) -> None:
    by_candid = {record["candid"]: record for record in night.records}
    repeated = 0
    for record in night.records:
        for row in record["prv_candidates"] or []:
            alert = by_candid.get(row["candid"])
            if alert is not None:
                repeated += 1
                assert all(row[name] == alert["candidate"][name] for name in ("magpsf", "ra", "rb", "jd", "distnr"))
    assert repeated > 20


def test_magnitudes_agree_with_the_truth_within_their_errors(night: Night) -> None:
    pulls = np.array(
        [
            (record["candidate"]["magpsf"] - float(row["true_difference_magnitude"]))
            / record["candidate"]["sigmapsf"]
            for record, row in night.pairs()
        ]
    )
    assert np.mean(np.abs(pulls) < 3) > 0.94
    assert abs(np.median(pulls)) < 0.3


def test_sign_agrees_with_the_truth(night: Night) -> None:
    for record, row in night.pairs():
        assert (record["candidate"]["isdiffpos"] == "t") == (row["difference_sign"] == "1")


def test_both_signs_occur_where_they_should(night: Night) -> None:
    negative = {
        early: np.mean([r["candidate"]["isdiffpos"] == "f" for r, row in night.pairs() if row["class"] == early])
        for early in ("SN", "VS", "AGN", "asteroid")
    }
    assert negative["SN"] == negative["asteroid"] == 0
    assert 0.3 < negative["VS"] < 0.65
    assert 0.2 < negative["AGN"] < 0.7


def test_every_alert_is_above_five_sigma(night: Night) -> None:
    for record in night.records:
        assert record["candidate"]["sigmapsf"] <= 1.0857 / 5 + 1e-6
        assert record["candidate"]["scorr"] >= 5


def stamps_of(record: dict[str, Any]) -> list[np.ndarray[Any, Any]]:
    return [read_gzip_fits(record[name]["stampData"]).astype(float) for name in STAMPS]


def _centre(record: dict[str, Any], stamp: np.ndarray[Any, Any], half: int = 2) -> float:
    """Sum of the pixels around the candidate, also in stamps cut at the detector's edge."""
    column, row = (min(31, round(record["candidate"][name]) - 1) for name in ("xpos", "ypos"))
    return float(np.nansum(stamp[row - half : row + half + 1, column - half : column + half + 1]))


def test_candidate_is_bright_in_the_difference_stamp(night: Night) -> None:
    """As ZTF sends it: for a negative alert the stamp is template minus science, and its name says so."""
    for record in night.records:
        assert _centre(record, stamps_of(record)[2]) > 0
        negative = record["candidate"]["isdiffpos"] == "f"
        assert ("refmsci" in record["cutoutDifference"]["fileName"]) == negative


def test_sign_agrees_with_science_minus_template(night: Night) -> None:
    agreeing = [
        (_centre(record, science, 6) > _centre(record, template, 6)) == (record["candidate"]["isdiffpos"] == "t")
        for record, row in night.pairs()
        if row["subclass"] != "bogus"
        for science, template, _ in [stamps_of(record)]
    ]
    assert np.mean(agreeing) > 0.93


def test_flux_of_the_difference_stamp_is_the_magnitude(night: Night) -> None:
    rows, columns = np.mgrid[:63, :63] - 31.0
    aperture = np.hypot(rows, columns) < 8
    offsets = []
    for record, row in night.pairs():
        candidate = record["candidate"]
        stamp = stamps_of(record)[2]
        isolated = row["class"] in ("SN", "asteroid") and candidate["sigmapsf"] < 0.12
        if isolated and stamp.shape == (63, 63) and np.isfinite(stamp).all():
            flux = stamp[aperture].sum() - np.median(stamp) * aperture.sum()
            offsets.append(candidate["magzpsci"] - 2.5 * np.log10(flux) - candidate["magpsf"])
    assert len(offsets) >= 10
    assert abs(np.median(offsets)) < 0.12


def test_template_is_quieter_than_science(night: Night) -> None:
    ratios = []
    for record in night.records:
        science, template, difference = (_robust_scatter(stamp) for stamp in stamps_of(record))
        ratios.append((template / science, difference / science))
    template_ratio, difference_ratio = np.median(ratios, axis=0)
    assert 0.15 < template_ratio < 0.4
    assert 0.9 < difference_ratio < 1.15


def _robust_scatter(stamp: np.ndarray[Any, Any]) -> float:
    return float(1.4826 * np.nanmedian(np.abs(stamp - np.nanmedian(stamp))))


def test_some_stamps_have_holes_and_a_few_are_cut(night: Night) -> None:
    stamps = [stamps_of(record) for record in night.records]
    assert all(len({stamp.shape for stamp in three}) == 1 for three in stamps)
    holes = np.mean([bool(np.isnan(three[0]).any()) for three in stamps])
    assert 0.03 < holes < 0.2
    for record, three in zip(night.records, stamps, strict=True):
        assert all(np.isfinite(_centre(record, stamp)) for stamp in three)
        if record["candidate"]["mindtoedge"] > 32:
            assert three[0].shape == (63, 63)
        if record["candidate"]["mindtoedge"] < 30:
            assert three[0].shape != (63, 63)


def test_asteroids_are_new_and_mostly_known(night: Night) -> None:
    asteroids = [record for record, row in night.pairs() if row["subclass"] == "asteroid"]
    assert all(record["candidate"]["ndethist"] <= 2 for record in asteroids)
    assert all(row["candid"] is None for record in asteroids for row in record["prv_candidates"])
    assert np.mean([record["candidate"]["ssnamenr"] != "null" for record in asteroids]) > 0.7
    for record in night.records:
        unknown = record["candidate"]["ssnamenr"] == "null"
        assert (record["candidate"]["ssdistnr"] == -999) == (record["candidate"]["ssmagnr"] == -999) == unknown


def test_catalogue_fields_fit_the_class(night: Night) -> None:
    def of(subclass: str, name: str) -> list[float]:
        return [record["candidate"][name] for record, row in night.pairs() if row["subclass"] == subclass]

    assert np.median(of("RRL", "distnr")) < 0.7
    assert np.median(of("RRL", "sgscore1")) > 0.85
    assert np.median(of("AGN", "sgscore1")) < 0.6
    assert np.median(of("AGN", "distpsnr1")) < 0.5
    assert np.median(of("SNIa", "distpsnr1")) > 0.4
    assert np.median(of("SNIa", "sgscore1")) < 0.2
    assert np.median(of("asteroid", "distnr")) > 4
    assert np.median(of("bogus", "rb")) < 0.45 < np.median(of("asteroid", "rb")) < np.median(of("SNIa", "rb"))
    assert np.median(of("bogus", "drb")) < 0.3 < 0.95 < np.median(of("QSO", "drb"))


def test_forced_photometry_has_fluxes_and_gaps(night: Night) -> None:
    rows = [row for record in night.records for row in record["fp_hists"]]
    missing = [row for row in rows if row["forcediffimflux"] == -99999.0]
    assert 0.05 < len(missing) / len(rows) < 0.4
    assert {row["procstatus"] for row in missing} == {"61"}
    given = [row for row in rows if row["forcediffimflux"] != -99999.0]
    assert all(row["forcediffimfluxunc"] > 0 for row in given)
    assert 25.9 < np.median([row["magzpsci"] for row in given]) < 26.4


def test_quiet_forced_photometry_scatters_as_its_errors(night: Night) -> None:
    """At the places of asteroids there is nothing at other times."""
    pulls = [
        row["forcediffimflux"] / row["forcediffimfluxunc"]
        for record, truth in night.pairs()
        if truth["subclass"] == "asteroid"
        for row in record["fp_hists"]
        if row["forcediffimflux"] != -99999.0
    ]
    assert 0.9 < np.std(pulls) < 1.1
    assert abs(np.mean(pulls)) < 0.15
