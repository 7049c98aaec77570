"""Mistakes and misfortunes end in one plain sentence, never in a traceback."""

import socket
from pathlib import Path

import pytest

from tests.support.command import SAMPLE_NIGHT, Command, Ran


def assert_plain(ran: Ran, *words: str) -> None:
    assert ran.code == 1, ran
    assert "Traceback" not in ran.err + ran.out
    message = ran.err.strip().splitlines()[-1] if ran.err.count("Error: ") == 0 else ran.err
    assert message.startswith("Error: ") or "\nError: " in message, ran.err
    for word in words:
        assert word in ran.err


@pytest.mark.parametrize("command", [("status",), ("migrate",), ("ingest", SAMPLE_NIGHT), ("dead-letters", "list")])
@pytest.mark.parametrize(
    "url",
    ["nonsense", "mysql://me:secret@host/db", "postgresql://me:secret@[::1/db", "host=localhost password=secret"],
)
def test_a_url_that_is_none(arrayan_alone: Command, command: tuple[object, ...], url: str) -> None:
    ran = arrayan_alone(*command, ARRAYAN_DATABASE_URL=url)
    assert_plain(ran)
    assert "secret" not in ran.err


@pytest.mark.parametrize("command", [("status",), ("migrate",), ("ingest", SAMPLE_NIGHT), ("serve", "--port", "0")])
def test_a_server_that_does_not_answer(arrayan_alone: Command, command: tuple[object, ...]) -> None:
    url = f"postgresql://me:secret@127.0.0.1:{free_port()}/nothing"
    ran = arrayan_alone(*command, ARRAYAN_DATABASE_URL=url)
    assert_plain(ran, "cannot reach the database")
    assert "secret" not in ran.err


def test_a_database_that_may_not_be_written(arrayan_alone: Command, empty_database_url: str) -> None:
    separator = "&" if "?" in empty_database_url else "?"
    url = f"{empty_database_url}{separator}options=-c%20default_transaction_read_only%3Don"
    assert_plain(arrayan_alone("migrate", ARRAYAN_DATABASE_URL=url), "read-only")


@pytest.mark.parametrize("command", ["serve", "up"])
def test_a_port_that_somebody_has(arrayan_alone: Command, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert_plain(arrayan_alone(command, ARRAYAN_PORT=str(port)), f"127.0.0.1:{port}", "ARRAYAN_PORT")


def test_a_host_that_is_none(arrayan_alone: Command) -> None:
    assert_plain(arrayan_alone("serve", "--host", "no such host"), "no such host")


@pytest.mark.parametrize("command", [("migrate",), ("status",), ("ingest", SAMPLE_NIGHT)])
def test_a_data_folder_that_cannot_be_written(tmp_path: Path, command: tuple[object, ...]) -> None:
    (tmp_path / "file").touch()
    ran = Command({"ARRAYAN_DATA_DIR": str(tmp_path / "file")})(*command)
    assert_plain(ran, str(tmp_path / "file"), "ARRAYAN_DATA_DIR")


def test_a_night_that_cannot_be_kept(arrayan: Command, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ran = arrayan("up", ARRAYAN_DATA_DIR=str(tmp_path / "file"), ARRAYAN_PORT="0")
    assert_plain(ran, str(tmp_path / "file"))


@pytest.mark.parametrize("archive", ["nope://bucket/packets", "s3://bucket/packets", "/proc/nothing/packets"])
def test_a_packet_archive_that_cannot_be_had(arrayan: Command, archive: str) -> None:
    assert_plain(arrayan("ingest", SAMPLE_NIGHT, ARRAYAN_ARCHIVE_URL=archive), "archive")


@pytest.mark.parametrize(
    ("name", "value"), [("PORT", "many"), ("BATCH_ALERTS", "0"), ("LOG_LEVEL", "loud"), ("CONFIG", "nowhere.toml")]
)
def test_a_setting_that_cannot_be(arrayan_alone: Command, name: str, value: str) -> None:
    ran = arrayan_alone("status", stdin=b"", **{f"ARRAYAN_{name}": value})
    assert_plain(ran, name if name == "CONFIG" else name.lower())


@pytest.mark.parametrize("content", [b"port = ", b"prot = 1\n", b"\xff\xfe"])
def test_a_file_of_settings_that_cannot_be_read(arrayan_alone: Command, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "arrayan.toml").write_bytes(content)
    assert_plain(arrayan_alone("status"), "arrayan.toml")


def test_the_environment_wins_over_the_file(arrayan: Command, arrayan_alone: Command, tmp_path: Path) -> None:
    (tmp_path / "arrayan.toml").write_text('database_url = "postgresql://127.0.0.1:1/nothing"\n')
    assert arrayan("status").code == 0
    assert_plain(arrayan_alone("status"), "cannot reach the database")


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])
