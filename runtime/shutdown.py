"""Ending a long-running process in order: SIGTERM or Ctrl-C ask for it, a second one ends it at once."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
NAP_SECONDS = 0.1


class Shutdown:
    """Whether the process was asked to end. A plain flag: a signal handler must take no lock."""

    def __init__(self) -> None:
        self._asked = False

    def ask(self) -> None:
        """Let whoever looks end in order."""
        self._asked = True

    @property
    def is_asked(self) -> bool:
        return self._asked

    def sleep(self, seconds: float) -> None:
        """Wait for so long, or until the end is asked for."""
        end = time.monotonic() + seconds
        while not self._asked and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, NAP_SECONDS))


@contextmanager
def shutdown_by_signals() -> Iterator[Shutdown]:
    """A shutdown that SIGTERM and SIGINT ask for; from the main thread only."""
    shutdown = Shutdown()

    def ask(_number: int, _frame: FrameType | None) -> None:
        shutdown.ask()
        for number in SIGNALS:
            signal.signal(number, signal.SIG_DFL)

    before = {number: signal.signal(number, ask) for number in SIGNALS}
    try:
        yield shutdown
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
