"""The worked queries that GraphiQL opens with have something to show on a night of alerts."""

from pathlib import Path
from typing import Any

import pytest

import graphql_schema
from classify.registry import load_classifier
from storage.packet_archive import PacketArchive
from tests.support.classifying import drain, make_rules_known
from tests.support.command import SAMPLE_NIGHT
from tests.support.endpoint import Endpoint, endpoint
from tests.support.sample_night import StoredNight, take_in

FILES = [
    file
    for file in sorted((Path(graphql_schema.__file__).parent / "examples").glob("*.graphql"))
    if "\nsubscription " not in file.read_text()
]


OF_ALERTS, OF_ANSWERS = FILES[:-1], FILES[-1]


@pytest.mark.parametrize("file", OF_ALERTS, ids=lambda file: file.stem)
def test_worked_query_answers_with_something_in_every_list(stored_night: StoredNight, file: Path) -> None:
    assert_answers(stored_night.endpoint, file)


def test_worked_query_of_classes_finds_what_the_early_classifier_says(
    any_database_url: str, tmp_path: Path
) -> None:
    classifiers = [load_classifier("early")]
    make_rules_known(any_database_url, classifiers)
    take_in(any_database_url, tmp_path, SAMPLE_NIGHT)
    drain(any_database_url, tmp_path, classifiers, batch_objects=200)
    with endpoint(any_database_url, PacketArchive(str(tmp_path))) as asked:
        assert_answers(asked, OF_ANSWERS)


def test_there_are_six() -> None:
    assert len(FILES) == 6


def assert_answers(asked: Endpoint, file: Path) -> None:
    answer = asked.ask(file.read_text())
    assert answer
    for value in answer.values():
        assert something_in(value)


def something_in(value: Any) -> bool:
    """Whether there is a row in every list on the way from the top, down to the first rows."""
    if isinstance(value, list):
        return bool(value)
    rows = value.get("nodes", value.get("edges"))
    return bool(rows)
