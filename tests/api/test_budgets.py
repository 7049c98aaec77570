"""Points that come back over time."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.budgets import PointBudget
from graphql_schema.errors import BudgetSpent


class Clock:
    """Seconds, which pass when we say so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_points_are_spent_and_come_back() -> None:
    clock = Clock()
    budget = PointBudget(600, clock)
    budget.take(600)
    assert budget.remaining == 0
    with pytest.raises(BudgetSpent, match="in 2 seconds") as spent:
        budget.take(20)
    assert spent.value.seconds == 2
    clock.now += 2
    budget.take(20)
    clock.now += 1000
    assert budget.remaining == 600


def test_what_costs_more_than_a_minute_needs_all_of_it_and_is_paid_for_afterwards() -> None:
    clock = Clock()
    budget = PointBudget(100, clock)
    budget.take(150)
    clock.now += 29
    with pytest.raises(BudgetSpent):
        budget.require_any()
    clock.now += 2
    budget.require_any()


def test_what_was_used_is_charged_even_when_nothing_is_left() -> None:
    clock = Clock()
    budget = PointBudget(100, clock)
    for _ in range(5):
        budget.charge(90)
    assert budget.remaining == 0
    assert budget.seconds_until(100) == 120


@given(st.lists(st.tuples(st.integers(0, 200), st.floats(0, 30))))
def test_nobody_spends_more_than_the_points_that_came(events: list[tuple[int, float]]) -> None:
    clock = Clock()
    budget = PointBudget(120, clock)
    spent = 0
    for cost, seconds in events:
        clock.now += seconds
        with suppress(BudgetSpent):
            budget.take(cost)
            spent += cost
        assert spent <= 120 + 2 * (clock.now - 1000) + 80 + 1e-6  # 80: what one may cost beyond a minute's points
        assert budget.remaining >= 0
