"""Forms keep what was typed and explain every mistake."""

import pytest
from starlette.datastructures import QueryParams

from api.pages.form import Form
from domain.sky import Position


def form(**fields: str) -> Form:
    return Form(QueryParams(fields))


def test_empty_fields_ask_nothing() -> None:
    empty = form(a="", b="  ")
    assert empty.number("a", 0, 1) is None
    assert empty.time("b") is None
    assert empty.position("c") is None
    assert empty.mistakes == {}


def test_values_are_read() -> None:
    filled = form(p="0.5", n="12", t="2024-01-01", s="10:00:24 -02:12:00", w="a,b; c")
    assert filled.number("p", 0, 1) == 0.5
    assert filled.whole_number("n", 0, 100) == 12
    assert filled.time("t") == 60310.0
    place = filled.position("s")
    assert place is not None
    assert place == pytest.approx(Position(150.1, -2.2))
    assert filled.words("w") == ["a", "b", "c"]
    assert filled.mistakes == {}


@pytest.mark.parametrize(
    ("method", "text", "told"),
    [
        ("number", "x", "no number"),
        ("number", "nan", "between 0 and 1"),
        ("number", "1.5", "between 0 and 1"),
        ("whole_number", "1.5", "no whole number"),
        ("whole_number", "-1", "between 0 and 1"),
        ("time", "tomorrow", "MJD"),
        ("position", "here", "position"),
        ("position", "10 95", "dec must lie"),
    ],
)
def test_mistakes_are_explained_beside_their_field(method: str, text: str, told: str) -> None:
    wrong = form(field=text)
    limits = (0, 1) if "number" in method else ()
    assert getattr(wrong, method)("field", *limits) is None
    assert told in wrong.mistakes["field"]


def test_a_choice_that_there_is_not_is_a_mistake() -> None:
    wrong = form(order="SIZE")
    assert wrong.choice("order", ["RA", "DEC"], "RA") == "RA"
    assert "SIZE" in wrong.mistakes["order"]
