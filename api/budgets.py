"""Points that a client may spend over time."""

import math
import time
from collections.abc import Callable

from graphql_schema.errors import BudgetSpent

WINDOW_SECONDS = 60
_DIGITS = 6
"""Points are rounded to so many: what was spent and came back is whole again."""


class PointBudget:
    """Fills evenly, up to what the client may spend in a minute. It is a `graphql_schema.allowance.Budget`.

    All that is kept is when it will be full again, by the clock of this machine.
    """

    __slots__ = ("_clock", "_full_at", "per_minute")

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self.per_minute = per_minute
        self._clock = clock
        self._full_at = 0.0

    @property
    def remaining(self) -> int:
        """Points left now; never negative."""
        return max(0, int(self._left(self._known_full_at(), self._clock())))

    def take(self, cost: int) -> None:
        """Spend. Raises BudgetSpent when there is less; what costs more than a minute's points waits for all."""

        def pay(full_at: float) -> float:
            now = self._clock()
            left, needed = self._left(full_at, now), min(cost, self.per_minute)
            if left < needed:
                raise BudgetSpent(cost, max(0, int(left)), self._seconds_for(needed, left))
            return max(full_at, now) + cost / self._rate

        self._change(pay)

    def charge(self, cost: int) -> None:
        """Spend what was used already, even when there is less."""

        def pay(full_at: float) -> float:
            now = self._clock()
            return min(max(full_at, now) + cost / self._rate, now + 2 * WINDOW_SECONDS)

        self._change(pay)

    def require_any(self) -> None:
        """Raise BudgetSpent when nothing is left."""
        left = self._left(self._known_full_at(), self._clock())
        if left < 1:
            raise BudgetSpent(1, 0, self._seconds_for(1, left))

    def seconds_until(self, cost: int) -> int:
        """When so much can be spent; at once is 0."""
        left = self._left(self._known_full_at(), self._clock())
        return self._seconds_for(min(cost, self.per_minute), left)

    def _known_full_at(self) -> float:
        return self._full_at

    def _change(self, pay: Callable[[float], float]) -> None:
        self._full_at = pay(self._full_at)

    def _left(self, full_at: float, now: float) -> float:
        """Points; negative for what was charged beyond them."""
        return round(self.per_minute - max(0.0, full_at - now) * self._rate, _DIGITS)

    @property
    def _rate(self) -> float:
        return self.per_minute / WINDOW_SECONDS

    def _seconds_for(self, points: float, left: float) -> int:
        return max(0, math.ceil((points - left) / self._rate))
