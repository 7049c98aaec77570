"""How stamps are shown."""

from typing import Any

import pytest
from starlette.datastructures import QueryParams

from api.pages.form import Form
from api.pages.stamps_view import FIRST_LOOK, Beside, bar_percent, beside, compass, read_view


def stamp(north: float | None = 0.0, *, east_is_left: bool = True) -> dict[str, Any]:
    lies = {"north": north, "eastIsLeft": east_is_left, "pixelScale": 1.0, "isMeasured": True}
    return {"width": 50, "orientation": None if north is None else lies}


def arms(query: str, given: dict[str, Any]) -> dict[str, tuple[float, float]]:
    return {arm.letter: (arm.x, arm.y) for arm in compass(read_view(Form(QueryParams(query))), given)}


def test_the_usual_view_and_a_mistake_beside_its_field() -> None:
    assert read_view(Form(QueryParams(""))) == ("asinh", 3, "as", "1")
    wrong = Form(QueryParams("stretch=sqrt&zoom=99&up=up"))
    assert read_view(wrong) == ("asinh", 3, "up", "1")
    assert wrong.mistakes.keys() == {"stretch", "zoom"}


@pytest.mark.parametrize(
    ("query", "given", "north", "east"),
    [
        ("", stamp(0), (0, -9), (-9, 0)),
        ("", stamp(90), (-9, 0), (0, 9)),
        ("", stamp(0, east_is_left=False), (0, -9), (9, 0)),
        ("up=up", stamp(37, east_is_left=False), (0, -9), (-9, 0)),
    ],
)
def test_the_compass_says_where_north_and_east_are(
    query: str, given: dict[str, Any], north: tuple[float, float], east: tuple[float, float]
) -> None:
    found = arms(query, given)
    assert found["N"] == pytest.approx(north)
    assert found["E"] == pytest.approx(east)


def test_where_nobody_knows_there_is_no_compass_no_bar_and_no_turning() -> None:
    view = read_view(Form(QueryParams("up=up")))
    assert compass(view, stamp(None)) == []
    assert bar_percent(stamp(None)) is None
    assert "north" not in view.picture(stamp(None))
    assert "north=up" in view.picture(stamp(10))
    assert bar_percent(stamp()) == 20


def test_the_alerts_before_and_after_are_those_with_stamps() -> None:
    rows = [{"candid": name, "hasStamps": name != "c"} for name in "abcd"]
    assert beside("b", rows) == Beside("a", "d", 2, 3)
    assert beside("a", rows) == Beside(None, "b", 1, 3)
    assert beside("d", rows) == Beside("b", None, 3, 3)
    assert beside("c", rows) is None


def test_what_the_object_page_asks_for_early_is_what_is_shown_at_first() -> None:
    assert read_view(Form(QueryParams(""))).picture(stamp()) == FIRST_LOOK
