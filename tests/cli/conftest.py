"""The command with a database and a data folder of its own."""

from pathlib import Path

import pytest

from tests.support.command import Command


@pytest.fixture
def arrayan_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """In an empty working directory, over no database yet."""
    monkeypatch.chdir(tmp_path)
    return Command({"ARRAYAN_DATA_DIR": str(tmp_path / "data")})


@pytest.fixture
def arrayan(any_database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """In an empty working directory, over a migrated database for this test alone."""
    monkeypatch.chdir(tmp_path)
    return Command({"ARRAYAN_DATABASE_URL": any_database_url, "ARRAYAN_DATA_DIR": str(tmp_path / "data")})
