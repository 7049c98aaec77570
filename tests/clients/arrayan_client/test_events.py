"""Events: none is missed and none comes twice, whatever happens to server and connection."""

import asyncio
import re
import socket
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from arrayan_client import (
    NO_RETRY,
    Arrayan,
    AsyncArrayan,
    BadQuestion,
    EventExpired,
    EventUnknown,
    InvalidInput,
    ServerUnreachable,
)

from api.app import create_app
from storage.packet_archive import PacketArchive
from storage.reader import Reader
from tests.clients.arrayan_client.conftest import QUICK, Ask, RestartedServer, asker
from tests.support.databases import Backend, TestDatabases
from tests.support.kafka import eventually
from tests.support.live_broker import LiveBroker, light_curve

FIRST, LATER = 8, 6
UP = "abc"


@pytest.fixture(scope="module")
def broker(
    databases: TestDatabases, any_backend: Backend, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveBroker]:
    """One that has told of some alerts, and of what the rules say of them."""
    with databases.fresh(any_backend) as url:
        broker = LiveBroker(url, tmp_path_factory.mktemp("events"))
        broker.store(*light_curve("ZTF26aaaaaaa", FIRST))
        broker.classify()
        yield broker


@pytest.fixture(scope="module")
def address(broker: LiveBroker) -> Iterator[str]:
    with broker.serving() as served:
        yield served


@pytest.fixture(params=["blocking", "awaiting"])
def ask_events(request: pytest.FixtureRequest, address: str) -> Ask:
    return asker(address, is_async=request.param == "awaiting")


def test_events_are_typed_and_in_order(ask_events: Ask, broker: LiveBroker) -> None:
    detected = ask_events("subscribe", "detected", after="0", limit=FIRST)
    known = broker.event_ids()
    assert [event.event_id for event in detected] == known[:FIRST]
    assert [event.detection.magnitude for event in detected] == pytest.approx([18 + 0.1 * k for k in range(FIRST)])
    assert {event.object.name for event in detected} == {"ZTF26aaaaaaa"}
    after = detected[2].event_id
    again = ask_events("subscribe", "detected", after=after, limit=2)
    assert [event.event_id for event in again] == known[3:5]
    answers = ask_events("subscribe", classifier="trend", class_name="steady", after="0", limit=1)
    assert {(event.classification.classifier, event.classification.class_) for event in answers} == {
        ("trend", "steady")
    }
    assert ask_events("subscribe", "detected", survey="lsst", after="0", idle_seconds=0.2) == []


def test_what_cannot_be_followed_says_why(ask_events: Ask) -> None:
    for after, error in (("garbage", BadQuestion), ("999.00000000", EventUnknown)):
        with pytest.raises(error):
            ask_events("subscribe", after=after, limit=1)
    with pytest.raises(InvalidInput, match='are for "classified" alone'):
        ask_events("subscribe", "detected", classifier="trend")
    with pytest.raises(InvalidInput, match="got 'seen'"):
        ask_events("subscribe", "seen")


class Follower(threading.Thread):
    """Follows new alerts in a thread until it has seen so many, and knows when it hears the server."""

    def __init__(self, url: str, *, is_async: bool, wanted: int, after: str | None = "0") -> None:
        super().__init__(daemon=True)
        self.url, self.is_async, self.wanted, self.after = url, is_async, wanted, after
        self.events: Any = None
        self.seen: list[str] = []
        self.error: Exception | None = None
        self.reconnects = 0

    def run(self) -> None:
        try:
            if self.is_async:
                asyncio.run(self._await())
            else:
                self._block()
        except Exception as error:
            self.error = error

    def _block(self) -> None:
        with (
            Arrayan(self.url, retry=QUICK) as arrayan,
            arrayan.subscribe("detected", after=self.after, limit=self.wanted, retry=QUICK) as events,
        ):
            self.events = events
            for event in events:
                self.seen.append(event.event_id)
                assert events.last_event_id == event.event_id
            self.reconnects = events.reconnects

    async def _await(self) -> None:
        async with AsyncArrayan(self.url, retry=QUICK) as arrayan:
            self.events = events = arrayan.subscribe("detected", after=self.after, limit=self.wanted, retry=QUICK)
            async for event in events:
                self.seen.append(event.event_id)
            self.reconnects = events.reconnects

    @property
    def begins(self) -> bool:
        """Whether it knows behind which event it began."""
        return self.events is not None and self.events.last_event_id is not None

    def ended(self) -> list[str]:
        self.join(60)
        assert not self.is_alive(), f"{len(self.seen)} of {self.wanted}"
        if self.error is not None:
            raise self.error
        return self.seen


@pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "awaiting"])
def test_a_server_that_stops_and_starts_costs_no_event(
    any_database_url: str, tmp_path: Path, is_async: bool
) -> None:
    broker = LiveBroker(any_database_url, tmp_path)

    server = RestartedServer(lambda: app_of(broker))
    follower: Follower | None = None
    for number in range(3):
        with server.running():
            if follower is None:
                follower = Follower(server.url, is_async=is_async, wanted=3 * 2 * LATER)
                follower.start()
            broker.store(*light_curve(f"ZTF26aaaaau{UP[number]}", LATER))
            until = len(broker.event_ids())
            wait_until_seen(follower, until)
        broker.store(*light_curve(f"ZTF26aaaaad{UP[number]}", LATER))  # while nobody serves
    with server.running():
        assert follower is not None
        seen = follower.ended()
    assert seen == broker.event_ids()
    assert follower.reconnects >= 3


def wait_until_seen(follower: Follower, count: int) -> None:
    eventually(lambda: len(follower.seen) >= count or follower.error, seconds=60)


@pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "awaiting"])
def test_a_line_that_is_cut_anywhere_costs_no_event(address: str, broker: LiveBroker, is_async: bool) -> None:
    """A relay lets a few hundred bytes through, and then closes both sides."""
    with CutLine(address) as line:
        follower = Follower(line.url, is_async=is_async, wanted=FIRST)
        follower.start()
        assert follower.ended() == broker.event_ids()[:FIRST]
    assert follower.reconnects >= 3


class CutLine:
    """A way to a server that is cut after so many bytes, later and later, so that it comes to an end."""

    FIRST_BYTES, MORE_BYTES = 150, 901

    def __init__(self, address: str) -> None:
        host, _, port = address.removeprefix("http://").partition(":")
        self._target = (host, int(port))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._server: socket.socket | None = None

    def __enter__(self) -> "CutLine":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        if self._server is not None:
            with suppress(OSError):
                self._server.shutdown(socket.SHUT_RDWR)
        self._thread.join(30)

    def _serve(self) -> None:
        allowed = self.FIRST_BYTES
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with client, socket.create_connection(self._target) as server:
                self._server = server
                server.sendall(_request(client))
                left = allowed
                while left and (part := server.recv(min(left, 1 << 16))):
                    client.sendall(part)
                    left -= len(part)
            allowed += self.MORE_BYTES


def _request(client: socket.socket) -> bytes:
    """Head and body, which come in parts."""
    head = b""
    while b"\r\n\r\n" not in head:
        head += client.recv(1 << 16)
    head, _, body = head.partition(b"\r\n\r\n")
    (length,) = re.findall(rb"(?i)content-length: *(\d+)", head)
    while len(body) < int(length):
        body += client.recv(1 << 16)
    return head + b"\r\n\r\n" + body


@pytest.mark.parametrize("is_async", [False, True], ids=["blocking", "awaiting"])
def test_a_connection_lost_before_the_first_event_costs_none(
    any_database_url: str, tmp_path: Path, is_async: bool
) -> None:
    broker = LiveBroker(any_database_url, tmp_path)
    server = RestartedServer(lambda: app_of(broker))
    follower = Follower(server.url, is_async=is_async, wanted=LATER, after=None)
    with server.running():
        follower.start()
        eventually(lambda: follower.begins or follower.error, seconds=60)
    broker.store(*light_curve("ZTF26aaaaaaa", LATER))  # while nobody serves
    with server.running():
        assert follower.ended() == broker.event_ids()


def app_of(broker: LiveBroker) -> Any:
    reader = Reader(broker.url, connections=4, statement_timeout_seconds=30)
    return create_app(reader, PacketArchive(str(broker.archive)))


def test_events_that_are_not_kept_are_said_to_be_gone(any_database_url: str, tmp_path: Path) -> None:
    broker = LiveBroker(any_database_url, tmp_path)
    broker.store(*light_curve("ZTF26aaaaaaa", 4))
    known = broker.event_ids()
    broker.rows("DELETE FROM event WHERE serial <= (SELECT min(serial) + 1 FROM event)")
    with broker.serving() as address, Arrayan(address, retry=QUICK) as arrayan:
        with pytest.raises(EventExpired, match=known[2]) as error:
            list(arrayan.subscribe("detected", after=known[0], limit=1))
        assert 'after="0"' in str(error.value)
        assert [event.event_id for event in arrayan.subscribe("detected", after="0", limit=2)] == known[2:]


def test_giving_up_says_where_to_go_on(broker: LiveBroker) -> None:
    with broker.serving() as address, Arrayan(address) as arrayan:
        events = arrayan.subscribe("detected", after="0", retry=NO_RETRY)
        first = next(events)
        for _ in range(FIRST - 1):
            first = next(events)
    with pytest.raises(ServerUnreachable) as error:
        next(events)
    assert f'after="{first.event_id}"' in str(error.value)
