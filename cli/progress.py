"""Progress of long work, on standard error, for a person who waits."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

console = Console(stderr=True, highlight=False, markup=False, emoji=False, soft_wrap=True)
"""Says words as they are: paths and patterns have brackets, and a log is not 80 columns wide."""


def hide_progress(hidden: bool) -> None:
    """Nothing but the log, for a machine that reads standard error."""
    console.quiet = hidden


Advance = Callable[[float, str], None]
"""Called with how much is done in all, and a word on what came of it."""


@contextmanager
def progress_bar(title: str, total: float | None) -> Iterator[Advance]:
    """A bar that fills from 0 to total; a pulse when the total is not known."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=30),
        TaskProgressColumn(),
        TextColumn("{task.fields[detail]}", markup=False),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=console) as bar:
        task = bar.add_task(title, total=total, detail="")

        def advance(done: float, detail: str) -> None:
            bar.update(task, completed=done, detail=detail)

        yield advance
