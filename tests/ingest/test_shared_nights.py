"""All shared packets through the whole path, against what fastavro and numpy say of the same files."""

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psycopg
import pytest

from domain.dead_letter import DeadLetter
from domain.light_curve import StoredDetection, StoredForcedPhotometry, StoredNonDetection
from domain.sky import healpix
from domain.survey import SurveyName
from ingest.decoding import decode
from ingest.sources.files import RawFile, find_files, read_files
from ingest.worker import IngestReport, ingest_files
from storage.dead_letters import list_dead_letters
from storage.light_curves import detections_of, forced_photometry_of, non_detections_of
from storage.packet_archive import PacketArchive
from storage.reader import Reader
from surveys.ztf import object_id
from tests.storage.test_alert_store import assert_summaries_are_right
from tests.support.digest import digest
from tests.support.raw_packets import (
    BANDS,
    Expected,
    RawRow,
    corrected_magnitudes,
    dubious_flags,
    expected_light_curves,
    finite,
    is_corrected,
    is_positive,
    parquet_records,
    parquet_rows,
    raw_records,
    ztf_records,
)
from tests.support.reading import ask
from tests.support.storing import alert_store


class Night(NamedTuple):
    """A database that holds the shared ZTF packets, and what was said while storing them."""

    url: str
    archive: Path
    report: IngestReport


@pytest.fixture(scope="module")
def night(module_database_url: str, shared_alerts: Path, tmp_path_factory: pytest.TempPathFactory) -> Night:
    archive = tmp_path_factory.mktemp("archive")
    with alert_store(module_database_url, archive) as store:
        report = ingest_files(read_files(find_files([shared_alerts / "ztf"])), store)
    return Night(module_database_url, archive, report)


@cache
def expected(folder: Path) -> Expected:
    return expected_light_curves(ztf_records(folder))


def read_back(
    night: Night,
) -> tuple[
    dict[int, list[StoredDetection]],
    dict[int, list[StoredNonDetection]],
    dict[int, list[StoredForcedPhotometry]],
]:
    async def question(reader: Reader) -> Any:
        ids = [row[0] for row in await reader.rows("SELECT object_id FROM object")]
        return (
            await detections_of(reader, ids),
            await non_detections_of(reader, ids),
            await forced_photometry_of(reader, ids),
        )

    answer: tuple[Any, Any, Any] = ask(night.url, question)
    return answer


def test_stored_are_the_distinct_alerts_that_fastavro_counts(night: Night, shared_alerts: Path) -> None:
    assert night.report.stored == len(expected(shared_alerts / "ztf").alerts)
    assert night.report.read == sum(night.report[1:])
    tables = list((shared_alerts / "ztf" / "fink_parquet").iterdir())
    lossy = sum(len(parquet_rows(file)) - len(parquet_records(file)) for file in tables)
    assert night.report.dead_letters == lossy
    assert night.report.read == len(ztf_records(shared_alerts / "ztf")) + lossy


def test_light_curves_are_the_union_of_what_the_packets_hold(night: Night, shared_alerts: Path) -> None:
    detections, non_detections, forced = read_back(night)
    wanted = expected(shared_alerts / "ztf")
    assert detections.keys() == {object_id(name) for name in wanted.detections}
    for name, rows in wanted.detections.items():
        key = object_id(name)
        assert [plain_detection(row) for row in detections[key]] == [
            raw_detection(row, dubious) for row, dubious in zip(rows, dubious_flags(rows), strict=True)
        ]
        assert non_detections.get(key, []) == [
            StoredNonDetection(key, row["mjd"], BANDS[row["fid"]], row["diffmaglim"])  # type: ignore[arg-type]
            for row in wanted.non_detections.get(name, [])
        ]
        assert [(row.mjd, row.band, row.limiting_magnitude) for row in forced.get(key, [])] == [
            (row["mjd"], BANDS[row["fid"]], finite(row["diffmaglim"]))
            for row in wanted.forced_photometry.get(name, [])
        ]


def plain_detection(row: StoredDetection) -> tuple[Any, ...]:
    return (
        row.candid,
        row.mjd,
        row.band,
        row.ra,
        row.dec,
        row.is_positive,
        row.magnitude,
        row.magnitude_error,
        row.limiting_magnitude,
        row.real_bogus,
        row.deep_real_bogus,
        row.corrected,
        row.dubious,
        row.has_stamps,
    )


def raw_detection(row: RawRow, dubious: bool) -> tuple[Any, ...]:
    return (
        row["number"],
        row["mjd"],
        BANDS[row["fid"]],
        row["ra"],
        row["dec"],
        is_positive(row),
        finite(row["magpsf"]),
        finite(row["sigmapsf"]),
        finite(row["diffmaglim"]),
        finite(row["rb"]),
        finite(row.get("drb")),
        is_corrected(row),
        dubious,
        row["has_stamps"],
    )


def test_corrected_magnitudes_equal_an_independent_computation(night: Night, shared_alerts: Path) -> None:
    detections, _, _ = read_back(night)
    compared = 0
    for name, rows in expected(shared_alerts / "ztf").detections.items():
        for stored, raw in zip(detections[object_id(name)], rows, strict=True):
            assert [
                stored.apparent_magnitude,
                stored.apparent_magnitude_error,
                stored.apparent_magnitude_error_extended,
            ] == [value and pytest.approx(value, rel=1e-9) for value in corrected_magnitudes(raw)]
            compared += stored.apparent_magnitude is not None
    assert compared > 3000


def test_fluxes_equal_an_independent_computation(night: Night, shared_alerts: Path) -> None:
    detections, _, forced = read_back(night)
    wanted = expected(shared_alerts / "ztf")
    for name, rows in wanted.detections.items():
        stored = detections[object_id(name)]
        magnitude = np.array([row["magpsf"] for row in rows])
        size = 3631e9 * np.power(10, -magnitude / 2.5) * np.where([is_positive(row) for row in rows], 1, -1)
        assert np.allclose(np.array([row.flux for row in stored], dtype=float), size, rtol=1e-4)
    for name, rows in wanted.forced_photometry.items():
        for measured, raw in zip(forced[object_id(name)], rows, strict=True):
            counts, zero_point = finite(raw["forcediffimflux"], -99999.0), finite(raw["magzpsci"])
            if counts is None or zero_point is None:
                assert (measured.flux, measured.magnitude) == (None, None)
            else:
                assert measured.flux == pytest.approx(3631e9 * counts * 10 ** (-0.4 * zero_point), rel=1e-4)
                assert measured.is_positive == (counts >= 0)


def test_summaries_equal_those_recomputed_from_the_stored_light_curves(night: Night) -> None:
    with psycopg.connect(night.url, autocommit=True) as connection:
        assert_summaries_are_right(connection)


def test_pixels_are_those_of_the_positions(night: Night) -> None:
    with psycopg.connect(night.url, autocommit=True) as connection:
        rows = connection.execute("SELECT ra, dec, hpx FROM detection").fetchall()
    ra, dec, hpx = zip(*rows, strict=True)
    assert healpix(ra, dec).tolist() == list(hpx)


def test_the_archive_is_containers_that_fastavro_reads_with_every_packet_once(
    night: Night, shared_alerts: Path
) -> None:
    originals: dict[tuple[str, int], set[str]] = {}
    for record in ztf_records(shared_alerts / "ztf"):
        originals.setdefault(key_of(record), set()).add(repr(record))  # in which a NaN equals itself
    archived = raw_records(night.archive)
    assert Counter(map(key_of, archived)) == Counter(originals.keys())
    assert all(repr(record) in originals[key_of(record)] for record in archived)


def key_of(record: RawRow) -> tuple[str, int]:
    return record["objectId"], record["candidate"]["candid"]


def test_packets_are_read_back_byte_for_byte(night: Night, shared_alerts: Path) -> None:
    originals: dict[tuple[int, int], set[bytes]] = {}
    for file in find_files([shared_alerts / "ztf"]):
        for item in decode(file.name, file.read_bytes()):
            if isinstance(item, DeadLetter):
                assert "last digits are lost" in item.message
                continue
            originals.setdefault((item.alert.object_id, item.alert.candid), set()).add(item.packet.datum)
    archive = PacketArchive(str(night.archive))
    with psycopg.connect(night.url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT object_id, candid, archive_file, packet_offset, packet_length FROM alert"
        ).fetchall()
    assert {tuple(row[:2]) for row in rows} == originals.keys()
    assert all(archive.read(*row[2:]) in originals[row[0], row[1]] for row in rows)


def test_a_second_run_stores_nothing_and_changes_nothing(night: Night, shared_alerts: Path) -> None:
    with psycopg.connect(night.url, autocommit=True) as connection:
        before = digest(connection)
        with alert_store(night.url, night.archive) as store:
            again = ingest_files(read_files(find_files([shared_alerts / "ztf"])), store, batch_alerts=123)
        assert digest(connection) == before
    first = night.report
    assert again == IngestReport(first.read, 0, first.stored + first.duplicates, first.dead_letters)


def test_every_odd_file_is_stored_or_a_dead_letter(database_url: str, shared_alerts: Path, tmp_path: Path) -> None:
    files = find_files([shared_alerts / "odd"])
    outcomes = list(read_files(files))
    assert all(isinstance(outcome, RawFile) for outcome in outcomes)
    with alert_store(database_url, tmp_path) as store, psycopg.connect(database_url, autocommit=True) as connection:
        report = ingest_files(outcomes, store)
        letters = list_dead_letters(connection, limit=1000)
    assert report.read == sum(report[1:])
    assert report.dead_letters == sum(letter.times_seen for letter in letters)
    reasons = Counter((Path(letter.origin.source).parent.name, letter.reason.value) for letter in letters)
    stored = {file.parent.name for file in files} - {folder for folder, _ in reasons}
    assert stored == {"v1_jpeg_stamps", "v3_5_no_stamps", "lsst_as_sent_container", "lsst_no_stamps"}
    assert reasons[("doctored_position_and_jd", "integrity")] == 3
    assert reasons[("empty_container", "empty")] == 1
    assert reasons[("html_error_page", "not_avro")] == 1
    assert all(letter.message for letter in letters)
    assert {letter.survey for letter in letters} <= {None, *SurveyName}
