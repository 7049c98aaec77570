"""How a stream's worker gets on: one line for the person who watches, else lines in the log."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.text import Text

from cli.progress import console
from ingest.stream_worker import StreamProgress

log = logging.getLogger(__name__)

LOG_SECONDS = 60.0


@contextmanager
def stream_progress(title: str) -> Iterator[Callable[[StreamProgress], None]]:
    """Something to tell progress to."""
    rate = _Rate()
    if console.quiet or not console.is_terminal:
        yield _LogLines(rate).tell
        return
    with console.status(Text(f"{title}: waiting")) as status:
        yield lambda progress: status.update(Text(f"{title}: {_words(progress, rate.of(progress))}"))


class _LogLines:
    def __init__(self, rate: "_Rate") -> None:
        self._rate = rate
        self._next = 0.0

    def tell(self, progress: StreamProgress) -> None:
        now = time.monotonic()
        if now < self._next:
            return
        self._next = now + LOG_SECONDS
        log.info(
            "ingest_progress alerts_per_second=%.1f lag=%s read=%d stored=%d duplicates=%d dead_letters=%d",
            self._rate.of(progress),
            progress.lag,
            *progress.report,
        )


class _Rate:
    """Alerts per second since the last look."""

    def __init__(self) -> None:
        self._read, self._at = 0, time.monotonic()

    def of(self, progress: StreamProgress) -> float:
        now, read = time.monotonic(), progress.report.read
        rate = (read - self._read) / max(now - self._at, 1e-3)
        self._read, self._at = read, now
        return rate


def _words(progress: StreamProgress, rate: float) -> str:
    lag = "no broker" if progress.lag is None else f"lag {progress.lag:,}"
    report = progress.report
    return f"{rate:,.0f} alerts/s, {lag}, {report.stored:,} stored, {report.dead_letters:,} dead letters"
