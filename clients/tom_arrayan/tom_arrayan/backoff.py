"""How long to wait before a server is asked again."""

import random
import time

FIRST_SECONDS = 0.5
MOST_SECONDS = 60.0


class Backoff:
    """Twice as long each time, and never exactly as long as others; short again after something worked."""

    def __init__(self) -> None:
        self._seconds = FIRST_SECONDS

    def reset(self) -> None:
        """Something worked."""
        self._seconds = FIRST_SECONDS

    def pause(self, *, lasted: float = 0.0, at_least: float | None = None) -> None:
        """Wait. A connection that lasted a while worked, even if it told nothing."""
        if lasted > MOST_SECONDS:
            self.reset()
        time.sleep(max(at_least or 0.0, random.uniform(0.5, 1.0) * self._seconds))  # noqa: S311
        self._seconds = min(2 * self._seconds, MOST_SECONDS)
