"""Ids of events: texts that name one event of one database."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.event import FROM_THE_OLDEST, START, Event, EventId, InvalidEventId, parse_event_id

AT = datetime(2026, 11, 5, 3, 12, 45, 123456, UTC)


@given(st.integers(1, 2**63 - 1), st.datetimes(datetime(2020, 1, 1), datetime(2100, 1, 1)))
def test_a_text_names_the_event_again(serial: int, at: datetime) -> None:
    event_id = EventId.of(serial, at.replace(tzinfo=UTC))
    assert parse_event_id(str(event_id)) == event_id


@given(st.text(max_size=30))
def test_any_other_text_is_refused(text: str) -> None:
    assume(text != FROM_THE_OLDEST)
    with pytest.raises(InvalidEventId, match="take one from `eventId`"):
        parse_event_id(text)


@pytest.mark.parametrize(
    "text", ["", "1", "-1.00000000", "0.00000000", "1.0000000", f"{2**63}.00000000", "١.00000000"]
)
def test_what_looks_nearly_like_one_is_refused(text: str) -> None:
    with pytest.raises(InvalidEventId):
        parse_event_id(text)


def test_events_of_one_place_in_two_databases_differ() -> None:
    assert EventId.of(7, AT) != EventId.of(7, AT + timedelta(microseconds=1))


def test_zero_is_before_everything() -> None:
    assert parse_event_id("0") == START


def test_a_first_class_and_another_one_are_changes() -> None:
    event = Event(1, AT, 1, 1, 61000.0, 1, 0.5, "SN", None)
    assert event.is_classification
    assert event.is_change
    assert event._replace(previous_class="AGN").is_change
    assert not event._replace(previous_class="SN").is_change
    assert not event._replace(classifier_id=None, class_=None).is_classification
