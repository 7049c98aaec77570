"""The worked queries that GraphiQL opens with have something to show on a night of alerts."""

from pathlib import Path
from typing import Any

import pytest

import graphql_schema
from tests.support.sample_night import StoredNight

FILES = sorted((Path(graphql_schema.__file__).parent / "examples").glob("*.graphql"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_worked_query_answers_with_something_in_every_list(stored_night: StoredNight, file: Path) -> None:
    answer = stored_night.endpoint.ask(file.read_text())
    assert answer
    for value in answer.values():
        assert something_in(value)


def test_there_are_five() -> None:
    assert len(FILES) == 5


def something_in(value: Any) -> bool:
    """Whether there is a row in every list on the way from the top, down to the first rows."""
    if isinstance(value, list):
        return bool(value)
    rows = value.get("nodes", value.get("edges"))
    return bool(rows)
