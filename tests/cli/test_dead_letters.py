"""`arrayan dead-letters`: what could not be stored is listed, shown whole, and tried again."""

import json
import tarfile
from pathlib import Path

import psycopg
import pytest

from tests.support.command import SAMPLE_NIGHT, Command

PAGE = b"<html>404 Not Found</html>"


@pytest.fixture
def letter_id(arrayan: Command, tmp_path: Path, any_database_url: str) -> int:
    """The id of a dead letter: a web page under the name of a packet."""
    (tmp_path / "page.avro").write_bytes(PAGE)
    assert arrayan("ingest", tmp_path / "page.avro").code == 0
    with psycopg.connect(any_database_url) as connection:
        (row,) = connection.execute("SELECT id FROM dead_letter").fetchall()
    return int(row[0])


def test_without_letters_the_list_says_so(arrayan: Command) -> None:
    assert arrayan("dead-letters", "list") == (0, "No dead letters.\n", "")


def test_the_list_tells_the_reason_and_the_place(arrayan: Command, letter_id: int, tmp_path: Path) -> None:
    ran = arrayan("dead-letters", "list")
    assert ran.code == 0
    first, second = ran.out.splitlines()
    assert first.split() == [str(letter_id), "not_avro", str(tmp_path / "page.avro")]
    assert len(second.strip()) > 20


def test_a_letter_is_shown_and_its_bytes_come_out_whole(arrayan: Command, letter_id: int, tmp_path: Path) -> None:
    ran = arrayan("dead-letters", "show", letter_id, "--payload", tmp_path / "taken")
    assert ran.code == 0
    told = dict(line.split(maxsplit=1) for line in ran.out.splitlines() if not line.startswith(("First", "Last")))
    assert told["Reason"].startswith("not_avro: ")
    assert told["Bytes"] == str(len(PAGE))
    assert told["Source"] == str(tmp_path / "page.avro")
    assert (tmp_path / "taken").read_bytes() == PAGE


def test_a_letter_that_is_not_there_is_a_plain_error(arrayan: Command) -> None:
    ran = arrayan("dead-letters", "show", "77")
    assert (ran.code, ran.err) == (
        1,
        "Error: there is no dead letter 77: `arrayan dead-letters list` shows them\n",
    )


def test_bytes_that_cannot_be_written_are_a_plain_error(arrayan: Command, letter_id: int, tmp_path: Path) -> None:
    ran = arrayan("dead-letters", "show", letter_id, "--payload", tmp_path / "nowhere" / "taken")
    assert ran.code == 1
    assert ran.err.startswith("Error: ")
    assert "nowhere" in ran.err


def test_a_letter_that_is_still_dead_stays(arrayan: Command, letter_id: int) -> None:
    ran = arrayan("dead-letters", "retry", letter_id)
    assert ran.code == 0
    assert "still dead" in ran.out
    assert ran.last_line == "0 of 1 stored."
    assert str(letter_id) in arrayan("dead-letters", "list").out


def test_a_letter_that_can_be_read_now_is_stored(
    arrayan: Command, letter_id: int, any_database_url: str, tmp_path: Path
) -> None:
    """As after a release that reads more: the letter holds a packet that this one reads."""
    with tarfile.open(SAMPLE_NIGHT) as archive:
        file = archive.extractfile(archive.getmembers()[0])
        assert file is not None
        packet = file.read()
    with psycopg.connect(any_database_url) as connection:
        connection.execute("UPDATE dead_letter SET payload = %s WHERE id = %s", (packet, letter_id))
    ran = arrayan("dead-letters", "retry", "--all")
    assert (ran.code, ran.last_line) == (0, "1 of 1 stored.")
    assert arrayan("dead-letters", "list").out == "No dead letters.\n"
    assert "(stored since)" in arrayan("dead-letters", "list", "--all").out
    assert arrayan("dead-letters", "retry", "--all").last_line == "0 of 0 stored."


def test_letters_are_told_to_scripts_in_one_line(arrayan: Command, letter_id: int, tmp_path: Path) -> None:
    (told,) = json.loads(arrayan("dead-letters", "list", "--json").out)
    assert (told["id"], told["reason"], told["source"]) == (letter_id, "not_avro", str(tmp_path / "page.avro"))
    assert (told["sent_at"], told["resolved_at"], told["size_bytes"]) == (None, None, len(PAGE))
    shown = json.loads(arrayan("dead-letters", "show", letter_id, "--bytes", 6, "--json").out)
    assert shown == {**told, "first_bytes": b"<html>".hex()}
    retried = json.loads(arrayan("dead-letters", "retry", "--all", "--json").out)
    assert (retried["stored"], retried["still_dead"], retried["unknown"]) == (0, 1, 0)
    assert [(found["id"], found["outcome"]) for found in retried["letters"]] == [(letter_id, "still dead")]


def test_a_letter_shows_how_its_bytes_begin(arrayan: Command, letter_id: int) -> None:
    lines = arrayan("dead-letters", "show", letter_id).out.splitlines()
    begin = lines.index(f"First {len(PAGE)} bytes")
    assert lines[begin + 1 :] == [
        "  00000000  3c 68 74 6d 6c 3e 34 30 34 20 4e 6f 74 20 46 6f  |<html>404 Not Fo|",
        "  00000010  75 6e 64 3c 2f 68 74 6d 6c 3e                    |und</html>|",
    ]


def test_words_that_a_terminal_would_obey_are_escaped(
    arrayan: Command, letter_id: int, any_database_url: str
) -> None:
    with psycopg.connect(any_database_url) as connection:
        connection.execute("UPDATE dead_letter SET message = %s", ("\x1b[2Jgone\n",))
    for arguments in (("list",), ("show", letter_id)):
        assert "\\x1b[2Jgone\\n" in arrayan("dead-letters", *arguments).out


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (("--reason", "not_avro"), True),
        (("--reason", "damaged", "--reason", "empty"), False),
        (("--survey", "ztf"), False),
        (("--source", "/"), True),
        (("--source", "page"), False),
        (("--night", "2020-05-31"), False),
        (("--since", "2020-05-31T07:00"), True),
        (("--since", "2199-01-01"), False),
    ],
)
def test_filters_choose_letters(arrayan: Command, letter_id: int, options: tuple[str, ...], found: bool) -> None:
    assert (arrayan("dead-letters", "list", *options).out != "No dead letters.\n") is found
    assert arrayan("dead-letters", "retry", *options).last_line == f"0 of {int(found)} stored."


@pytest.mark.parametrize("name", ["taken", "taken.tar", "taken.tar.gz"])
def test_letters_are_taken_out_as_they_came_with_an_index(
    arrayan: Command, letter_id: int, tmp_path: Path, name: str
) -> None:
    target = tmp_path / name
    ran = arrayan("dead-letters", "export", "--all", "--to", target)
    assert (ran.code, ran.out) == (0, f"1 letters, {len(PAGE)} bytes: {target}\n")
    folder = target
    if name != "taken":
        folder = tmp_path / "unpacked"
        with tarfile.open(target) as archive:
            archive.extractall(folder, filter="data")
    (line,) = (folder / "index.jsonl").read_text().splitlines()
    (listed,) = json.loads(arrayan("dead-letters", "list", "--json").out)
    assert json.loads(line) == {"file": f"packets/{letter_id:08d}.packet", **listed}
    (packet,) = (folder / "packets").iterdir()
    assert packet.read_bytes() == PAGE
    again = arrayan("dead-letters", "export", letter_id, 77, "--to", target)
    assert again.code == 1
    assert f"{target}" in again.err


def test_what_is_taken_out_can_be_taken_in(arrayan: Command, letter_id: int, tmp_path: Path) -> None:
    ran = arrayan("dead-letters", "export", letter_id, 77, "--to", tmp_path / "taken", "--json")
    assert json.loads(ran.out) == {
        "to": str(tmp_path / "taken"),
        "exported": 1,
        "size_bytes": len(PAGE),
        "missing": [77],
    }
    assert arrayan("ingest", tmp_path / "taken" / "packets").out.startswith("1 read: 0 stored")
    (told,) = json.loads(arrayan("dead-letters", "list", "--json").out)
    assert (told["id"], told["times_seen"]) == (letter_id, 2)


def test_only_letters_that_were_stored_are_deleted(arrayan: Command, letter_id: int, any_database_url: str) -> None:
    ran = arrayan("dead-letters", "delete", letter_id)
    assert ran.code == 1
    assert f"{letter_id}: not stored yet" in ran.err
    assert arrayan("dead-letters", "delete", "--all").out == "0 letters deleted.\n"
    with psycopg.connect(any_database_url) as connection:
        connection.execute("UPDATE dead_letter SET resolved_at = '2026-11-05'")
    early = arrayan("dead-letters", "delete", "--all", "--resolved-before", "2026-11-04", "--json")
    assert json.loads(early.out) == {"dry_run": False, "chosen": 0, "deleted": 0}
    assert "1 letters would be deleted" in arrayan("dead-letters", "delete", "--all", "--dry-run").out
    assert arrayan("dead-letters", "delete", letter_id).out == "1 letters deleted.\n"
    assert arrayan("dead-letters", "list", "--all").out == "No dead letters.\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("retry",),
        ("retry", "--all", "1"),
        ("show",),
        ("show", "one"),
        ("list", "1"),
        ("export", "--all"),
        ("delete",),
    ],
)
def test_mistakes_of_usage(arrayan: Command, arguments: tuple[str, ...]) -> None:
    ran = arrayan("dead-letters", *arguments)
    assert ran.code == 2
    assert "--help" in ran.err


def test_an_unknown_letter_is_an_error_after_the_others_have_been_tried(arrayan: Command, letter_id: int) -> None:
    ran = arrayan("dead-letters", "retry", 77, letter_id)
    assert ran.code == 1
    assert [line.split()[:2] for line in ran.out.splitlines()] == [
        ["77", "unknown"],
        [str(letter_id), "still"],
        ["0", "of"],
    ]
    assert ran.err.endswith("\nError: there is no dead letter 77: `arrayan dead-letters list` shows them\n")
    told = arrayan("dead-letters", "retry", 77, 78, "--json")
    assert (told.code, json.loads(told.out)["unknown"]) == (1, 2)
    assert "77, 78" in told.err
