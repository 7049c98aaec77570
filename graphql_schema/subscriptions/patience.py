"""Waiting for a database that is away: a subscription outlives its restart."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from storage.database import DatabaseUnavailable

log = logging.getLogger(__name__)

Answer = TypeVar("Answer")
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.2, 5.0


async def patiently(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """The answer, asked for again as long as the database is away."""
    pause = FIRST_PAUSE_SECONDS
    while True:
        try:
            return await ask()
        except DatabaseUnavailable as error:
            log.warning("events_wait_for_database error=%s", error)
        await asyncio.sleep(pause)
        pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
