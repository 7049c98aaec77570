"""Every promise names tests, and every test that it names exists."""

import re
from pathlib import Path

import pytest

from tests.support.databases import REPOSITORY

PAGE = REPOSITORY / "docs" / "delivery.md"
ROWS = re.findall(r"^\| (\d+) \|(.*)\|$", PAGE.read_text(), re.MULTILINE)
TEST = re.compile(r"\[(test_\w+)\]\(([^)]+)\)")


def test_promises_are_numbered_without_a_gap() -> None:
    assert [int(number) for number, _ in ROWS] == list(range(1, len(ROWS) + 1))
    assert len(ROWS) > 20


@pytest.mark.parametrize(("number", "row"), ROWS, ids=[f"promise {number}" for number, _ in ROWS])
def test_a_promise_is_proved_by_tests_that_exist(number: str, row: str) -> None:
    proofs = TEST.findall(row.rpartition("|")[2])
    assert proofs, row
    for name, file in proofs:
        text = Path(PAGE.parent, file).read_text()
        assert re.search(rf"^def {name}\(", text, re.MULTILINE), f"{file} has no {name}"
