"""Many subscribers in one process, so light that the server is what is measured.

They speak WebSocket themselves: a client that reads every frame into objects would take as long as the server.
"""

import asyncio
import base64
import json
import os
import time
from collections.abc import Callable
from urllib.parse import urlsplit

OnText = Callable[[bytes], None]


class Subscriber(asyncio.Protocol):
    """Counts results. `on_result` is given each payload, for those that are looked at."""

    def __init__(self, address: str, query: str, on_result: OnText | None = None) -> None:
        self._address = urlsplit(address)
        self._query = query
        self._on_result = on_result
        self._buffer = b""
        self._is_open = False
        self.received = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        key = base64.b64encode(os.urandom(16)).decode()
        transport.write(
            f"GET /graphql HTTP/1.1\r\nHost: {self._address.netloc}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._is_open:
            head, end, rest = self._buffer.partition(b"\r\n\r\n")
            if not end:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._buffer, self._is_open = rest, True
            self._send({"type": "connection_init"})
            self._send({"type": "subscribe", "id": "1", "payload": {"query": self._query}})
        self._take_frames()

    def close(self) -> None:
        self._transport.close()

    def _take_frames(self) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            length, head = buffer[at + 1], 2
            if length >= 126:
                head = 4 if length == 126 else 10
                if len(buffer) - at < head:
                    break
                length = int.from_bytes(buffer[at + 2 : at + head], "big")
            if len(buffer) - at < head + length:
                break
            self._take(buffer[at] & 15, buffer[at + head : at + head + length])
            at += head + length
        self._buffer = buffer[at:]

    def _take(self, opcode: int, content: bytes) -> None:
        if opcode == 9:
            self._frame(10, content)
        elif b'"next"' in content[:60] or b'"type":"next"' in content or b'"type": "next"' in content:
            self.received += 1
            if self._on_result is not None:
                self._on_result(content)

    def _send(self, message: object) -> None:
        self._frame(1, json.dumps(message).encode())

    def _frame(self, opcode: int, content: bytes) -> None:
        """With a mask of zeros, which leaves the content as it is."""
        length = len(content)
        size = bytes([128 | length]) if length < 126 else bytes([254]) + length.to_bytes(2, "big")
        self._transport.write(bytes([128 | opcode]) + size + b"\0\0\0\0" + content)


class Crowd:
    """So many subscribers of one server."""

    def __init__(self, address: str, query: str, on_result: OnText | None = None) -> None:
        self._address, self._query, self._on_result = address, query, on_result
        self.subscribers: list[Subscriber] = []

    async def come(self, number: int) -> None:
        """Connect and subscribe; some at a time. The first is the one that is looked at."""
        parts = urlsplit(self._address)
        assert parts.hostname is not None
        assert parts.port is not None
        loop = asyncio.get_running_loop()
        for first in range(0, number, 50):
            for index in range(first, min(first + 50, number)):
                watched = self._on_result if index == 0 else None
                one = Subscriber(self._address, self._query, watched)
                await loop.create_connection(lambda one=one: one, parts.hostname, parts.port)  # type: ignore[misc]
                self.subscribers.append(one)
            await asyncio.sleep(0.1)

    @property
    def received(self) -> int:
        return sum(one.received for one in self.subscribers)

    async def until(self, received: int, seconds: float) -> float:
        """Wait for so many results in all; when the last came."""
        deadline = time.perf_counter() + seconds
        while self.received < received:
            if time.perf_counter() > deadline:
                raise TimeoutError(f"{self.received} of {received} results came in {seconds:g} s")
            await asyncio.sleep(0.01)
        return time.perf_counter()

    def leave(self) -> None:
        for one in self.subscribers:
            one.close()
