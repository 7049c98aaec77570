"""One client's points, spent in several processes."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api import shared_budgets
from api.budgets import PointBudget
from api.shared_budgets import BudgetTable, SharedBudget
from graphql_schema.errors import BudgetSpent
from tests.support.databases import REPOSITORY

KILLED_WHILE_PAYING = """
import os, signal, sys
from pathlib import Path
from api.shared_budgets import BudgetTable

table = BudgetTable(Path(sys.argv[1]))
table.change(7, lambda _: os.kill(os.getpid(), signal.SIGKILL))
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "budgets"


@pytest.fixture
def tables(path: Path) -> Iterator[tuple[BudgetTable, BudgetTable]]:
    with BudgetTable(path) as one, BudgetTable(path) as other:
        yield one, other


def test_what_one_process_spends_is_spent_in_the_other(tables: tuple[BudgetTable, BudgetTable]) -> None:
    here, there = (table.budget("192.0.2.1", 600) for table in tables)
    here.take(500)
    assert 100 <= there.remaining < 110
    with pytest.raises(BudgetSpent):
        there.take(200)
    assert tables[1].budget("192.0.2.2", 600).remaining == 600


@given(st.lists(st.tuples(st.sampled_from("ab"), st.booleans(), st.integers(0, 200), st.floats(0, 30))))
def test_it_is_a_budget_like_that_of_one_process(events: list[tuple[str, bool, int, float]]) -> None:
    now = 1000.0
    with TemporaryDirectory() as folder, BudgetTable(Path(folder) / "one") as table:
        shared = {name: SharedBudget(table, name, 120, lambda: now) for name in "ab"}
        alone = {name: PointBudget(120, lambda: now) for name in "ab"}
        for name, is_charge, cost, seconds in events:
            now += seconds
            for budget in (shared[name], alone[name]):
                with suppress(BudgetSpent):
                    budget.charge(cost) if is_charge else budget.take(cost)
            assert shared[name].remaining == alone[name].remaining
            assert shared[name].seconds_until(cost) == alone[name].seconds_until(cost)


def test_a_newcomer_takes_the_place_of_who_is_full_first(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared_budgets, "ROWS", 1)
    with BudgetTable(path) as table:
        budgets = [table.budget(f"client {number}", 600) for number in range(shared_budgets.PLACES + 1)]
        for spent, budget in enumerate(budgets[:-1], 3):
            budget.take(100 * spent if spent < 6 else 600)
        budgets[-1].take(600)
        assert budgets[0].remaining == 600  # forgotten
        assert [budget.remaining < 210 for budget in budgets[1:]] == [True] * shared_budgets.PLACES


def test_who_dies_while_paying_keeps_nobody_waiting(path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED_WHILE_PAYING, path], cwd=REPOSITORY, check=False)
    assert killed.returncode < 0
    with BudgetTable(path) as table:
        table.change(7, lambda full_at: full_at + 1)
        assert table.full_at(7) == 1
