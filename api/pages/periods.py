"""Periods on a page: the one that a classifier found, and the periodogram as a picture to click in."""

from collections.abc import Mapping, Sequence
from math import log
from typing import Any, NamedTuple

from domain.periodogram import LONGEST_DAYS, SHORTEST_DAYS

WIDTH, HEIGHT = 640.0, 140.0
LEFT, RIGHT, TOP, BOTTOM = 8.0, 8.0, 8.0, 20.0
TICKS_DAYS = (0.1, 0.3, 1, 3, 10, 30, 100, 300)
PERIOD_FEATURE = "period"
"""The name under which the late classifier keeps the period that it used, days."""


class PeriodMark(NamedTuple):
    """A peak, or a mark of the axis: where it is, and which period."""

    x: float
    y: float
    period: float


class PeriodPicture(NamedTuple):
    """The curve as the points of a polyline, the peaks, and the marks of the axis."""

    line: str
    peaks: list[PeriodMark]
    ticks: list[PeriodMark]


def picture(found: Mapping[str, Any]) -> PeriodPicture:
    """The picture of a periodogram as the endpoint answers it."""
    highest = max(found["powers"], default=1.0) or 1.0
    return PeriodPicture(
        line=" ".join(
            f"{_x(period):.1f},{_y(power / highest):.1f}"
            for period, power in zip(found["periods"], found["powers"], strict=True)
        ),
        peaks=[
            PeriodMark(_x(peak["period"]), _y(peak["power"] / highest), peak["period"]) for peak in found["peaks"]
        ],
        ticks=[PeriodMark(_x(period), HEIGHT - BOTTOM, period) for period in TICKS_DAYS],
    )


def found_period(features: Sequence[Mapping[str, Any]]) -> float | None:
    """The period that a classifier went by, days; None when none did."""
    return next((one["value"] for one in features if one["name"] == PERIOD_FEATURE and one["band"] is None), None)


def _x(period: float) -> float:
    share = log(period / SHORTEST_DAYS) / log(LONGEST_DAYS / SHORTEST_DAYS)
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _y(power: float) -> float:
    return round(HEIGHT - BOTTOM - power * (HEIGHT - TOP - BOTTOM), 1)
