"""Questions that are made to hurt: each is refused before anything is read, and says why."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest

from api.app import create_app
from storage.reader import Reader
from tests.support.http_server import serving
from tests.support.sample_night import StoredNight

FOLDER = Path(__file__).parent / "abusive"


class Abusive(NamedTuple):
    """A document, its variables, and the refusal that its first lines foretell."""

    name: str
    query: str
    variables: dict[str, Any] | None
    code: str
    reason: str


def abusive_queries() -> list[Abusive]:
    return [_read(file) for file in sorted(FOLDER.glob("*.graphql"))]


def _read(file: Path) -> Abusive:
    text = file.read_text(encoding="utf-8")
    expected = re.search(r"^# expect: (\w+) (.+)$", text, re.MULTILINE)
    variables = re.search(r"^# variables: (.+)$", text, re.MULTILINE)
    assert expected is not None, file
    return Abusive(file.stem, text, json.loads(variables[1]) if variables else None, expected[1], expected[2])


@pytest.fixture(scope="module")
def client(stored_night: StoredNight) -> Iterator[httpx.Client]:
    reader = Reader(stored_night.url, connections=2, statement_timeout_seconds=30)
    with serving(create_app(reader, stored_night.archive)) as address, httpx.Client(base_url=address) as session:
        yield session


def test_there_are_thirty_and_more() -> None:
    assert len(abusive_queries()) >= 30


@pytest.mark.parametrize("abusive", abusive_queries(), ids=lambda abusive: abusive.name)
def test_it_is_refused_with_its_reason(client: httpx.Client, abusive: Abusive) -> None:
    for _ in range(2):  # the second time, some documents are known
        answer = client.post("/graphql", json={"query": abusive.query, "variables": abusive.variables})
        assert not answer.json().get("data")
        error = answer.json()["errors"][0]
        assert error["extensions"]["code"] == abusive.code
        assert abusive.reason in error["message"]
        assert len(answer.content) < 5000
