"""The questions for the terminal in our pages are answered when they are pasted as they stand."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from api.app import create_app
from storage.reader import Reader
from tests.docs.test_links import PAGES
from tests.support.databases import REPOSITORY
from tests.support.http_server import serving
from tests.support.sample_night import StoredNight

ADDRESS = "http://127.0.0.1:8000"
COMMAND = re.compile(r"^    curl .*\n(?:      .*\n)*", re.MULTILINE)


SOME_NAME = "ZTF26aaaaaaa"
"""Stands for any object in the pages."""


def some_name(night: StoredNight) -> str:
    return str(night.rows("SELECT name FROM object LIMIT 1")[0]["name"])


def commands() -> list[tuple[Path, str]]:
    return [(page, command) for page in PAGES for command in COMMAND.findall(page.read_text())]


def test_the_readme_asks_one() -> None:
    assert REPOSITORY / "README.md" in [page for page, _ in commands()]


@pytest.mark.parametrize(("page", "command"), commands(), ids=lambda value: getattr(value, "name", ""))
def test_question_is_answered(stored_night: StoredNight, page: Path, command: str, tmp_path: Path) -> None:
    """With JSON, or with a file that is written where the command says."""
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    assert ADDRESS in command, page
    reader = Reader(stored_night.url, connections=2, statement_timeout_seconds=30.0)
    with serving(create_app(reader, stored_night.archive)) as url:
        command = command.replace(ADDRESS, url).replace(SOME_NAME, some_name(stored_night))
        ran = subprocess.run(
            ["sh", "-c", command], capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path
        )
    if " -o " in command:
        (file,) = tmp_path.iterdir()
        assert file.name in command
        assert b'"errors"' not in file.read_bytes()
        return
    answer = json.loads(ran.stdout)
    assert "errors" not in answer, answer
    assert answer["data"]
