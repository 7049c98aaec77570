"""How long to wait before the next attempt."""

from dataclasses import dataclass

FIRST_SECONDS = 0.5
MOST_SECONDS = 30.0


@dataclass(slots=True)
class Backoff:
    """Twice as long each time, up to a limit, until something works again."""

    first_seconds: float = FIRST_SECONDS
    most_seconds: float = MOST_SECONDS
    _next: float = 0.0

    def next(self) -> float:
        """Seconds to wait this time."""
        seconds = self._next or self.first_seconds
        self._next = min(2 * seconds, self.most_seconds)
        return seconds

    def reset(self) -> None:
        """It works again."""
        self._next = 0.0
