"""How a worker for classifiers gets on: one line for the person who watches, else lines in the log."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from classify.worker import ClassifyProgress
from cli.progress import console

log = logging.getLogger(__name__)

LOG_SECONDS = 60.0


@contextmanager
def classify_progress() -> Iterator[Callable[[ClassifyProgress], None]]:
    """Something to tell progress to."""
    rate = _Rate()
    if not console.is_terminal:
        yield _LogLines(rate).tell
        return
    with console.status("Classifying: waiting for work") as status:
        yield lambda progress: status.update(f"Classifying: {_words(progress, rate.of(progress))}")


class _LogLines:
    def __init__(self, rate: "_Rate") -> None:
        self._rate = rate
        self._next = 0.0

    def tell(self, progress: ClassifyProgress) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + LOG_SECONDS
        log.info(
            "classify_progress objects_per_second=%.1f waiting=%d answered=%d failed=%d dropped=%d deferred=%d",
            self._rate.of(progress),
            sum(one.waiting for one in progress.waiting),
            *progress.done,
        )


class _Rate:
    """Answers per second since the last look."""

    def __init__(self) -> None:
        self._done, self._at = 0, time.monotonic()

    def of(self, progress: ClassifyProgress) -> float:
        now, done = time.monotonic(), progress.done.answered
        rate = (done - self._done) / max(now - self._at, 1e-3)
        self._done, self._at = done, now
        return rate


def _words(progress: ClassifyProgress, rate: float) -> str:
    waiting = ", ".join(f"{one.waiting:,} wait for {one.classifier}" for one in progress.waiting if one.waiting)
    return f"{rate:,.0f} answers/s, {progress.done.answered:,} in all, {waiting or 'nothing waits'}"
