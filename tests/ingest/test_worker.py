"""From files to rows: everything that is read is stored, known, or a dead letter."""

import tarfile
from pathlib import Path

import psycopg
import pytest

from domain.dead_letter import DeadLetter, Reason
from domain.packet import ReceivedAlert
from domain.survey import SurveyName
from ingest.decoding import decode
from ingest.sources.files import find_files, read_files
from ingest.worker import IngestReport, Progress, ingest_files
from storage.dead_letters import list_dead_letters, payload_of
from surveys.avro import Record, read_container
from surveys.registry import survey_named
from tests.support.storing import alert_store, small_sky
from tests.support.ztf_packets import (
    SCHEMA,
    Schema,
    candid_of,
    container,
    packet,
    previous,
    schema_with,
    upper_limit,
)

DOUBLE = ["null", "double"]


def test_a_night_with_everything_wrong_in_it_is_accounted_for(database_url: str, tmp_path: Path) -> None:
    night = tmp_path / "night"
    night.mkdir()
    sky = small_sky()
    (night / "1 good.avro").write_bytes(container(*sky[:10]))
    (night / "2 page.avro").write_bytes(b"<html>")
    (night / "3 same page.avro").write_bytes(b"<html>")
    (night / "4 half.avro").write_bytes(container(*sky[10:14], records_per_block=1)[:-10])
    (night / "5 doctored.avro").write_bytes(container(packet(jd=2459000.5, candid=candid_of(2459001.5))))
    (night / "6 empty.avro").write_bytes(container())
    (night / "7 nothing.avro").write_bytes(b"")
    with tarfile.open(night / "8 rest.tar", "w") as archive:
        for number, record in enumerate(sky[13:]):
            file = tmp_path / "member"
            file.write_bytes(container(record))
            archive.add(file, f"{number}.avro")
    progress: list[Progress] = []
    with (
        alert_store(database_url, tmp_path / "archive") as store,
        psycopg.connect(database_url, autocommit=True) as connection,
    ):
        report = ingest_files(read_files(find_files([night])), store, batch_alerts=7, on_progress=progress.append)
        letters = list_dead_letters(connection, limit=100)
        payloads = {letter.id: payload_of(connection, letter.id) for letter in letters}
    # Of file 4, three alerts are whole; the fourth comes again in the archive.
    assert report == IngestReport(read=32, stored=24, duplicates=2, dead_letters=6)
    assert progress[-1] == Progress(sum(file.stat().st_size for file in night.iterdir()), report)
    assert sorted((Path(letter.origin.source).name, letter.reason, letter.times_seen) for letter in letters) == [
        ("2 page.avro", Reason.NOT_AVRO, 2),
        ("4 half.avro", Reason.DAMAGED, 1),
        ("5 doctored.avro", Reason.INTEGRITY, 1),
        ("6 empty.avro", Reason.EMPTY, 1),
        ("7 nothing.avro", Reason.NOT_AVRO, 1),
    ]
    kept = {Path(letter.origin.source).name: payloads[letter.id] for letter in letters}
    doctored = kept.pop("5 doctored.avro")
    assert kept == {name: (night / name).read_bytes() for name in kept}
    assert list(read_container(doctored or b"")) == list(read_container((night / "5 doctored.avro").read_bytes()))


@pytest.mark.parametrize(
    ("record", "schema"),
    [
        (packet(magpsf=1e300), schema_with("candidate", magpsf=DOUBLE)),
        (packet(prv_candidates=[upper_limit(limit=-1e300)]), schema_with("prv_candidate", diffmaglim=DOUBLE)),
        (packet(prv_candidates=[previous(jd=1e300, candid=5)]), SCHEMA),
        (packet(prv_candidates=[upper_limit(jd=float("inf"))]), SCHEMA),
        (packet(fid=9), SCHEMA),
    ],
)
def test_one_impossible_value_is_one_dead_letter_and_the_rest_is_stored(
    any_database_url: str, tmp_path: Path, record: Record, schema: Schema
) -> None:
    (tmp_path / "1.avro").write_bytes(container(*small_sky()))
    (tmp_path / "2.avro").write_bytes(container({**record, "objectId": "ZTF22badbadb"}, schema=schema))
    with alert_store(any_database_url, tmp_path / "archive") as store:
        assert ingest_files(read_files(find_files([tmp_path])), store) == IngestReport(27, 24, 2, 1)
        letters = decode("2.avro", (tmp_path / "2.avro").read_bytes())
        assert [item.reason for item in letters if isinstance(item, DeadLetter)] == [Reason.INVALID_VALUE]


def test_a_batch_size_changes_nothing(database_url: str, tmp_path: Path) -> None:
    file = tmp_path / "night.avro"
    file.write_bytes(container(*small_sky()))
    with alert_store(database_url, tmp_path / "archive") as store:
        assert ingest_files(read_files([file]), store, batch_alerts=1) == IngestReport(26, 24, 2, 0)
        assert ingest_files(read_files([file]), store, batch_alerts=1000) == IngestReport(26, 0, 26, 0)


def test_an_alert_keeps_its_own_bytes_and_its_place() -> None:
    content = container(*small_sky()[:3])
    items = list(decode("night", content))
    assert [item.origin.offset for item in items] == [0, 1, 2]
    assert [item.packet.datum for item in items if isinstance(item, ReceivedAlert)] == [
        record.datum for record in read_container(content)
    ]


def test_a_record_that_is_no_alert_is_a_dead_letter_of_that_record_alone() -> None:
    good, bad = packet(), packet("no name")
    items = list(decode("night", container(good, bad, good)))
    assert [type(item) for item in items] == [ReceivedAlert, DeadLetter, ReceivedAlert]
    assert isinstance(items[1], DeadLetter)
    assert (items[1].origin.offset, items[1].survey, items[1].reason) == (1, SurveyName.ZTF, Reason.INVALID_VALUE)
    assert [record.record["objectId"] for record in read_container(items[1].payload)] == ["no name"]


def test_a_packet_of_no_survey_that_we_read_is_told_apart() -> None:
    schema = {"type": "record", "name": "Weather", "fields": [{"name": "rain", "type": "float"}]}
    (letter,) = decode("night", container({"rain": 1.5}, schema=schema))
    assert isinstance(letter, DeadLetter)
    assert (letter.reason, letter.survey) == (Reason.UNKNOWN_SURVEY, None)
    assert "'Weather' with the fields rain" in letter.message


def test_a_survey_that_is_given_is_not_guessed() -> None:
    schema = {"type": "record", "name": "Weather", "fields": [{"name": "rain", "type": "float"}]}
    (letter,) = decode("night", container({"rain": 1.5}, schema=schema), survey_named(SurveyName.ZTF))
    assert isinstance(letter, DeadLetter)
    assert (letter.reason, letter.survey) == (Reason.MISSING_FIELD, SurveyName.ZTF)


def test_a_bare_value_is_a_dead_letter() -> None:
    (letter,) = decode("night", container(5, schema={"type": "int"}), survey_named(SurveyName.ZTF))  # type: ignore[arg-type]
    assert isinstance(letter, DeadLetter)
    assert letter.reason == Reason.MISSING_FIELD
