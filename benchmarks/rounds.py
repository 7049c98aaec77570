"""Rounds in which every variant has its turn, so that a busy machine slows all of them alike."""

from collections.abc import Callable, Mapping
from typing import TypeVar

from benchmarks.progress import say

Measured = TypeVar("Measured")

WARM_UP_ROUNDS = 1


def interleave(
    name: str, variants: Mapping[str, Callable[[int], Measured]], rounds: int
) -> dict[str, list[Measured]]:
    """What each variant measured, round by round. Another one is the first in every round: whoever comes first
    finds memory and caches as others left them.

    A variant is called with the number of the round. The first round warms up and is left out.
    """
    names = list(variants)
    measured: dict[str, list[Measured]] = {variant: [] for variant in names}
    for number in range(WARM_UP_ROUNDS + rounds):
        is_counted = number >= WARM_UP_ROUNDS
        say(f"{name}: round {number + 1 - WARM_UP_ROUNDS} of {rounds}" if is_counted else f"{name}: warming up")
        turn = number % len(names)
        for variant in names[turn:] + names[:turn]:
            value = variants[variant](number)
            if is_counted:
                measured[variant].append(value)
    return measured
