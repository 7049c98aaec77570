"""Asking a reader from a test that is not asynchronous."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from storage.reader import Reader

Answer = TypeVar("Answer")


def ask(url: str, question: Callable[[Reader], Awaitable[Answer]]) -> Answer:
    """The answer to a question, over a reader of its own."""

    async def asked() -> Answer:
        reader = Reader(url, connections=1, statement_timeout_seconds=60)
        await reader.open()
        try:
            return await question(reader)
        finally:
            await reader.close()

    return asyncio.run(asked())
