"""The small light curve that needs no script."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages.small_curve import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, small_curve


def detection(mjd: float, magnitude: float | None, error: float | None = 0.1) -> dict[str, Any]:
    return {"mjd": mjd, "magnitude": magnitude, "magnitudeError": error, "band": "g", "isPositive": True}


def limit(mjd: float, magnitude: float) -> dict[str, Any]:
    return {"mjd": mjd, "limitingMagnitude": magnitude, "band": "r"}


def test_brighter_is_higher_and_later_is_further_right() -> None:
    curve = small_curve([detection(1, 20.0), detection(3, 18.0)], [limit(0, 21.0)])
    assert curve is not None
    faint, bright = curve.points
    assert bright.y < faint.y
    assert bright.x > faint.x
    assert curve.limits[0].x < faint.x
    assert curve.limits[0].y > faint.y


def test_everything_is_within_the_frame_even_one_point_with_a_huge_error() -> None:
    for points in ([detection(1, 20.0, 9.0)], [detection(1, 20.0, None)], [detection(1, 20.0), detection(1, 20.0)]):
        curve = small_curve(points, [])
        assert curve is not None
        for point in curve.points:
            assert LEFT <= point.x <= WIDTH - RIGHT
            assert TOP <= point.high <= point.y <= point.low <= HEIGHT - BOTTOM


@given(st.floats(-50, 50), st.floats(0.1, 5000))
def test_ticks_are_round_and_within_the_frame(first: float, span: float) -> None:
    curve = small_curve([detection(60000 + first, 20.0), detection(60000 + first + span, 18.3)], [])
    assert curve is not None
    assert 2 <= len(curve.days) <= 7
    assert all(LEFT <= tick.place <= WIDTH - RIGHT for tick in curve.days)
    steps = np.diff([float(tick.text) for tick in curve.days])
    assert steps == pytest.approx(steps[0])
    assert f"{steps[0]:e}"[0] in "125"


def test_without_a_magnitude_there_is_none() -> None:
    assert small_curve([], [limit(1, 20)]) is None
    assert small_curve([detection(1, None)], []) is None
