"""A light curve as a small picture: an SVG made here, for cards and for browsers without script."""

from collections.abc import Mapping, Sequence
from math import ceil, floor, log10
from typing import Any, NamedTuple

WIDTH, HEIGHT = 360.0, 200.0
LEFT, RIGHT, TOP, BOTTOM = 40.0, 10.0, 10.0, 24.0
LEAST_MAGNITUDES, LEAST_DAYS = 0.5, 1.0
ROOM = 0.06
"""Of the span of the data, left free around them."""


class Point(NamedTuple):
    """A detection in the picture: its place, its error bar, its band."""

    x: float
    y: float
    low: float
    high: float
    band: str
    is_positive: bool


class Limit(NamedTuple):
    """A non-detection in the picture."""

    x: float
    y: float
    band: str


class Tick(NamedTuple):
    """A mark of an axis with its text."""

    place: float
    text: str


class SmallCurve(NamedTuple):
    """All that the picture shows; difference magnitudes grow downwards, days count from the first detection."""

    points: list[Point]
    limits: list[Limit]
    magnitudes: list[Tick]
    days: list[Tick]


class _Axis(NamedTuple):
    """From values to places."""

    low: float
    high: float
    start: float
    end: float

    def place(self, value: float) -> float:
        return round(self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start), 1)

    def ticks(self, number: int) -> list[Tick]:
        """About so many round values."""
        step = _round_step((self.high - self.low) / number)
        first = ceil(self.low / step)
        values = [step * place for place in range(first, floor(self.high / step) + 1)]
        digits = max(0, -floor(log10(step)))
        return [Tick(self.place(value), f"{value + 0.0:.{digits}f}") for value in values]


def _round_step(step: float) -> float:
    """The next of 1, 2, 5, 10 and so on that is not smaller."""
    scale = 10.0 ** floor(log10(step))
    return next(scale * factor for factor in (1, 2, 5, 10) if scale * factor >= step * 0.999)


def small_curve(detections: Sequence[Mapping[str, Any]], limits: Sequence[Mapping[str, Any]]) -> SmallCurve | None:
    """The picture of a light curve as the endpoint answers it; None when no detection has a magnitude."""
    measured = [row for row in detections if row["magnitude"] is not None]
    if not measured:
        return None
    first = measured[0]["mjd"]
    brightness = [row["magnitude"] for row in measured] + [row["limitingMagnitude"] for row in limits]
    times = [row["mjd"] - first for row in [*measured, *limits]]
    x = _axis(times, LEAST_DAYS, LEFT, WIDTH - RIGHT)
    y = _axis(brightness, LEAST_MAGNITUDES, TOP, HEIGHT - BOTTOM)
    return SmallCurve(
        points=[_point(row, x, y, first) for row in measured],
        limits=[
            Limit(x.place(row["mjd"] - first), y.place(row["limitingMagnitude"]), row["band"]) for row in limits
        ],
        magnitudes=y.ticks(4),
        days=x.ticks(5),
    )


def _axis(values: Sequence[float], least: float, start: float, end: float) -> _Axis:
    low, high = min(values), max(values)
    room = max((high - low) * ROOM, (least - (high - low)) / 2)
    return _Axis(low - room, high + room, start, end)


def _point(row: Mapping[str, Any], x: _Axis, y: _Axis, first: float) -> Point:
    error = row["magnitudeError"] or 0.0
    return Point(
        x.place(row["mjd"] - first),
        y.place(row["magnitude"]),
        y.place(min(row["magnitude"] + error, y.high)),
        y.place(max(row["magnitude"] - error, y.low)),
        row["band"],
        row["isPositive"],
    )
