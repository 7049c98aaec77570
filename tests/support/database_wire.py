"""A wire between a process and its PostgreSQL that can be cut, or its holder killed, at a chosen moment.

It passes on what both sides say and reads only two things: the client's COMMIT, and the byte with which the
server ends each answer and says whether a transaction is open (PostgreSQL's protocol 3, "ReadyForQuery").
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from typing import Self
from urllib.parse import quote

from psycopg.conninfo import conninfo_to_dict

CHUNK = 1 << 16
COMMIT = b"COMMIT\0"
FEWER_ANSWERS = 1 << 30
IN_TRANSACTION, OUTSIDE = b"Z\0\0\0\5T", b"Z\0\0\0\5I"


class Moment(Enum):
    """Where in a transaction something happens."""

    WITHIN = "one of the server's answers never arrives: rows are copied and merged, packets archived"
    BEFORE_COMMIT = "the COMMIT is sent and never arrives"
    AFTER_COMMIT = "the server has committed, and its answer never arrives"
    BETWEEN = "the transaction is over for both sides: offsets are committed, messages read and decoded"


@dataclass(frozen=True)
class Aim:
    """A moment in one of the transactions that a wire sees, the first being 1.

    `answer` is the answer of the server that WITHIN waits for, or for the COMMIT where there are fewer; WITHIN and
    BETWEEN then wait for `delay` seconds.
    """

    moment: Moment
    transaction: int = 1
    answer: int = 1
    delay: float = 0.0


class DatabaseWire:
    """A way to a PostgreSQL server, at an address of its own. Whoever connects waits until it is opened."""

    def __init__(self, url: str, *, is_open: bool = True) -> None:
        self._server = conninfo_to_dict(url)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._lock = threading.Lock()
        self._aim: Aim | None = None
        self._strike: Callable[[], None] = _nothing
        self._transactions = self._answers = 0
        self._is_committing = self._is_cut = False
        self._is_open = threading.Event()
        self.struck = threading.Event()
        if is_open:
            self.open()
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.open()
        with suppress(OSError):  # wakes whoever accepts
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    @property
    def url(self) -> str:
        """The database's URL by way of this wire."""
        port = self._listener.getsockname()[1]
        user, database = (quote(str(self._server[key])) for key in ("user", "dbname"))
        password = f":{quote(str(self._server['password']))}" if "password" in self._server else ""
        options = "sslmode=disable&gssencmode=disable"
        return f"postgresql://{user}{password}@127.0.0.1:{port}/{database}?{options}"

    def open(self) -> None:
        """Let pass who waits, and who comes later."""
        self._is_open.set()

    def cut(self) -> None:
        """Cut off everybody who connects from now on."""
        self._is_cut = True

    def mend(self) -> None:
        """Let pass again who connects from now on."""
        self._is_cut = False

    def strike(self, aim: Aim, what: Callable[[], None] | None = None) -> None:
        """Do something once, at a moment counted from now, and cut the connection. `struck` tells of it."""
        with self._lock:
            self._aim, self._strike = aim, what or _nothing
            self._transactions = self._answers = 0
            self.struck.clear()

    def _listen(self) -> None:
        self._is_open.wait()
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            if self._is_cut:
                client.close()
                continue
            threading.Thread(target=self._connect, args=(client,), daemon=True).start()

    def _connect(self, client: socket.socket) -> None:
        with client, suppress(OSError), self._open_server() as server:
            for end in (client, server):
                if end.family != socket.AF_UNIX:
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            answers = threading.Thread(target=self._pass_answers, args=(server, client), daemon=True)
            answers.start()
            with _closing_both(client, server):
                while (chunk := client.recv(CHUNK)) and not self._strikes_at_request(chunk):
                    server.sendall(chunk)
            answers.join()

    def _open_server(self) -> socket.socket:
        host, port = str(self._server.get("host", "127.0.0.1")), self._server.get("port", 5432)
        if not host.startswith("/"):
            return socket.create_connection((host, int(port or 5432)))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{host}/.s.PGSQL.{port}")
        return server

    def _pass_answers(self, server: socket.socket, client: socket.socket) -> None:
        with suppress(OSError), _closing_both(client, server):
            while (chunk := server.recv(CHUNK)) and not self._strikes_instead_of_answer(chunk):
                client.sendall(chunk)
                if self._strikes_after_answer(chunk):
                    return

    def _strikes_at_request(self, chunk: bytes) -> bool:
        self._is_committing = chunk.endswith(COMMIT)
        if not self._is_committing:
            return False
        self._transactions += 1
        return self._hits(Moment.BEFORE_COMMIT, self._transactions) or self._hits(
            Moment.WITHIN, self._transactions, FEWER_ANSWERS
        )

    def _strikes_instead_of_answer(self, chunk: bytes) -> bool:
        """Whoever waits for an answer sends no COMMIT: a transaction struck within is never committed."""
        if chunk.endswith(IN_TRANSACTION):
            self._answers += 1
            return self._hits(Moment.WITHIN, self._transactions + 1, self._answers)
        committed = self._is_committing and chunk.endswith(OUTSIDE)
        return committed and self._hits(Moment.AFTER_COMMIT, self._transactions)

    def _strikes_after_answer(self, chunk: bytes) -> bool:
        if not chunk.endswith(OUTSIDE):
            return False
        self._answers = 0
        return self._is_committing and self._hits(Moment.BETWEEN, self._transactions)

    def _hits(self, moment: Moment, transaction: int, answer: int = 1) -> bool:
        with self._lock:
            aim = self._aim
            if aim is None or (aim.moment, aim.transaction) != (moment, transaction) or answer < aim.answer:
                return False
            self._aim = None
        time.sleep(aim.delay)
        self._strike()
        self.struck.set()
        return True


@contextmanager
def _closing_both(*ends: socket.socket) -> Iterator[None]:
    """When one side has ended, so has the other."""
    try:
        yield
    finally:
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)


def _nothing() -> None:
    pass
