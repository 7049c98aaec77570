"""Tasks that are of no use any more, and really end."""

import asyncio
from collections.abc import Iterable

PATIENCE_SECONDS = 1.0


async def end_all(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks and wait until they have ended; what they raise is of no interest.

    One that is cancelled just as it gets what it waited for may not hear of it (`asyncio.wait_for` of Python 3.11,
    by which a pool waits for a connection), and goes on: it is cancelled once more.
    """
    pending = set(tasks)
    while pending:
        for task in pending:
            task.cancel()
        done, pending = await asyncio.wait(pending, timeout=PATIENCE_SECONDS)
        await asyncio.gather(*done, return_exceptions=True)
