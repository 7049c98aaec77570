"""`arrayan ingest`: from wherever, once, with numbers that add up."""

import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from tests.support.command import SAMPLE_NIGHT, Command, Ran


def report(ran: Ran) -> dict[str, Any]:
    """The last line, which must add up."""
    assert ran.code == 0, ran.err
    told = json.loads(ran.last_line)
    assert list(told) == ["read", "stored", "duplicates", "dead_letters"]
    assert told["read"] == told["stored"] + told["duplicates"] + told["dead_letters"]
    assert isinstance(told, dict)
    return told


@pytest.fixture(scope="module")
def packets(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The packets of the sample night as files."""
    folder = tmp_path_factory.mktemp("packets")
    with tarfile.open(SAMPLE_NIGHT) as archive:
        archive.extractall(folder, filter="data")
    return sorted(folder.rglob("*.avro"))


def test_a_second_run_stores_nothing(arrayan: Command, packets: list[Path]) -> None:
    count = len(packets)
    first = report(arrayan("ingest", "--json", SAMPLE_NIGHT))
    assert first == {"read": count, "stored": count, "duplicates": 0, "dead_letters": 0}
    second = report(arrayan("ingest", "--json", SAMPLE_NIGHT))
    assert second == {"read": count, "stored": 0, "duplicates": count, "dead_letters": 0}


def test_files_folders_and_archives_can_be_mixed(arrayan: Command, packets: list[Path], tmp_path: Path) -> None:
    assert report(arrayan("ingest", "--json", packets[0], packets[1]))["stored"] == 2
    folder = report(arrayan("ingest", "--json", packets[0].parent))
    assert (folder["stored"], folder["duplicates"]) == (len(packets) - 2, 2)
    with tarfile.open(tmp_path / "plain.tar", "w") as archive:
        for packet in packets[:5]:
            archive.add(packet, packet.name)
    mixed = report(arrayan("ingest", "--json", tmp_path / "plain.tar", packets[0], SAMPLE_NIGHT))
    assert mixed == {"read": 6 + len(packets), "stored": 0, "duplicates": 6 + len(packets), "dead_letters": 0}


@pytest.mark.parametrize("source", ["archive", "packet"])
def test_standard_input_is_a_dash(arrayan: Command, packets: list[Path], source: str) -> None:
    content = SAMPLE_NIGHT.read_bytes() if source == "archive" else packets[0].read_bytes()
    stored = report(arrayan("ingest", "--json", "-", stdin=content))["stored"]
    assert stored == (len(packets) if source == "archive" else 1)


def test_what_cannot_be_read_becomes_a_dead_letter_and_stops_nothing(
    arrayan: Command, packets: list[Path], tmp_path: Path
) -> None:
    folder = tmp_path / "night"
    folder.mkdir()
    (folder / "a_page.avro").write_text("<html>404</html>")
    (folder / "b_empty.avro").write_bytes(b"")
    (folder / "c_cut.avro").write_bytes(packets[0].read_bytes()[:-1000])
    (folder / "d_good.avro").write_bytes(packets[1].read_bytes())
    assert report(arrayan("ingest", "--json", folder)) == {
        "read": 4,
        "stored": 1,
        "duplicates": 0,
        "dead_letters": 3,
    }


def test_without_json_it_is_told_in_words(arrayan: Command, tmp_path: Path) -> None:
    (tmp_path / "page.avro").write_text("<html>404</html>")
    ran = arrayan("ingest", SAMPLE_NIGHT, tmp_path / "page.avro")
    assert ran.code == 0
    assert ran.out.splitlines() == [
        "41 read: 40 stored, 0 were there already, 1 dead letters.",
        "See `arrayan dead-letters list`.",
    ]


def test_an_empty_folder_is_nothing(arrayan: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    told = report(arrayan("ingest", "--json", tmp_path / "empty"))
    assert told == {"read": 0, "stored": 0, "duplicates": 0, "dead_letters": 0}


def test_a_path_that_is_not_there_is_a_mistake_of_usage(arrayan: Command) -> None:
    ran = arrayan("ingest", "--json", "nowhere.tar.gz")
    assert ran.code == 2
    assert "'nowhere.tar.gz' does not exist" in ran.err
    assert ran.out == ""


@pytest.mark.parametrize("arguments", [(), ("--survey", "ogle", "x"), ("--nothing", "x")])
def test_other_mistakes_of_usage(arrayan: Command, arguments: tuple[str, ...]) -> None:
    ran = arrayan("ingest", *arguments)
    assert ran.code == 2
    assert "--help" in ran.err


def test_a_survey_can_be_named(arrayan: Command) -> None:
    assert report(arrayan("ingest", "--survey", "ZTF", "--json", SAMPLE_NIGHT))["dead_letters"] == 0


def test_a_folder_without_files_is_told(arrayan: Command, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    ran = arrayan("ingest", "--json", tmp_path / "empty")
    assert report(ran)["read"] == 0
    assert f"There are no files in {tmp_path / 'empty'}." in ran.err
