"""Settings: the environment wins over the file, and mistakes are named."""

from pathlib import Path

import pytest

from runtime.settings import InvalidSettings, Settings, load_settings


@pytest.fixture(autouse=True)
def no_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A working directory without a file, and an environment without settings."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"ARRAYAN_{name.upper()}", raising=False)
    monkeypatch.delenv("ARRAYAN_CONFIG", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_defaults_suit_one_machine(no_settings: Path) -> None:
    settings = load_settings()
    assert settings.database_url is None
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert settings.packet_archive == str(no_settings / "data" / "packets")


def test_the_environment_wins_over_the_file(no_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (no_settings / "arrayan.toml").write_text('port = 9000\nhost = "0.0.0.0"\nlog_level = "info"\n')
    assert (load_settings().port, load_settings().host) == (9000, "0.0.0.0")
    monkeypatch.setenv("ARRAYAN_PORT", "9001")
    settings = load_settings()
    assert (settings.port, settings.host, settings.log_level) == (9001, "0.0.0.0", "info")


def test_the_file_may_be_named(no_settings: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (no_settings / "arrayan.toml").write_text("port = 1\n")
    (no_settings / "other.toml").write_text("port = 2\n")
    monkeypatch.setenv("ARRAYAN_CONFIG", "other.toml")
    assert load_settings().port == 2


def test_the_archive_may_be_elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARRAYAN_ARCHIVE_URL", "s3://bucket/packets")
    assert load_settings().packet_archive == "s3://bucket/packets"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "many"),
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("BATCH_ALERTS", "0"),
        ("STATEMENT_TIMEOUT_SECONDS", "0"),
        ("DATABASE_CONNECTIONS", ""),
        ("LOG_LEVEL", "loud"),
    ],
)
def test_a_value_that_cannot_be_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"ARRAYAN_{name}", value)
    with pytest.raises(InvalidSettings, match=name.lower()):
        load_settings()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("prot = 9000\n", "prot"),
        ("port = \n", "arrayan.toml"),
        ("port = [1]\n", "port"),
        ('[server]\nport = "9000"\n', "server"),
        ("\x00", "arrayan.toml"),
    ],
)
def test_a_file_that_cannot_be_is_named(no_settings: Path, text: str, named: str) -> None:
    (no_settings / "arrayan.toml").write_text(text)
    with pytest.raises(InvalidSettings, match=named):
        load_settings()


@pytest.mark.parametrize("content", [b"\xff\xfe", b"port = 1 \xe9"])
def test_a_file_that_is_no_text_is_named(no_settings: Path, content: bytes) -> None:
    (no_settings / "arrayan.toml").write_bytes(content)
    with pytest.raises(InvalidSettings, match=r"arrayan\.toml"):
        load_settings()


def test_a_named_file_that_is_not_there_is_a_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARRAYAN_CONFIG", "nowhere.toml")
    with pytest.raises(InvalidSettings, match=r"nowhere\.toml"):
        load_settings()


def test_every_setting_says_what_it_is() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []
