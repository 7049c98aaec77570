"""How long calls take, one by one."""

from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import NamedTuple, TypeVar

import numpy as np

Question = TypeVar("Question")
Answer = TypeVar("Answer")


class Percentiles(NamedTuple):
    """Milliseconds."""

    p50: float
    p95: float


async def ask_each(
    questions: Sequence[Question], ask: Callable[[Question], Awaitable[Answer]]
) -> tuple[Percentiles, list[Answer]]:
    """Ask one after the other; how long it took, and what was answered."""
    seconds, answers = [], []
    for question in questions:
        started = perf_counter()
        answer = await ask(question)
        seconds.append(perf_counter() - started)
        answers.append(answer)
    return percentiles(seconds), answers


def percentiles(seconds: Sequence[float]) -> Percentiles:
    """Of durations in seconds."""
    p50, p95 = np.percentile(np.asarray(seconds) * 1000, [50, 95]).tolist()
    return Percentiles(p50, p95)
