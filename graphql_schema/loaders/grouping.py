"""Keys that share the arguments of a field are answered by one statement."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Group = TypeVar("Group", bound=Hashable)
Answer = TypeVar("Answer")


async def answer_in_groups(
    keys: Sequence[Key],
    group_of: Callable[[Key], Group],
    answer: Callable[[Group, list[Key]], Awaitable[Mapping[Key, Answer]]],
) -> dict[Key, Answer]:
    """Answers of all keys: one call per group of keys, all at once."""
    groups: dict[Group, list[Key]] = {}
    for key in keys:
        groups.setdefault(group_of(key), []).append(key)
    if len(groups) == 1:
        ((group, members),) = groups.items()
        return dict(await answer(group, members))
    answered = await asyncio.gather(*(answer(group, members) for group, members in groups.items()))
    return {key: value for answers in answered for key, value in answers.items()}
