"""Clients that are killed and come back miss nothing and get nothing twice, while eight writers are at work."""

import psycopg

from tests.support.live_broker import DETECTED, LiveBroker, light_curve, ready_client
from tests.support.live_fire import listen_by_events, listen_by_websocket, under_fire


def test_killed_clients_that_come_back_get_every_event_once_and_in_order(broker: LiveBroker) -> None:
    listeners = [*[listen_by_websocket] * 3, *[listen_by_events] * 2]
    fire = under_fire(broker, listeners, batches=30, longest=400, seconds=60)
    assert len(fire.everything) > 1000
    assert fire.kills > 2 * len(listeners)
    assert fire.told == [fire.everything] * len(listeners)


def test_a_client_whose_events_are_gone_is_told_so(broker: LiveBroker) -> None:
    broker.store(*light_curve("ZTF20aaaaaab", 3))
    known = broker.event_ids()
    with psycopg.connect(broker.url, autocommit=True) as connection:
        connection.execute("DELETE FROM event WHERE serial < (SELECT max(serial) FROM event)")
    with broker.serving() as address, ready_client(address) as client:
        client.subscribe(DETECTED, after=known[0])
        error = client.error()
    assert error["extensions"]["code"] == "EVENT_EXPIRED"
    assert known[-1] in error["message"]
