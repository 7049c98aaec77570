"""Databases for what a clean run leaves, to compare with."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.support.databases import TestDatabases
from tests.support.digest import Digest
from tests.support.followed_stream import clean_run
from tests.support.kafka import Kafka
from tests.support.mixed_stream import Sent

CleanRun = Callable[[Sequence[Sequence[Sent]]], Digest]


@pytest.fixture
def digest_of_clean_run(databases: TestDatabases, kafka: Kafka, tmp_path: Path) -> Iterator[CleanRun]:
    """What one process makes of portions of a stream that nothing befalls."""
    with ExitStack() as stack:

        def run(portions: Sequence[Sequence[Sent]]) -> Digest:
            url = stack.enter_context(databases.fresh(databases.any_backend()))
            return clean_run(kafka, url, tmp_path / "clean", portions)

        yield run
