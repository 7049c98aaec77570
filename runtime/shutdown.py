"""Ending a long-running process in order: SIGTERM or Ctrl-C ask for it, a second one ends it at once.

A process that keeps others stays until they have ended: a second Ctrl-C makes it hurry.
"""

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
        self._urgent = False

    def ask(self) -> None:
        """Let whoever looks end in order."""
        self._asked = True

    def ask_urgently(self) -> None:
        """Let whoever looks end without waiting for anything."""
        self._asked = self._urgent = True

    @property
    def is_asked(self) -> bool:
        return self._asked

    @property
    def is_urgent(self) -> bool:
        return self._urgent

    def sleep(self, seconds: float) -> None:
        """Wait for so long, or until the end is asked for."""
        end = time.monotonic() + seconds
        while not self._asked and (left := end - time.monotonic()) > 0:
            time.sleep(min(left, NAP_SECONDS))


@contextmanager
def shutdown_by_signals(*, stays: bool = False) -> Iterator[Shutdown]:
    """A shutdown that SIGTERM and SIGINT ask for; from the main thread only. One that `stays` is made urgent by a
    second Ctrl-C, and by a second signal nobody is ended."""
    shutdown = Shutdown()

    def ask(number: int, _frame: FrameType | None) -> None:
        if stays and shutdown.is_asked:
            if number == signal.SIGINT:
                shutdown.ask_urgently()
            return
        shutdown.ask()
        if not stays:
            for one in SIGNALS:
                signal.signal(one, signal.SIG_DFL)

    before = {number: signal.signal(number, ask) for number in SIGNALS}
    try:
        yield shutdown
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
