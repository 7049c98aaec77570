"""Tasks of a connection that is over."""

import asyncio
from contextlib import suppress

import pytest

from api.live import cancelling
from api.live.cancelling import end_all


def test_a_task_that_did_not_hear_of_its_end_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cancelling, "PATIENCE_SECONDS", 0.01)
    heard = 0

    async def deaf_once() -> None:
        nonlocal heard
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        heard += 1
        await asyncio.Event().wait()

    async def failing() -> None:
        raise ValueError("of no interest")

    async def run() -> list[bool]:
        tasks = [asyncio.create_task(deaf_once()), asyncio.create_task(failing())]
        await asyncio.sleep(0)
        await end_all(tasks)
        return [task.done() for task in tasks]

    assert asyncio.run(run()) == [True, True]
    assert heard == 1


def test_without_tasks_nothing_is_waited_for() -> None:
    asyncio.run(end_all([]))
