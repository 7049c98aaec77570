"""The worked queries that GraphiQL opens with have something to show on a night of alerts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import graphql_schema
from classify.registry import load_classifier
from storage.packet_archive import PacketArchive
from tests.support.classifying import drain, make_rules_known
from tests.support.endpoint import Endpoint, endpoint
from tests.support.sample_night import take_in

FILES = sorted((Path(graphql_schema.__file__).parent / "examples").glob("*.graphql"))


@pytest.fixture(scope="module")
def asked(
    module_database_url: str, sample_night: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Endpoint]:
    """The sample night, classified by its first stamps as `arrayan up` does it."""
    root, classifiers = tmp_path_factory.mktemp("examples"), [load_classifier("early")]
    make_rules_known(module_database_url, classifiers)
    take_in(module_database_url, root, sample_night)
    drain(module_database_url, root, classifiers, batch_objects=200)
    with endpoint(module_database_url, PacketArchive(str(root))) as found:
        yield found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_worked_query_answers_with_something_in_every_list(asked: Endpoint, file: Path) -> None:
    answer = asked.ask(file.read_text())
    assert answer
    for value in answer.values():
        assert something_in(value)


def test_there_are_six() -> None:
    assert len(FILES) == 6


def something_in(value: Any) -> bool:
    """Whether there is a row in every list on the way from the top, down to the first rows."""
    if isinstance(value, list):
        return bool(value)
    rows = value.get("nodes", value.get("edges"))
    return bool(rows)
