"""`arrayan dead-letters`: what could not be stored is listed, shown whole, and tried again."""

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
    import tarfile

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


@pytest.mark.parametrize(
    "arguments", [("retry",), ("retry", "--all", "1"), ("show",), ("show", "one"), ("list", "1")]
)
def test_mistakes_of_usage(arrayan: Command, arguments: tuple[str, ...]) -> None:
    ran = arrayan("dead-letters", *arguments)
    assert ran.code == 2
    assert "--help" in ran.err


def test_an_unknown_letter_is_not_retried(arrayan: Command) -> None:
    ran = arrayan("dead-letters", "retry", "77")
    assert ran.code == 0
    assert ran.out.split() == ["77", "unknown", "0", "of", "1", "stored."]
