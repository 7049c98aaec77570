"""A broker that tells of events, and clients that listen to it over real connections."""

import json
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

import httpx
import psycopg
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from api.app import create_app
from api.live.limits import LiveLimits
from domain.packet import ReceivedAlert
from storage.alert_store import AlertStore
from storage.database import connect as connect_database
from storage.events import add_detected
from storage.packet_archive import PacketArchive
from storage.reader import Reader
from surveys.avro import Record
from tests.support.classifying import drain, make_rules_known
from tests.support.http_server import serving
from tests.support.ztf_packets import JD, all_received, packet

PATIENCE = 30
Message = dict[str, Any]

DETECTED = """subscription($after: ID, $where: ObjectFilter) { detected(after: $after, where: $where) {
  eventId object { name } } }"""
CLASSIFIED = """subscription($after: ID, $where: ClassificationFilter) { classified(after: $after, where: $where) {
  eventId previousClass object { name } classification { classifier class } } }"""


def light_curve(name: str, count: int, change: float = 0.1) -> list[Record]:
    """Alerts of one object, a day apart."""
    return [packet(name, JD + night, magpsf=18.0 + change * night) for night in range(count)]


class LiveBroker:
    """A database with the rules as classifiers, filled through the ways of the broker."""

    def __init__(self, url: str, archive: Path) -> None:
        self.url, self.archive = url, archive
        make_rules_known(url)

    def store(self, *records: Record) -> None:
        with connect_database(self.url, role="test") as connection:
            AlertStore(connection, PacketArchive(str(self.archive))).store(all_received(records))

    def tell_again(self, alert: ReceivedAlert, times: int) -> None:
        """Events about an alert that is there already: many of them, cheaply."""
        with connect_database(self.url, role="test") as connection, connection.transaction():
            add_detected(connection, [alert] * times)

    def classify(self) -> None:
        drain(self.url, self.archive)

    def event_ids(self) -> list[str]:
        """Of every event, in their order, made by SQL."""
        return [
            f"{serial}.{microseconds % 2**32:08x}"
            for serial, microseconds in self.rows(
                "SELECT serial, (extract(epoch FROM ts) * 1000000)::bigint FROM event ORDER BY serial"
            )
        ]

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True) as connection:
            ran = connection.execute(statement.encode())
            return ran.fetchall() if ran.description else []

    @contextmanager
    def serving(self, limits: LiveLimits | None = None) -> Iterator[str]:
        """The whole application; its address."""
        reader = Reader(self.url, connections=4, statement_timeout_seconds=30)
        with serving(create_app(reader, PacketArchive(str(self.archive)), live=limits)) as address:
            yield address


class LiveClient:
    """A client of graphql-transport-ws, one frame at a time."""

    def __init__(self, connection: ClientConnection) -> None:
        self.connection = connection
        self.place = ""
        """The newest event when it was let in."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    def send(self, **message: Any) -> None:
        self.connection.send(json.dumps(message))

    def receive(self, seconds: float = PATIENCE) -> Message:
        """The next message; TimeoutError without one."""
        message: Message = json.loads(self.connection.recv(seconds))
        return message

    def subscribe(self, query: str, operation_id: str = "1", **variables: Any) -> None:
        self.send(id=operation_id, type="subscribe", payload={"query": query, "variables": variables})

    def next(self, field: str) -> Message:
        """What the next result says of a field."""
        message = self.receive()
        while message["type"] == "ping":
            self.send(type="pong")
            message = self.receive()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        told: Message = message["payload"]["data"][field]
        return told

    def error(self) -> Message:
        """The one error of an operation that failed."""
        message = self.receive()
        assert message["type"] == "error", message
        (error,) = message["payload"]
        return dict(error)

    def closing(self) -> tuple[int, str]:
        """Code and reason with which the server ends the connection."""
        with suppress(ConnectionClosed):
            while True:
                self.connection.recv(PATIENCE)
        assert self.connection.close_code is not None
        return self.connection.close_code, self.connection.close_reason or ""

    def break_off(self) -> None:
        """Vanish, without a word to the server."""
        with suppress(OSError):
            self.connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            self.connection.socket.shutdown(socket.SHUT_RDWR)  # wakes the thread that reads, which keeps it open
        self.connection.socket.close()


def live_client(
    address: str, *, protocols: Sequence[str] = ("graphql-transport-ws",), **options: Any
) -> LiveClient:
    """Connected, and nothing said yet."""
    return LiveClient(
        connect(
            address.replace("http", "ws", 1) + "/graphql",
            subprotocols=list(protocols),  # type: ignore[arg-type]
            compression=None,
            max_size=None,
            **options,
        )
    )


def ready_client(address: str, **options: Any) -> LiveClient:
    """Connected and initialised."""
    client = live_client(address, **options)
    client.send(type="connection_init")
    acknowledged = client.receive()
    assert acknowledged["type"] == "connection_ack"
    client.place = acknowledged["payload"]["lastEventId"]
    return client


def wait_until(is_so: Callable[[], bool]) -> None:
    """Until something is so; not for ever."""
    deadline = time.monotonic() + PATIENCE
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.005)


class SentEvent(dict[str, str]):
    """An event of a stream: its fields."""


@contextmanager
def event_stream(
    address: str, query: str, *, headers: dict[str, str] | None = None, **variables: Any
) -> Iterator[Iterator[SentEvent]]:
    """An operation by POST, answered as events. Heartbeats are left out."""
    with (
        httpx.Client(timeout=PATIENCE) as session,
        session.stream(
            "POST",
            f"{address}/graphql",
            json={"query": query, "variables": variables},
            headers={"Accept": "text/event-stream", **(headers or {})},
        ) as answer,
    ):
        assert answer.status_code == 200, answer.read()
        yield events_of(answer)


def events_of(answer: httpx.Response) -> Iterator[SentEvent]:
    """The events of an answer, split at LF alone."""
    return events_in(answer.iter_text())


def events_in(parts: Iterable[str]) -> Iterator[SentEvent]:
    """The events in a text that comes in parts."""
    text = ""
    for part in parts:
        text += part
        while "\n\n" in text:
            block, text = text.split("\n\n", 1)
            fields = SentEvent(line.split(":", 1) for line in block.split("\n") if not line.startswith(":"))
            if "event" in fields:  # else it only tells where the stream begins
                yield SentEvent({name: value.strip() for name, value in fields.items()})
