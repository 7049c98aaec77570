"""LSST alerts through the whole path: bytes in, light curves and neighbours out."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from domain.leap_seconds import utc_from_tai
from domain.light_curve import StoredDetection, StoredForcedPhotometry
from ingest.sources.files import RawFile, find_files, read_files
from ingest.worker import IngestReport, ingest_files
from storage.light_curves import detections_of, forced_photometry_of
from storage.packet_archive import PacketArchive
from storage.reader import Reader
from surveys.lsst import dia_object, solar_system_object
from tests.storage.test_alert_store import assert_summaries_are_right
from tests.support import ztf_packets
from tests.support.databases import REPOSITORY
from tests.support.digest import digest
from tests.support.endpoint import endpoint
from tests.support.lsst_oracle import Told, apparent, finite, magnitude, raw_packets, told
from tests.support.lsst_packets import (
    DIA_OBJECT_ID,
    MJD_TAI,
    SS_OBJECT_ID,
    container,
    forced,
    message,
    packet,
    solar_system_source,
    source,
    source_id_of,
)
from tests.support.reading import ask
from tests.support.storing import alert_store

BOTH_SURVEYS = REPOSITORY / "docs" / "graphql" / "07_both_surveys.graphql"
REAL32 = 1e-6
"""Relative size of the last bit of what the database keeps in 32 bits."""


class Night(NamedTuple):
    """A database that holds the shared LSST packets, and what they tell."""

    url: str
    archive: Path
    report: IngestReport
    told: Told


@pytest.fixture(scope="module")
def night(module_database_url: str, shared_alerts: Path, tmp_path_factory: pytest.TempPathFactory) -> Night:
    archive = tmp_path_factory.mktemp("archive")
    with alert_store(module_database_url, archive) as store:
        report = ingest_files(read_files(find_files([shared_alerts / "lsst"])), store)
    return Night(module_database_url, archive, report, told(raw_packets(shared_alerts)))


def take_in(url: str, archive: Path, *contents: bytes) -> IngestReport:
    with alert_store(url, archive) as store:
        return ingest_files([RawFile(f"test{n}", content, 0) for n, content in enumerate(contents)], store)


def key_of(name: str) -> int:
    return (solar_system_object(int(name[2:])) if name.startswith("ss") else dia_object(int(name))).key


def light_curves(
    url: str, names: Iterable[str]
) -> tuple[dict[int, list[StoredDetection]], dict[int, list[StoredForcedPhotometry]]]:
    ids = [key_of(name) for name in names]

    async def question(reader: Reader) -> Any:
        return await detections_of(reader, ids), await forced_photometry_of(reader, ids)

    answer: tuple[Any, Any] = ask(url, question)
    return answer


def close32(value: float | None) -> Any:
    return None if value is None else pytest.approx(value, rel=REAL32)


def close64(value: float | None) -> Any:
    return None if value is None else pytest.approx(value, rel=1e-12)


def test_every_shared_packet_is_stored_once(night: Night) -> None:
    assert night.report == IngestReport(158, len(night.told.alerts), 158 - len(night.told.alerts), 0)
    with psycopg.connect(night.url) as connection:
        names = connection.execute("SELECT name, object_id FROM object WHERE survey = 'LSST'").fetchall()
    assert dict(names) == {name: key_of(name) for name in night.told.detections}


def test_detections_are_those_that_the_packets_hold(night: Night) -> None:
    detections, _ = light_curves(night.url, night.told.detections)
    assert sum(map(len, detections.values())) > 10_000
    for name, rows in night.told.detections.items():
        for stored, raw in zip(detections[key_of(name)], rows, strict=True):
            difference, total = magnitude(raw["psfFlux"], raw["psfFluxErr"]), apparent(raw)
            assert (stored.candid, stored.band, stored.ra, stored.dec, stored.has_stamps) == (
                raw["diaSourceId"],
                raw["band"],
                raw["ra"],
                raw["dec"],
                raw["has_stamps"],
            )
            assert stored.mjd == pytest.approx(raw["mjd"], abs=1e-9, rel=0)
            assert (stored.flux, stored.flux_error) == (finite(raw["psfFlux"]), finite(raw["psfFluxErr"]))
            assert stored.is_positive == (raw["psfFlux"] >= 0)
            assert (stored.magnitude, stored.magnitude_error) == (close32(difference[0]), close32(difference[1]))
            assert (stored.apparent_magnitude, stored.apparent_magnitude_error) == tuple(map(close64, total))
            assert stored.real_bogus == finite(raw["reliability"])
            assert stored.corrected == (total[0] is not None)
            assert (stored.limiting_magnitude, stored.deep_real_bogus) == (None, None)


def test_forced_photometry_is_that_which_the_packets_hold(night: Night) -> None:
    _, forced_photometry = light_curves(night.url, night.told.detections)
    assert forced_photometry.keys() == {key_of(name) for name in night.told.forced_photometry}
    assert sum(map(len, forced_photometry.values())) > 10_000
    for name, rows in night.told.forced_photometry.items():
        for stored, raw in zip(forced_photometry[key_of(name)], rows, strict=True):
            difference, total = magnitude(raw["psfFlux"], raw["psfFluxErr"]), apparent(raw)
            assert stored.band == raw["band"]
            assert stored.mjd == pytest.approx(raw["mjd"], abs=1e-9, rel=0)
            assert (stored.flux, stored.flux_error) == (finite(raw["psfFlux"]), finite(raw["psfFluxErr"]))
            assert (stored.magnitude, stored.magnitude_error) == tuple(map(close64, difference))
            assert (stored.apparent_magnitude, stored.apparent_magnitude_error) == tuple(map(close64, total))
            assert stored.is_positive == (None if stored.flux is None else stored.flux >= 0)


def test_summaries_are_right(night: Night) -> None:
    with psycopg.connect(night.url, autocommit=True) as connection:
        assert_summaries_are_right(connection)


def test_the_same_packets_again_change_nothing(night: Night, shared_alerts: Path) -> None:
    with psycopg.connect(night.url, autocommit=True) as connection:
        before = digest(connection)
        with alert_store(night.url, night.archive) as store:
            files = list(reversed(list(read_files(find_files([shared_alerts / "lsst"])))))
            again = ingest_files(files, store, batch_alerts=17)
        assert digest(connection) == before
    assert again == IngestReport(158, 0, 158, 0)


def test_a_light_curve_grows_from_messages_and_containers_alike(any_database_url: str, tmp_path: Path) -> None:
    nights = [MJD_TAI + day for day in range(4)]
    records = [
        packet(
            midpointMjdTai=mjd_tai,
            diaSourceId=source_id_of(mjd_tai),
            prvDiaSources=[source(earlier) for earlier in nights if earlier < mjd_tai],
            prvDiaForcedSources=[forced(earlier) for earlier in nights if earlier < mjd_tai],
        )
        for mjd_tai in nights
    ]
    contents = [
        message(records[3]),
        container(records[1]),
        message(records[2]),
        container(records[0], codec="snappy"),
    ]
    assert take_in(any_database_url, tmp_path, *contents) == IngestReport(4, 4, 0, 0)
    detections, forced_photometry = light_curves(any_database_url, [str(DIA_OBJECT_ID)])
    (rows,), (measured,) = detections.values(), forced_photometry.values()
    assert [(row.mjd, row.candid, row.has_stamps) for row in rows] == [
        (utc_from_tai(mjd_tai), source_id_of(mjd_tai), True) for mjd_tai in nights
    ]
    assert [row.mjd for row in measured] == [utc_from_tai(mjd_tai) for mjd_tai in nights[:3]]


def test_objects_of_the_solar_system_are_kept_by_their_own_name(any_database_url: str, tmp_path: Path) -> None:
    asteroid = packet(dia_object_id=0, ss_object_id=SS_OBJECT_ID, ssSource=solar_system_source())
    take_in(any_database_url, tmp_path, message(asteroid), message(packet(diaSourceId=5)))
    with endpoint(any_database_url, PacketArchive(str(tmp_path))) as api:
        answer = api.ask(
            """query($name: String!) {
              object(name: $name, survey: LSST) { name survey lightCurve { detections { candid } } }
            }""",
            name=f"ss{SS_OBJECT_ID}",
        )
    assert answer["object"] == {
        "name": f"ss{SS_OBJECT_ID}",
        "survey": "LSST",
        "lightCurve": {"detections": [{"candid": str(asteroid["diaSource"]["diaSourceId"])}]},
    }


def test_objects_of_two_surveys_at_one_place_are_neighbours_at_once(any_database_url: str, tmp_path: Path) -> None:
    """The worked query gives both light curves, from either side."""
    ra, dec = 150.1, -2.2
    take_in(
        any_database_url,
        tmp_path,
        message(packet(ra=ra, dec=dec, band="g")),
        ztf_packets.container(ztf_packets.packet(ra=ra + 0.5 / 3600, dec=dec)),
        ztf_packets.container(ztf_packets.packet("ZTF20aaaaaab", ra=ra + 10 / 3600, dec=dec, place=115010001)),
    )
    query = BOTH_SURVEYS.read_text()
    with endpoint(any_database_url, PacketArchive(str(tmp_path))) as api:
        from_lsst = api.ask(query, name=str(DIA_OBJECT_ID), survey="LSST")["object"]
        from_ztf = api.ask(query, name=ztf_packets.NAME, survey="ZTF")["object"]
    assert curve(from_lsst) == ([utc_from_tai(MJD_TAI)], ["g"], [5000.0])
    (neighbor,) = from_lsst["neighbors"]
    assert neighbor["separation"] == pytest.approx(0.5, abs=1e-3)
    assert (neighbor["object"]["name"], neighbor["object"]["survey"]) == (ztf_packets.NAME, "ZTF")
    assert curve(neighbor["object"])[:2] == ([ztf_packets.JD - 2400000.5], ["g"])
    assert curve(from_ztf) == curve(neighbor["object"])
    (neighbor,) = from_ztf["neighbors"]
    assert (neighbor["object"]["name"], neighbor["object"]["survey"]) == (str(DIA_OBJECT_ID), "LSST")
    assert curve(neighbor["object"]) == curve(from_lsst)


def curve(node: Any) -> tuple[Any, Any, Any]:
    columns = node["lightCurve"]["columns"]
    return columns["mjd"], columns["band"], columns["flux"]


def test_what_cannot_be_read_is_kept_beside_what_can(any_database_url: str, tmp_path: Path) -> None:
    report = take_in(
        any_database_url,
        tmp_path,
        message(packet(), schema_id=12345),
        message(packet())[:-3],
        message(packet(dia_object_id=0)),
        message(packet()),
    )
    assert report == IngestReport(4, 1, 0, 3)
    with psycopg.connect(any_database_url) as connection:
        reasons = connection.execute("SELECT reason FROM dead_letter ORDER BY source").fetchall()
    assert reasons == [("unknown_schema",), ("damaged",), ("missing_field",)]
