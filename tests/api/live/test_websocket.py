"""graphql-transport-ws, frame by frame, as the protocol and our limits have it."""

import logging
from typing import Any

import pytest

from api.live.limits import LiveLimits
from runtime.metrics import API
from tests.support.live_broker import (
    CLASSIFIED,
    DETECTED,
    LiveBroker,
    LiveClient,
    light_curve,
    live_client,
    ready_client,
    wait_until,
)
from tests.support.ztf_packets import all_received

NAMES = [f"ZTF20aaaaaa{letter}" for letter in "abcdefghij"]


def metric(name: str) -> float:
    value = API.get_sample_value(name)
    assert value is not None
    return value


def follows(client: LiveClient, query: str, **variables: Any) -> None:
    """Subscribed, and known to be: what happens from now on is told."""
    before = metric("arrayan_live_subscriptions")
    client.subscribe(query, **variables)
    client.send(type="ping")
    assert client.receive() == {"type": "pong"}
    wait_until(lambda: metric("arrayan_live_subscriptions") > before)


@pytest.mark.parametrize("message", ["{", "[]", "1", '{"type": "other"}', '{"id": "1"}', b"{}"])
def test_what_is_no_message_ends_the_connection(address: str, message: str | bytes) -> None:
    with ready_client(address) as client:
        client.connection.send(message)
        assert client.closing()[0] == 4400


@pytest.mark.parametrize(
    "message",
    [
        {"payload": {"query": "{ __typename }"}},
        {"id": 1, "payload": {"query": "{ __typename }"}},
        {"id": "", "payload": {"query": "{ __typename }"}},
        {"id": "1"},
        {"id": "1", "payload": {"query": 1}},
        {"id": "1", "payload": {"query": "{ __typename }", "variables": 1}},
    ],
)
def test_a_subscribe_message_that_cannot_be_ends_the_connection(address: str, message: dict[str, Any]) -> None:
    with ready_client(address) as client:
        client.send(type="subscribe", **message)
        code, reason = client.closing()
        assert code == 4400
        assert reason


def test_nothing_is_answered_before_the_connection_is_initialised(address: str) -> None:
    with live_client(address) as client:
        client.subscribe("{ __typename }")
        assert client.closing() == (4401, "Unauthorized")


def test_a_connection_is_initialised_once(address: str) -> None:
    with ready_client(address) as client:
        client.send(type="connection_init")
        assert client.closing() == (4429, "Too many initialisation requests")


def test_a_connection_that_says_nothing_is_ended(broker: LiveBroker) -> None:
    with broker.serving(LiveLimits(init_seconds=0.1)) as address, live_client(address) as client:
        assert client.closing() == (4408, "Connection initialisation timeout")


def test_a_token_that_is_not_valid_is_refused(address: str) -> None:
    with live_client(address) as client:
        client.send(type="connection_init", payload={"Authorization": "Bearer nonsense"})
        code, reason = client.closing()
    assert code == 4403
    assert "token" in reason


def test_an_id_names_one_operation_at_a_time(address: str) -> None:
    with ready_client(address) as client:
        follows(client, DETECTED)
        client.subscribe(DETECTED)
        assert client.closing() == (4409, "Subscriber for 1 already exists")


def test_an_id_is_free_again_when_its_operation_is_complete(address: str) -> None:
    with ready_client(address) as client:
        client.subscribe(DETECTED)
        client.send(id="1", type="complete")
        client.send(id="unknown", type="complete")
        client.subscribe("{ __typename }")
        assert client.receive()["payload"]["data"] == {"__typename": "Query"}


def test_another_protocol_is_not_spoken(address: str) -> None:
    with live_client(address, protocols=["graphql-ws"]) as client:
        assert client.connection.subprotocol is None
        assert client.closing() == (4406, "Subprotocol not acceptable")


def test_pings_are_answered_before_and_after_initialisation(address: str) -> None:
    with live_client(address) as client:
        client.send(type="ping")
        assert client.receive() == {"type": "pong"}
        client.send(type="pong")
        client.send(type="connection_init", payload={"any": "thing"})
        assert client.receive()["type"] == "connection_ack"


def test_a_client_is_told_behind_which_event_it_begins(broker: LiveBroker) -> None:
    with broker.serving() as address, ready_client(address) as first:
        before = broker.event_ids()
        assert first.place == (before[-1] if before else "0")
        broker.store(*light_curve("ZTF20aaaabaa", 2))
        first.subscribe(DETECTED, after=first.place)
        told = [first.next("detected")["eventId"] for _ in range(2)]
        assert told == broker.event_ids()[len(before) :]
        with ready_client(address) as second:
            assert second.place == told[-1]  # what one was told of, the server knows


def test_a_quiet_connection_shows_that_it_lives(broker: LiveBroker) -> None:
    with broker.serving(LiveLimits(heartbeat_seconds=0.05)) as address, live_client(address) as client:
        with pytest.raises(TimeoutError):
            client.receive(0.3)  # not before it is acknowledged
        client.send(type="connection_init")
        assert client.receive()["type"] == "connection_ack"
        assert client.receive() == {"type": "ping"}
        client.send(type="pong")
        assert client.receive() == {"type": "ping"}


def test_queries_are_answered_too(address: str, broker: LiveBroker) -> None:
    broker.store(*light_curve(NAMES[0], 1))
    with ready_client(address) as client:
        query = "query($names: [String!]!) { objectsByName(names: $names) { name } }"
        client.subscribe(query, names=[NAMES[0]])
        assert client.receive()["payload"]["data"] == {"objectsByName": [{"name": NAMES[0]}]}
        assert client.receive() == {"id": "1", "type": "complete"}


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        ("{", {}, "GRAPHQL_PARSE_FAILED"),
        ("{ nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription { detected { eventId } classified { eventId } }", {}, "GRAPHQL_VALIDATION_FAILED"),
        ("subscription A { detected { eventId } } subscription B { detected { eventId } }", {}, "BAD_USER_INPUT"),
        (DETECTED, {"where": 1}, "BAD_USER_INPUT"),
        (DETECTED, {"where": {"nameLike": "\x00"}}, "BAD_USER_INPUT"),
        (CLASSIFIED, {"where": {"classes": ["SN"] * 101}}, "LIMIT_EXCEEDED"),
        (DETECTED, {"after": "soon"}, "BAD_CURSOR"),
        (DETECTED, {"after": "99999999.00000000"}, "EVENT_UNKNOWN"),
    ],
)
def test_what_cannot_be_is_one_error_and_the_connection_stays(
    address: str, query: str, variables: dict[str, Any], code: str
) -> None:
    with ready_client(address) as client:
        client.subscribe(query, **variables)
        assert client.error()["extensions"]["code"] == code
        client.subscribe("{ __typename }")
        assert client.receive()["payload"]["data"] == {"__typename": "Query"}


def test_alerts_are_told_of_as_they_are_stored(address: str, broker: LiveBroker) -> None:
    with ready_client(address) as client:
        follows(client, DETECTED)
        broker.store(*light_curve(NAMES[1], 3))
        told = [client.next("detected") for _ in range(3)]
    assert [one["object"]["name"] for one in told] == [NAMES[1]] * 3
    assert [one["eventId"] for one in told] == broker.event_ids()[-3:]


def test_answers_are_told_of_with_the_class_before(address: str, broker: LiveBroker) -> None:
    with ready_client(address) as client:
        follows(client, CLASSIFIED, where={"classifier": "trend", "object": {"names": [NAMES[2]]}})
        broker.store(*light_curve(NAMES[2], 6), *light_curve(NAMES[3], 6))
        broker.classify()
        first = client.next("classified")
        broker.store(*light_curve(NAMES[2], 7, change=0.5)[6:])
        broker.classify()
        second = client.next("classified")
    assert (first["object"]["name"], first["previousClass"]) == (NAMES[2], None)
    assert second["previousClass"] == first["classification"]["class"]


@pytest.mark.parametrize(
    ("where", "counts"),
    [
        ({}, {"size": 2, "trend": 2}),
        ({"classifier": "trend"}, {"trend": 2}),
        ({"classifier": "nobody"}, {}),
        ({"changedOnly": True}, {"size": 2, "trend": 2}),
        ({"classes": []}, {}),
        ({"probability": {"gt": 1}}, {}),
        ({"probability": {"gte": 0, "lte": 1}}, {"size": 2, "trend": 2}),
        ({"survey": "LSST"}, {}),
        ({"survey": "ZTF"}, {"size": 2, "trend": 2}),
        ({"object": {"detectionCount": {"gte": 7}}}, {"size": 1, "trend": 1}),
        ({"object": {"region": {"cone": {"ra": 1, "dec": -89, "radius": 1}}}}, {}),
    ],
)
def test_filters_leave_out_what_is_not_asked_for(
    address: str, broker: LiveBroker, where: dict[str, Any], counts: dict[str, int]
) -> None:
    mark = filtered_events(broker)
    with ready_client(address) as client:
        client.subscribe(CLASSIFIED, after=mark, where=where)
        told: dict[str, int] = {}
        for _ in range(sum(counts.values())):
            classifier = client.next("classified")["classification"]["classifier"]
            told[classifier] = told.get(classifier, 0) + 1
        client.send(type="ping")
        assert client.receive() == {"type": "pong"}
    assert told == counts


MARK: list[str] = []


def filtered_events(broker: LiveBroker) -> str:
    """Once: two objects of six and seven alerts, classified by both rules; the event before."""
    if not MARK:
        broker.store(*light_curve(NAMES[9], 1))
        broker.classify()
        MARK.append(broker.event_ids()[-1])
        broker.store(*light_curve(NAMES[4], 6), *light_curve(NAMES[5], 7))
        broker.classify()
    return MARK[0]


def test_what_was_missed_comes_first_and_then_what_happens(address: str, broker: LiveBroker) -> None:
    broker.store(*light_curve(NAMES[6], 4))
    known = broker.event_ids()[-3]
    with ready_client(address) as client:
        client.subscribe(DETECTED, after=known)
        missed = [client.next("detected")["eventId"] for _ in range(2)]
        broker.store(*light_curve(NAMES[6], 6)[4:])
        live = [client.next("detected")["eventId"] for _ in range(2)]
    assert missed + live == broker.event_ids()[-4:]


def test_everything_that_is_kept_can_be_asked_for(address: str, broker: LiveBroker) -> None:
    broker.store(*light_curve(NAMES[0], 1))
    count = broker.rows("SELECT count(*) FROM event WHERE classifier_id IS NULL")[0][0]
    with ready_client(address) as client:
        client.subscribe(DETECTED, after="0")
        told = [client.next("detected")["eventId"] for _ in range(count)]
    assert told == [event_id for event_id in broker.event_ids() if event_id in set(told)]


def test_a_subscription_without_arguments_is_told_of_everything(address: str, broker: LiveBroker) -> None:
    with ready_client(address) as client:
        follows(client, "subscription { detected { eventId object { name } } }")
        broker.store(*light_curve("ZTF20cccccca", 1))
        assert client.next("detected") == {"eventId": broker.event_ids()[-1], "object": {"name": "ZTF20cccccca"}}


def test_equal_subscriptions_are_executed_once(
    address: str, broker: LiveBroker, caplog: pytest.LogCaptureFixture
) -> None:
    where = {"detectionCount": {"gte": 1}}
    with ready_client(address) as one, ready_client(address) as other, ready_client(address) as third:
        follows(one, DETECTED, where=where)
        follows(other, DETECTED, where=where)
        follows(third, DETECTED, where=where, after=broker.event_ids()[-1])
        with caplog.at_level(logging.DEBUG, logger="storage.reader"):
            broker.store(*light_curve(NAMES[7], 20))
            told = [[client.next("detected") for _ in range(20)] for client in (one, other, third)]
        assert told[0] == told[1] == told[2]
    made = [record.getMessage() for record in caplog.records if record.name == "storage.reader"]
    filtering = [text for text in made if "detection_count >=" in text]
    assert len(filtering) == 1
    assert sum("FROM detection" in text or "JOIN detection" in text for text in made) == 1


def test_an_execution_ends_with_the_last_who_listens(address: str) -> None:
    with ready_client(address) as client:
        follows(client, DETECTED, where={"names": ["ZTF20zzzzzzz"]})
        meanwhile = metric("arrayan_live_executions")
        client.break_off()
        wait_until(lambda: metric("arrayan_live_executions") < meanwhile)


def test_a_server_takes_so_many_connections(broker: LiveBroker) -> None:
    def connections() -> float:
        return API.get_sample_value("arrayan_live_connections", {"transport": "websocket"}) or 0.0

    with broker.serving(LiveLimits(connections=1)) as address:
        before = connections()
        with ready_client(address), live_client(address) as second:
            code, reason = second.closing()
        assert code == 1013
        assert "try again later" in reason
        wait_until(lambda: connections() == before)
        with ready_client(address):
            pass


def test_a_connection_holds_so_many_operations_and_a_server_so_many_subscriptions(broker: LiveBroker) -> None:
    limits = LiveLimits(per_connection=3, executions=1, subscriptions=2)
    with broker.serving(limits) as address, ready_client(address) as client:
        follows(client, DETECTED, operation_id="1")
        client.subscribe(CLASSIFIED, operation_id="2")
        assert "different subscriptions" in client.error()["message"]
        follows(client, DETECTED, operation_id="3")
        client.subscribe(DETECTED, operation_id="4")
        error = client.error()
        assert error["extensions"]["code"] == "LIMIT_EXCEEDED"
        assert "as many subscriptions as it takes" in error["message"]
        with ready_client(address) as other:
            other.subscribe(DETECTED)
            assert other.error()["extensions"]["code"] == "LIMIT_EXCEEDED"


LARGE = (
    "subscription { detected { eventId "
    + " ".join(f"a{number}: object {{ name id survey links {{ name url }} }}" for number in range(15))
    + " } }"
)


def test_who_reads_too_slowly_is_cut_off_and_told_where_to_go_on(broker: LiveBroker) -> None:
    broker.store(*light_curve(NAMES[8], 1))
    (alert,) = all_received(light_curve(NAMES[8], 1))
    with broker.serving(LiveLimits(waiting=20)) as address, ready_client(address, max_queue=1) as client:
        follows(client, LARGE)
        slow = metric("arrayan_live_slow_total")
        while metric("arrayan_live_slow_total") == slow:
            broker.tell_again(alert, 100)
        told = []
        while (message := client.receive())["type"] == "next":
            told.append(message["payload"]["data"]["detected"]["eventId"])
        assert message["type"] == "error"
        (error,) = message["payload"]
        assert error["extensions"] == {"code": "SLOW_CONSUMER", "lastEventId": told[-1]}
        code, reason = client.closing()
    assert code == 4290
    assert "after" in reason
    everything = broker.event_ids()
    assert told == everything[everything.index(told[0]) :][: len(told)]
