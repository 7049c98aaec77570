"""The event loop that the server runs on, for figures that are asynchronous."""

import asyncio

import uvloop


def runner() -> asyncio.Runner:
    """Runs coroutines one by one, as uvicorn would."""
    return asyncio.Runner(loop_factory=uvloop.new_event_loop)
