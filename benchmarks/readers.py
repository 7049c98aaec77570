"""A reader as the endpoint has it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from storage.reader import Reader

STATEMENT_TIMEOUT_SECONDS = 60.0


@contextmanager
def open_reader(loop: asyncio.Runner, url: str) -> Iterator[Reader]:
    """A pool of one connection: one question is asked at a time."""
    reader = Reader(url, connections=1, statement_timeout_seconds=STATEMENT_TIMEOUT_SECONDS)
    loop.run(reader.open())
    try:
        yield reader
    finally:
        loop.run(reader.close())
