"""Points that a client may spend over time."""

import math
import time
from collections.abc import Callable

from graphql_schema.errors import BudgetSpent

WINDOW_SECONDS = 60


class PointBudget:
    """Fills evenly, up to what the client may spend in a minute. It is a `graphql_schema.allowance.Budget`."""

    __slots__ = ("_clock", "_known_at", "_points", "per_minute")

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._points = float(per_minute)
        self._known_at = clock()

    @property
    def remaining(self) -> int:
        """Points left now; never negative."""
        self._fill()
        return max(0, int(self._points))

    def take(self, cost: int) -> None:
        """Spend. Raises BudgetSpent when there is less; what costs more than a minute's points waits for all."""
        self._fill()
        needed = min(cost, self.per_minute)
        if self._points < needed:
            raise BudgetSpent(cost, self.remaining, self._seconds_for(needed))
        self._points -= cost

    def charge(self, cost: int) -> None:
        """Spend what was used already, even when there is less."""
        self._fill()
        self._points = max(self._points - cost, -float(self.per_minute))

    def require_any(self) -> None:
        """Raise BudgetSpent when nothing is left."""
        self.take(0)
        if self._points < 1:
            raise BudgetSpent(1, 0, self._seconds_for(1))

    def seconds_until(self, cost: int) -> int:
        """When so much can be spent; at once is 0."""
        self._fill()
        return self._seconds_for(min(cost, self.per_minute))

    def _fill(self) -> None:
        now = self._clock()
        self._points = min(float(self.per_minute), self._points + (now - self._known_at) * self._rate)
        self._known_at = now

    @property
    def _rate(self) -> float:
        return self.per_minute / WINDOW_SECONDS

    def _seconds_for(self, points: float) -> int:
        return max(0, math.ceil((points - self._points) / self._rate))
