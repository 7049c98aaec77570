"""The calendar of nights."""

from datetime import UTC, datetime
from typing import Any

from api.pages.nights import LEVELS, NIGHTS_PER_PAGE, calendar, classes_of, troubles


def night(day: str, alerts: int, letters: int = 0) -> dict[str, Any]:
    return {"night": day, "alerts": alerts, "deadLetters": letters, "survey": "ZTF"}


def test_weeks_begin_on_monday_and_gaps_are_days_without_alerts() -> None:
    weeks = calendar([night("2026-11-06", 100), night("2026-11-03", 1)])  # a Friday and a Tuesday
    assert [day.alerts if day else None for day in weeks[-1]] == [0, 1, 0, 0, 100, None, None]
    assert [day.level if day else None for day in weeks[-1][1:5]] == [1, 0, 0, LEVELS]
    assert all(day is None or day.day.weekday() == place for week in weeks for place, day in enumerate(week))


def test_surveys_of_one_night_are_one_day() -> None:
    ((*_, day, _, _),) = calendar([night("2026-11-06", 5, 1), night("2026-11-06", 7, 2)])[-1:]
    friday = day if day else None
    assert friday is not None
    assert (friday.alerts, friday.dead_letters) == (12, 3)


def test_no_night_is_no_calendar_and_it_has_as_many_days_as_a_page_has_nights() -> None:
    assert calendar([]) == []
    weeks = calendar([night("2026-11-06", 5), night("2019-01-01", 5)])
    days = [day for week in weeks for day in week if day]
    assert len(days) == NIGHTS_PER_PAGE


def test_classes_of_nights_are_in_one_order_the_most_frequent_first() -> None:
    nights: list[dict[str, Any]] = [
        {"classes": [answers("early", "SN", 2), answers("early", "AGN", 5), answers("late", "QSO", 9)]},
        {"classes": [answers("early", "SN", 7)]},
        {"classes": []},
    ]
    found = classes_of(nights, "early")
    assert found.names == ["SN", "AGN"]
    assert found.rows == [[2, 5], [7, 0], [0, 0]]
    assert classes_of(nights, "nobody").names == []


def answers(classifier: str, name: str, number: int) -> dict[str, Any]:
    return {"classifier": classifier, "class": name, "answers": number}


NOW = datetime(2026, 11, 7, 12, tzinfo=UTC)
EMPTY = {"waiting": 0, "claimed": 0, "failed": 0, "oldestQueuedAt": None}


def state(**changes: Any) -> dict[str, Any]:
    quiet = {
        "deadLetters": [],
        "classifiers": [{"name": "early", "queue": EMPTY}, {"name": "early", "queue": None}],
        "publishers": [{"name": "topics", "eventsBehind": 0, "updatedAt": "2026-11-01T00:00:00+00:00"}],
    }
    return {**quiet, **changes}


def test_a_quiet_morning_has_nothing_to_look_at() -> None:
    assert troubles(state(), NOW) == []
    fresh = {**EMPTY, "waiting": 900, "oldestQueuedAt": "2026-11-07T11:59:00+00:00"}
    assert troubles(state(classifiers=[{"name": "early", "queue": fresh}]), NOW) == []


def test_every_trouble_comes_with_the_command_that_shows_more() -> None:
    letters = [{"survey": "ZTF", "reason": "damaged", "meaning": "Cannot be read.", "count": 3}]
    (letter,) = troubles(state(deadLetters=letters), NOW)
    assert letter == ("3 dead letters of ZTF. Cannot be read.", "arrayan dead-letters list --reason damaged")
    old = {"waiting": 1200, "claimed": 0, "failed": 7, "oldestQueuedAt": "2026-11-07T10:00:00+00:00"}
    failed, waiting = troubles(state(classifiers=[{"name": "late", "queue": old}]), NOW)
    assert failed.command == "arrayan classify failures"
    assert "7 objects" in failed.what
    assert "2.0 h" in waiting.what
    behind = [{"name": "topics", "eventsBehind": 40, "updatedAt": "2026-11-07T09:00:00+00:00"}]
    (publisher,) = troubles(state(publishers=behind), NOW)
    assert "40 events" in publisher.what
    assert publisher.command == "arrayan publish kafka --name topics"
