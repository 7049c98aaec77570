"""Eight writers at work, and clients that are killed and come back."""

import json
import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

import httpx
from websockets.exceptions import ConnectionClosed

from domain.packet import ReceivedAlert
from storage.database import connect
from storage.events import add_detected
from tests.support.live_broker import DETECTED, LiveBroker, event_stream, light_curve, ready_client
from tests.support.ztf_packets import all_received

WRITERS = 8
Listen = Callable[[str, list[str], int], None]


class Fire(NamedTuple):
    """What there is, what each client was told, and how often one was killed."""

    everything: list[str]
    told: list[list[str]]
    kills: int


def write(url: str, alert: ReceivedAlert, batches: int, seed: int) -> None:
    """Transactions of all lengths, some of them undone after their events were written."""
    dice = random.Random(seed)
    with connect(url, role="test") as connection:
        for _ in range(batches):
            with suppress(ZeroDivisionError), connection.transaction():
                connection.execute("SELECT pg_current_xact_id()")  # takes its place among transactions early
                time.sleep(dice.uniform(0, 0.01))
                add_detected(connection, [alert] * dice.choice((1, 1, 3, 25)))
                if dice.random() < 0.1:
                    time.sleep(0.005)
                    raise ZeroDivisionError


def listen_by_websocket(address: str, told: list[str], most: int) -> None:
    """Go on behind what is known, and vanish after so many events."""
    client = ready_client(address)
    with suppress(ConnectionClosed, TimeoutError, OSError):
        client.subscribe(DETECTED, after=told[-1])
        for _ in range(most):
            told.append(client.next("detected")["eventId"])
    client.break_off()


def listen_by_events(address: str, told: list[str], most: int) -> None:
    """The same, by server-sent events."""
    with suppress(httpx.HTTPError), event_stream(address, DETECTED, after=told[-1]) as events:
        for _ in range(most):
            told.append(json.loads(next(events)["data"])["data"]["detected"]["eventId"])


def under_fire(
    broker: LiveBroker, listeners: Sequence[Listen], *, batches: int, longest: int, seconds: float
) -> Fire:
    """Let writers write so many transactions each, and clients listen, killed after at most `longest` events."""
    broker.store(*light_curve("ZTF20aaaaaaa", 1))
    (alert,) = all_received(light_curve("ZTF20aaaaaaa", 1))
    (first,) = broker.event_ids()
    told: list[list[str]] = [[first] for _ in listeners]
    kills = [0] * len(listeners)
    everything: list[str] = []

    def listen(number: int, address: str) -> None:
        dice = random.Random(100 + number)
        deadline = time.monotonic() + seconds
        while not (everything and told[number][-1] == everything[-1]) and time.monotonic() < deadline:
            most = dice.randrange(1, longest)
            if everything:  # the writers are done: no more than there is
                most = min(most, len(everything) - 1 - everything.index(told[number][-1]))
            listeners[number](address, told[number], most)
            kills[number] += 1

    with broker.serving() as address:
        threads = [threading.Thread(target=listen, args=(number, address)) for number in range(len(listeners))]
        writers = [
            threading.Thread(target=write, args=(broker.url, alert, batches, seed)) for seed in range(WRITERS)
        ]
        for thread in (*threads, *writers):
            thread.start()
        for thread in writers:
            thread.join()
        broker.tell_again(alert, longest)  # so that everybody who waits gets what he waits for
        everything += broker.event_ids()
        for thread in threads:
            thread.join()
    return Fire(everything, told, sum(kills))
