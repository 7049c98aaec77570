"""Subscriptions: a thousand subscribers on one worker beside strawberry's own view, and how soon they know.

Server, database and all clients share the machine's cores. The thousand are told of bursts of events; what counts
is from the commit of a burst to the last result at the last client. The latency is that of a hundred subscribers
while alerts are read at 100 a second and stored as ingest does it, a transaction a second: from the moment an alert
is read, before it waits for its transaction, to the moment that its result is at a client.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from statistics import quantiles

import orjson

from benchmarks.figure import BenchmarkUnavailable, Figure, Goal, Section
from benchmarks.history import known_objects
from benchmarks.live_clients import Crowd
from benchmarks.plan import Plan
from benchmarks.rekeyed_packets import alerts, templates
from benchmarks.stream import SEED, SHARED
from domain.dead_letter import DeadLetter
from domain.packet import ReceivedAlert
from ingest.decoding import decode
from storage.alert_store import AlertStore
from storage.database import connect
from storage.events import add_detected
from storage.packet_archive import PacketArchive

SUBSCRIBERS = 1000
BURST = {"ours": 300, "stock": 30}
"""Events told at once."""
ROUNDS = 3
MOST_SECONDS = 60.0
LISTENERS, ALERTS_PER_SECOND, SECONDS = 100, 100, 30
WANTED_SECONDS = 1.5
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6

QUERY = (
    "subscription { detected { eventId object { name ra dec detectionCount } "
    "detection { candid mjd band magnitude } } }"
)


def run(plan: Plan) -> Section:
    rates: dict[str, list[float]] = {"ours": [], "stock": []}
    memory: dict[str, list[float]] = {"ours": [], "stock": []}
    with plan.databases.passing("live") as url, tempfile.TemporaryDirectory() as folder:
        known = _alerts(ALERTS_PER_SECOND * SECONDS + 1)
        with connect(url, role="bench") as connection:
            AlertStore(connection, PacketArchive(folder)).store(known[:1])
        for kind in ("ours", "stock"):
            with _server(kind, url) as (address, pid):
                asyncio.run(_bursts(kind, url, address, pid, known[0], rates[kind], memory[kind]))
        with _server("ours", url) as (address, _):
            latencies = asyncio.run(_latencies(url, folder, address, known[1:]))
    cuts = quantiles(latencies, n=20)
    return Section(
        name="live",
        figures=[
            Figure(
                name=f"{SUBSCRIBERS} subscribers, delivered",
                unit="results/s",
                ours=rates["ours"],
                peer_name="strawberry's view",
                peer=rates["stock"],
                goal=Goal(">=", 6.0),
            ),
            Figure(name="Alert read to result, p50", unit="s", ours=[cuts[9]]),
            Figure(
                name="Alert read to result, p95",
                unit="s",
                ours=[cuts[18]],
                peer_name="wanted",
                peer=[WANTED_SECONDS],
                goal=Goal("<=", 1.0),
            ),
        ],
        notes=[
            f"Bursts of {BURST['ours']} events (strawberry's view: {BURST['stock']}) to {SUBSCRIBERS} subscribers. "
            f"Memory of the server after each, MB: ours {_told(memory['ours'])}; "
            f"strawberry's {_told(memory['stock'])}.",
            f"Latency: {len(latencies)} alerts at {ALERTS_PER_SECOND}/s with {LISTENERS} subscribers, one of them "
            "looked at; up to a second of it is the wait for the transaction.",
        ],
    )


async def _bursts(
    kind: str, url: str, address: str, pid: int, alert: ReceivedAlert, rates: list[float], memory: list[float]
) -> None:
    crowd = Crowd(address, QUERY)
    await crowd.come(SUBSCRIBERS)
    await asyncio.sleep(2)
    for number in range(ROUNDS + 1):
        before = crowd.received
        began = await asyncio.to_thread(_tell, url, alert, BURST[kind])
        wanted = BURST[kind] * SUBSCRIBERS
        ended = await crowd.until(before + wanted, MOST_SECONDS)
        if number > 0:  # the first warms up
            rates.append(wanted / (ended - began))
            memory.append(_memory_mb(pid))
        await asyncio.sleep(0.5)
    crowd.leave()


async def _latencies(url: str, folder: str, address: str, known: list[ReceivedAlert]) -> list[float]:
    arrived: dict[str, float] = {}

    def note(content: bytes) -> None:
        now = time.perf_counter()
        arrived[orjson.loads(content)["payload"]["data"]["detected"]["detection"]["candid"]] = now

    crowd = Crowd(address, QUERY, note)
    await crowd.come(LISTENERS)
    await asyncio.sleep(1)
    read: dict[str, float] = {}
    thread = threading.Thread(target=_take_in, args=(url, folder, known, read))
    thread.start()
    await crowd.until(len(known) * LISTENERS, SECONDS + MOST_SECONDS)
    thread.join()
    crowd.leave()
    return [arrived[candid] - since for candid, since in read.items()]


def _take_in(url: str, folder: str, known: list[ReceivedAlert], read: dict[str, float]) -> None:
    """Read alerts evenly, and store those of each second together."""
    with connect(url, role="bench") as connection:
        store = AlertStore(connection, PacketArchive(folder))
        began = time.perf_counter()
        waiting: list[ReceivedAlert] = []
        for number, alert in enumerate(known, 1):
            time.sleep(max(0.0, began + number / ALERTS_PER_SECOND - time.perf_counter()))
            read[str(alert.alert.candid)] = time.perf_counter()
            waiting.append(alert)
            if number % ALERTS_PER_SECOND == 0:
                store.store(waiting)
                waiting = []


def _tell(url: str, alert: ReceivedAlert, events: int) -> float:
    """Commit a burst; when that was."""
    with connect(url, role="bench") as connection:
        with connection.transaction():
            add_detected(connection, [alert] * events)
        return time.perf_counter()


def _alerts(number: int) -> list[ReceivedAlert]:
    """Real packets, given to other objects."""
    if not SHARED.is_dir():
        raise BenchmarkUnavailable("there are no real packets in ../shared/alerts")
    packets = alerts(known_objects(20_000), 2 * number, templates(SHARED / "ztf"), SEED)
    decoded = (one for content in packets for one in decode("bench", content))
    return list(islice((one for one in decoded if not isinstance(one, DeadLetter)), number))


@contextmanager
def _server(kind: str, url: str) -> Iterator[tuple[str, int]]:
    """Address and process of a server."""
    command = [sys.executable, "-m", "benchmarks.live_servers", kind, url]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip(), process.pid
        finally:
            process.terminate()


def _memory_mb(pid: int) -> float:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MB


def _told(values: list[float]) -> str:
    return ", ".join(f"{value:.0f}" for value in values)
