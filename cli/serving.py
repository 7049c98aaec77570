"""Running the server in this process."""

import asyncio
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import NamedTuple, Protocol

import click
import uvicorn
from starlette.applications import Starlette

from runtime.collector import spare_the_collector

MAX_WAITING_CONNECTIONS = 2048
GOODBYE_SECONDS = 5
LAST_WORDS_SECONDS = 0.3
"""What is said to those who listen goes out in this time."""
HURRY_SECONDS = 1.0
"""In a server that ends at once, so long may requests say that they are cut short, and the application close."""
LONGEST_MESSAGE = 1_000_000
"""Bytes of a message of a WebSocket, from a client."""


class Listener(NamedTuple):
    """A port that is ours."""

    socket: socket.socket
    url: str

    @property
    def port(self) -> int:
        return int(self.socket.getsockname()[1])


def take_port(host: str, port: int, setting: str = "ARRAYAN_PORT", *, shared: bool = False) -> Listener:
    """Reserve a port before any long work; one that is `shared` may be taken by others who share it. Raises
    click.ClickException when somebody has it, and names the setting that chooses another."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    taken = socket.socket(family, socket.SOCK_STREAM)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if shared:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        taken.bind((host, port))
    except OSError as error:
        taken.close()
        raise click.ClickException(
            f"cannot listen on {host}:{port} ({error.strerror}): choose another port with {setting}"
        ) from error
    shown = f"[{host}]" if ":" in host else host
    return Listener(taken, f"http://{shown}:{taken.getsockname()[1]}")


def take_port_to_share(host: str, port: int) -> Listener:
    """Reserve a port that nobody has for processes which will share it; it takes no connections itself. Raises
    click.ClickException as `take_port` does."""
    alone = take_port(host, port)  # whoever shares it already would let us share it, too
    number = alone.port
    alone.socket.close()
    return take_port(host, number, shared=True)


class Ending(Protocol):
    """What ends a server; any thread may ask."""

    def end(self) -> None:
        """Stop in good order."""
        ...

    def end_at_once(self) -> None:
        """Stop, and wait for no request."""
        ...


class _Server(uvicorn.Server):
    """Tells when it answers."""

    def __init__(
        self,
        config: uvicorn.Config,
        when_ready: Callable[[], None],
        when_stopping: Callable[[], None],
        hears_ctrl_c: bool,
    ) -> None:
        super().__init__(config)
        self._hears_ctrl_c = hears_ctrl_c
        self._when_ready = when_ready
        self._when_stopping = when_stopping
        self._greeting: asyncio.Future[None] | None = None

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        """Stop in good order. uvicorn would raise the signal again afterwards, and we would not end with 0."""
        if sig != signal.SIGINT:
            self.end()
        elif self._hears_ctrl_c:
            (self.end_at_once if self.should_exit else self.end)()

    def end(self) -> None:
        self.should_exit = True

    def end_at_once(self) -> None:
        self.should_exit = self.force_exit = True

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._greeting = asyncio.ensure_future(asyncio.to_thread(self._when_ready))

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Those who listen are sent away with a reason, before their connections are closed without one."""
        self._when_stopping()
        await asyncio.sleep(LAST_WORDS_SECONDS)
        await super().shutdown(sockets)
        if self.force_exit:
            await self._hurry()

    async def _hurry(self) -> None:
        """Cut short what runs, and close what is open; uvicorn would leave both to fall apart."""
        running = tuple(self.server_state.tasks)
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running, timeout=HURRY_SECONDS)
        with suppress(TimeoutError):
            await asyncio.wait_for(self.lifespan.shutdown(), HURRY_SECONDS)


def run_server(
    app: Starlette,
    listener: Listener,
    when_ready: Callable[[], None],
    when_started: Callable[[Ending], None] | None = None,
    *,
    hears_ctrl_c: bool = True,
) -> None:
    """Serve until SIGTERM, or Ctrl-C unless another process hears it for this one; a second Ctrl-C ends it at once.
    `when_ready` runs in a thread once requests are answered; `when_started` is given what ends the server."""
    config = uvicorn.Config(
        app,
        log_config=None,  # its lines go the way of all others
        log_level="warning",
        access_log=False,
        backlog=MAX_WAITING_CONNECTIONS,
        timeout_graceful_shutdown=GOODBYE_SECONDS,
        ws_max_size=LONGEST_MESSAGE,
        ws_per_message_deflate=False,  # 64 kB and much time for each connection
    )
    server = _Server(config, when_ready, app.state.goodbye, hears_ctrl_c)
    if when_started is not None:
        when_started(server)
    spare_the_collector()
    try:
        server.run(sockets=[listener.socket])
    finally:
        listener.socket.close()
    if not server.started:
        raise click.ClickException("the server could not start; the lines above say why")
