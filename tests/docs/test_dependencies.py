"""The page of dependencies names them all."""

import re
import tomllib
from collections.abc import Iterator

import pytest

from tests.support.databases import REPOSITORY

PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
PAGE = (REPOSITORY / "docs" / "dependencies.md").read_text().casefold()
CALLED = {"lz4": "lz4", "snappy": "python-snappy", "zstd": "zstandard", "crc32c": "crc32c"}
"""What the extras of kafka-python install."""


def dependencies() -> Iterator[str]:
    """Names as pyproject.toml has them, and of what their extras bring."""
    groups = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    for requirement in {requirement for group in groups for requirement in group}:
        name, extras = re.fullmatch(r"([\w-]+)(?:\[([\w,]+)\])?.*", requirement).groups()  # type: ignore[union-attr]
        if name != "arrayan":
            yield name
        if name == "kafka-python":
            yield from (CALLED[extra] for extra in extras.split(","))


@pytest.mark.parametrize("name", sorted(dependencies()))
def test_every_dependency_is_named_with_its_job(name: str) -> None:
    assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", PAGE), name


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_hold_hashes_and_no_address(lock: str) -> None:
    text = (REPOSITORY / lock).read_text()
    assert "://" not in text
    assert "--index-url" not in text
    for pinned in re.split(r"\n(?=\S)", text.strip()):
        assert "==" in pinned
        assert "--hash=sha256:" in pinned, pinned
