"""What a request may cost, and what its client has left."""

from typing import Protocol

from graphql_schema.errors import LimitExceeded
from graphql_schema.limits import MAX_COST


class Budget(Protocol):
    """Points that a client may spend over time."""

    @property
    def remaining(self) -> int:
        """Points left now."""
        ...

    def take(self, cost: int) -> None:
        """Spend. Raises BudgetSpent when there is less."""
        ...


class Allowance:
    """What one request may spend: at most `limit` points, all its operations together, out of the client's budget
    where it has one."""

    __slots__ = ("_budget", "limit", "refused", "spent")

    def __init__(self, limit: int = MAX_COST, budget: Budget | None = None) -> None:
        self.limit = limit
        self.spent = 0
        self.refused = 0
        """What the last operation would have cost that the budget was not enough for."""
        self._budget = budget

    @property
    def remaining(self) -> int | None:
        """Points that the client has left; None without a budget."""
        return None if self._budget is None else self._budget.remaining

    def spend(self, cost: int) -> None:
        """Pay for an operation. Raises LimitExceeded, and BudgetSpent."""
        if self.spent + cost > self.limit:
            before = f" after {self.spent} for those before it" if self.spent else ""
            raise LimitExceeded(
                f"this operation costs {cost} points{before}, a request may cost {self.limit}: ask for fewer rows, "
                "or for fewer fields of each"
            )
        if self._budget is not None:
            self.refused = cost
            self._budget.take(cost)
            self.refused = 0
        self.spent += cost
