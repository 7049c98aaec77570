"""What is going on, on standard error."""

import sys
import time

_STARTED = time.monotonic()


def say(message: str) -> None:
    """One line with the seconds since the start."""
    print(f"[{time.monotonic() - _STARTED:6.1f} s] {message}", file=sys.stderr, flush=True)
