"""What was asked of the database, by the thread that a test looks at: servers of other tests may ask meanwhile."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

READER = "storage.reader"


@contextmanager
def statements_of(thread: int, caplog: pytest.LogCaptureFixture) -> Iterator[list[str]]:
    """A list that has the statements of a thread when the block has ended."""
    made: list[str] = []
    caplog.clear()
    with caplog.at_level(logging.DEBUG, logger=READER):
        yield made
    made += [one.getMessage() for one in caplog.records if (one.name, one.thread) == (READER, thread)]
