"""The nights as a calendar, a square a day, darker with more alerts; and what to look at in the morning."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from math import log1p
from typing import Any, NamedTuple

from api.pages.formats import count, duration

NIGHTS_PER_PAGE = 120
LEVELS = 5
LONG_SECONDS = 600.0
"""Work that waits longer is told as something to look at."""


class Day(NamedTuple):
    """A day of the calendar: its alerts over all surveys, their shade (0 none to LEVELS most), and dead letters."""

    day: date
    alerts: int
    level: int
    dead_letters: int


def calendar(nights: Sequence[Mapping[str, Any]]) -> list[list[Day | None]]:
    """The weeks of the NIGHTS_PER_PAGE days that end with the newest night, Monday first; None before the first and
    after the last day."""
    if not nights:
        return []
    alerts: dict[date, int] = {}
    letters: dict[date, int] = {}
    for night in nights:
        day = date.fromisoformat(night["night"])
        alerts[day] = alerts.get(day, 0) + night["alerts"]
        letters[day] = letters.get(day, 0) + night["deadLetters"]
    last = max(alerts)
    first = last - timedelta(days=NIGHTS_PER_PAGE - 1)
    most = max(alerts.values())
    days: list[Day | None] = [None] * first.weekday()
    while first <= last:
        number = alerts.get(first, 0)
        days.append(Day(first, number, _level(number, most), letters.get(first, 0)))
        first += timedelta(days=1)
    days += [None] * (-len(days) % 7)
    return [days[start : start + 7] for start in range(0, len(days), 7)]


def _level(number: int, most: int) -> int:
    return 0 if number == 0 else 1 + min(LEVELS - 1, int(LEVELS * log1p(number) / log1p(most) * 0.999))


class NightClasses(NamedTuple):
    """What a classifier answered: the classes, the most frequent first, and of each night how often it named each
    of them, in the same order."""

    names: list[str]
    rows: list[list[int]]


def classes_of(nights: Sequence[Mapping[str, Any]], classifier: str) -> NightClasses:
    """The answers of one classifier, night by night in the order of the nights."""
    by_night = [
        {one["class"]: one["answers"] for one in night["classes"] if one["classifier"] == classifier}
        for night in nights
    ]
    totals: Counter[str] = Counter()
    for answers in by_night:
        totals.update(answers)
    names = [name for name, _ in sorted(totals.items(), key=lambda item: (-item[1], item[0]))]
    return NightClasses(names, [[answers.get(name, 0) for name in names] for answers in by_night])


class Trouble(NamedTuple):
    """Something to look at: what it is, and the command that shows more of it."""

    what: str
    command: str


def troubles(found: Mapping[str, Any], now: datetime) -> list[Trouble]:
    """What an operator looks at first in the morning, from the answer to the page's question."""
    return [
        *(
            Trouble(
                f"{count(one['count'])} dead letter{'' if one['count'] == 1 else 's'} of "
                f"{one['survey'] or 'no survey that we know'}. {one['meaning']}",
                f"arrayan dead-letters list --reason {one['reason']}",
            )
            for one in found["deadLetters"]
        ),
        *_of_queues(found["classifiers"], now),
        *(
            Trouble(
                f"{count(one['eventsBehind'])} events wait for the publisher {one['name']}, silent for "
                f"{duration(_since(one['updatedAt'], now))}.",
                f"arrayan publish kafka --name {one['name']}",
            )
            for one in found["publishers"]
            if one["eventsBehind"] and _since(one["updatedAt"], now) > LONG_SECONDS
        ),
    ]


def _of_queues(classifiers: Sequence[Mapping[str, Any]], now: datetime) -> list[Trouble]:
    found = []
    for one in classifiers:
        queue = one["queue"]
        if queue is None:
            continue
        if queue["failed"]:
            failed = f"{one['name']} could not answer for {count(queue['failed'])} objects."
            found.append(Trouble(failed, "arrayan classify failures"))
        oldest = queue["oldestQueuedAt"]
        if oldest and _since(oldest, now) > LONG_SECONDS:
            waiting = f"{count(queue['waiting'])} objects wait for {one['name']}, the oldest since "
            found.append(Trouble(f"{waiting}{duration(_since(oldest, now))}.", "arrayan classify run"))
    return found


def _since(time: str, now: datetime) -> float:
    return (now - datetime.fromisoformat(time)).total_seconds()
