"""The calendar of nights."""

from typing import Any

from api.pages.nights import LEVELS, NIGHTS_PER_PAGE, calendar, worst_first


def night(day: str, alerts: int, letters: int = 0) -> dict[str, Any]:
    return {"night": day, "alerts": alerts, "deadLetters": letters, "survey": "ZTF"}


def test_weeks_begin_on_monday_and_gaps_are_days_without_alerts() -> None:
    weeks = calendar([night("2026-11-06", 100), night("2026-11-03", 1)])  # a Friday and a Tuesday
    assert len(weeks) == 1
    (week,) = weeks
    assert week[0] is None
    assert [day.alerts if day else None for day in week] == [None, 1, 0, 0, 100, None, None]
    assert [day.level if day else None for day in week[1:5]] == [1, 0, 0, LEVELS]


def test_surveys_of_one_night_are_one_day() -> None:
    ((*_, day, _, _),) = calendar([night("2026-11-06", 5, 1), night("2026-11-06", 7, 2)])[-1:]
    friday = day if day else None
    assert friday is not None
    assert (friday.alerts, friday.dead_letters) == (12, 3)


def test_no_night_is_no_calendar_and_a_gap_of_years_is_cut() -> None:
    assert calendar([]) == []
    weeks = calendar([night("2026-11-06", 5), night("2019-01-01", 5)])
    days = [day for week in weeks for day in week if day]
    assert len(days) == NIGHTS_PER_PAGE


def test_troubled_nights_come_worst_first() -> None:
    nights = [night("2026-11-01", 9), night("2026-11-02", 9, 1), night("2026-11-03", 9, 5)]
    assert [one["night"] for one in worst_first(nights)] == ["2026-11-03", "2026-11-02"]
