"""Subscriptions as server-sent events."""

import json
from typing import Any

import httpx
import pytest

from api.live.limits import LiveLimits
from tests.support.live_broker import DETECTED, LiveBroker, event_stream, light_curve

NAMES = [f"ZTF21aaaaaa{letter}" for letter in "abcdef"]
URQL = "application/graphql-response+json, application/json, text/event-stream, multipart/mixed"


def told_by(event: dict[str, str]) -> Any:
    assert event["event"] == "next"
    return json.loads(event["data"])["data"]["detected"]


def test_alerts_are_told_of_as_they_are_stored(address: str, broker: LiveBroker) -> None:
    broker.store(*light_curve(NAMES[0], 2))
    known = broker.event_ids()[-2]
    with event_stream(address, DETECTED, after=known) as events:
        missed = next(events)
        broker.store(*light_curve(NAMES[0], 4)[2:])
        live = [next(events), next(events)]
    ids = [event["id"] for event in (missed, *live)]
    assert ids == broker.event_ids()[-3:]
    assert [told_by(event)["eventId"] for event in (missed, *live)] == ids


def test_a_browser_goes_on_behind_the_last_event_that_it_has(address: str, broker: LiveBroker) -> None:
    broker.store(*light_curve(NAMES[1], 4))
    ids = broker.event_ids()
    with event_stream(address, DETECTED, after=ids[-4], headers={"Last-Event-ID": ids[-2]}) as events:
        assert next(events)["id"] == ids[-1]


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("subscription {", {}, "GRAPHQL_PARSE_FAILED"),
        ("subscription { nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        (DETECTED, {"after": "1"}, "BAD_CURSOR"),
        (DETECTED, {"after": "99999999.00000000"}, "EVENT_UNKNOWN"),
    ],
)
def test_what_cannot_be_is_told_and_complete(
    address: str, query: str, variables: dict[str, Any], code: str
) -> None:
    with event_stream(address, query, **variables) as events:
        failed, complete = events
    (error,) = json.loads(failed["data"])["errors"]
    assert error["extensions"]["code"] == code
    assert complete == {"event": "complete", "data": ""}


def test_queries_are_answered_too_and_complete(address: str) -> None:
    with event_stream(address, "{ __typename }") as events:
        answer, complete = events
    assert json.loads(answer["data"])["data"] == {"__typename": "Query"}
    assert complete == {"event": "complete", "data": ""}


def test_a_client_that_accepts_both_gets_json_for_queries_and_events_for_subscriptions(
    address: str, broker: LiveBroker
) -> None:
    answer = httpx.post(f"{address}/graphql", json={"query": "{ __typename }"}, headers={"Accept": URQL})
    assert answer.headers["Content-Type"].startswith("application/graphql-response+json")
    broker.store(*light_curve(NAMES[2], 1))
    with event_stream(address, DETECTED, after="0", headers={"Accept": URQL}) as events:
        assert next(events)["event"] == "next"


def test_a_subscription_asked_for_as_json_says_how_to_ask(address: str) -> None:
    answer = httpx.post(f"{address}/graphql", json={"query": DETECTED}, headers={"Accept": "application/json"})
    (error,) = answer.json()["errors"]
    assert "text/event-stream" in error["message"]


def test_a_quiet_stream_shows_that_it_lives(broker: LiveBroker) -> None:
    with (
        broker.serving(LiveLimits(heartbeat_seconds=0.05)) as address,
        httpx.stream(
            "POST", f"{address}/graphql", json={"query": DETECTED}, headers={"Accept": "text/event-stream"}
        ) as answer,
    ):
        assert answer.headers["Content-Type"].startswith("text/event-stream")
        assert answer.headers["Cache-Control"] == "no-store"
        parts = answer.iter_raw()
        told = b""
        while told.count(b":\n\n") < 3:
            told += next(parts)
    begins_behind = broker.event_ids()[-1] if broker.event_ids() else "0"
    assert told.replace(b":\n\n", b"") == f"id: {begins_behind}\n\n".encode()


def test_a_stream_tells_where_it_begins_before_anything_happens(address: str, broker: LiveBroker) -> None:
    """So a client whose connection is lost before its first event goes on without a gap."""
    asked = {"json": {"query": DETECTED}, "headers": {"Accept": "text/event-stream"}}
    with httpx.stream("POST", f"{address}/graphql", timeout=30, **asked) as answer:  # type: ignore[arg-type]
        told = ""
        for part in answer.iter_text():
            told += part
            if "id: " in told and told.endswith("\n\n"):
                break
    begins_behind = told.partition("id: ")[2].strip()
    broker.store(*light_curve(NAMES[3], 2))
    with event_stream(address, DETECTED, after=begins_behind) as events:
        assert [next(events)["id"], next(events)["id"]] == broker.event_ids()[-2:]


def test_a_full_server_says_when_to_come_again(broker: LiveBroker) -> None:
    with broker.serving(LiveLimits(connections=1)) as address, event_stream(address, DETECTED):
        answer = httpx.post(f"{address}/graphql", json={"query": DETECTED}, headers={"Accept": "text/event-stream"})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "30")
