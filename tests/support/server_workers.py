"""The processes of a server of several, and which of them a connection leads to."""

import os
import re
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any, TypeVar

import httpx

from tests.support.command import Process
from tests.support.live_broker import LiveClient, SentEvent, events_in, ready_client

MOST_TRIES = 200
"""Connections, until each worker has one: the system shares them out by chance."""


def workers_of(process: Process) -> list[int]:
    """Their process numbers; multiprocessing has a process beside, which answers nobody."""
    pid = process.process.pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except FileNotFoundError:
        return []
    return [int(child) for child in children if is_worker(int(child))]


def is_worker(pid: int) -> bool:
    """Whether it is there, and not only its exit status."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()
    return False


def kill(pids: Iterable[int]) -> None:
    """Those that are workers still."""
    for pid in filter(is_worker, pids):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def worker_behind(port: int, workers: Iterable[int]) -> int | None:
    """Which of some workers has the other end of a connection from a port of ours; None when it is another."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = {f"socket:[{line[9]}]" for line in lines if line[2].endswith(f":{port:04X}")}
    for pid in workers:
        for link in Path(f"/proc/{pid}/fd").iterdir():
            with suppress(FileNotFoundError):
                if str(link.readlink()) in inodes:
                    return pid
    return None


Client = TypeVar("Client")


@contextmanager
def asking_each(address: str, workers: Iterable[int]) -> Iterator[dict[int, httpx.Client]]:
    """A client for each worker, which asks that one alone: it has one connection, and keeps it."""
    limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=None)

    @contextmanager
    def connected() -> Iterator[tuple[int, httpx.Client]]:
        with httpx.Client(base_url=address, limits=limits, timeout=60) as client:
            with client.stream("GET", "/livez") as answer:
                (_, port) = answer.extensions["network_stream"].get_extra_info("client_addr")
                answer.read()
            yield port, client

    with _led_to_each(workers, connected) as found:
        yield found


@contextmanager
def listening_to_each(address: str, workers: Iterable[int]) -> Iterator[dict[int, LiveClient]]:
    """A client of graphql-transport-ws for each worker, initialised."""

    @contextmanager
    def connected() -> Iterator[tuple[int, LiveClient]]:
        with ready_client(address) as client:
            yield client.connection.socket.getsockname()[1], client

    with _led_to_each(workers, connected) as found:
        yield found


@contextmanager
def _led_to_each(
    workers: Iterable[int], connected: Callable[[], AbstractContextManager[tuple[int, Client]]]
) -> Iterator[dict[int, Client]]:
    """One client for each worker, of many that connect, each with the port of its connection."""
    missing: set[int] = set(workers)
    found: dict[int, Client] = {}
    with ExitStack() as clients:
        for _ in range(MOST_TRIES):
            with ExitStack() as one:
                port, client = one.enter_context(connected())
                worker = worker_behind(port, [*missing, *found])
                if worker is not None and worker in missing:
                    missing.remove(worker)
                    found[worker] = client
                    clients.push(one.pop_all())
            if not missing:
                yield found
                return
    raise AssertionError(f"nobody was led to {missing}")


FIRST_ID = re.compile(r"id: (\S+)\n\n")


@contextmanager
def events_begun(client: httpx.Client, query: str, **variables: Any) -> Iterator[tuple[str, Iterator[SentEvent]]]:
    """A subscription by events, without `after`: the id of where it begins, and its events."""
    asked = {"json": {"query": query, "variables": variables}, "headers": {"Accept": "text/event-stream"}}
    with client.stream("POST", "/graphql", **asked) as answer:  # type: ignore[arg-type]
        parts, text = answer.iter_text(), ""
        while (begin := FIRST_ID.search(text)) is None:
            text += next(parts)
        yield begin[1], events_in(chain([text[begin.end() :]], parts))
