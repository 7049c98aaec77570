"""The same work in one process or in several."""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol, TypeVar

Given = TypeVar("Given")
Made = TypeVar("Made")


class Run(Protocol):
    """Applies a function to every item; results in their order."""

    def __call__(self, function: Callable[[Given], Made], items: Iterable[Given]) -> Iterable[Made]: ...


@contextmanager
def workers(jobs: int) -> Iterator[Run]:
    """Something like `map` that uses `jobs` processes; with 1, this one."""
    if jobs == 1:

        def here(function: Callable[[Given], Made], items: Iterable[Given]) -> Iterable[Made]:
            return map(function, items)

        yield here
        return
    with multiprocessing.get_context("spawn").Pool(jobs) as pool:

        def run(function: Callable[[Given], Made], items: Iterable[Given]) -> Iterable[Made]:
            return pool.imap(function, items)

        yield run
