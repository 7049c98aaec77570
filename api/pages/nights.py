"""The nights as a calendar: a square a day, darker with more alerts."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import log1p
from typing import Any, NamedTuple

NIGHTS_PER_PAGE = 120
LEVELS = 5
MOST_TROUBLED = 5


class Day(NamedTuple):
    """A day of the calendar: its alerts over all surveys, their shade (0 none to LEVELS most), and dead letters."""

    day: date
    alerts: int
    level: int
    dead_letters: int


def calendar(nights: Sequence[Mapping[str, Any]]) -> list[list[Day | None]]:
    """Weeks from the oldest to the newest night, Monday first; None before the first and after the last day."""
    if not nights:
        return []
    alerts: dict[date, int] = {}
    letters: dict[date, int] = {}
    for night in nights:
        day = date.fromisoformat(night["night"])
        alerts[day] = alerts.get(day, 0) + night["alerts"]
        letters[day] = letters.get(day, 0) + night["deadLetters"]
    first, last = min(alerts), max(alerts)
    first = max(first, last - timedelta(days=NIGHTS_PER_PAGE - 1))
    most = max(alerts.values())
    days: list[Day | None] = [None] * first.weekday()
    while first <= last:
        count = alerts.get(first, 0)
        days.append(Day(first, count, _level(count, most), letters.get(first, 0)))
        first += timedelta(days=1)
    days += [None] * (-len(days) % 7)
    return [days[start : start + 7] for start in range(0, len(days), 7)]


def _level(count: int, most: int) -> int:
    return 0 if count == 0 else 1 + min(LEVELS - 1, int(LEVELS * log1p(count) / log1p(most) * 0.999))


def worst_first(nights: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The nights with dead letters, those with most first: what an operator looks at in the morning."""
    troubled = [night for night in nights if night["deadLetters"]]
    return sorted(troubled, key=lambda night: -night["deadLetters"])[:MOST_TROUBLED]
