"""How much of the speed of decoding alone is left when everything else is done too.

The consumer has one core to itself; the database and the broker share another. Decoding alone, on the same core:
fastavro over the same packets, and their three stamps unpacked, which ingest itself leaves packed.
"""

import io
import os
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from time import perf_counter

import fastavro

from benchmarks.broker import Broker
from benchmarks.figure import BenchmarkUnavailable, Figure, Goal, Section
from benchmarks.history import history_database, known_objects
from benchmarks.plan import Plan
from benchmarks.processes import server_processes
from benchmarks.progress import say
from benchmarks.rekeyed_packets import alerts, templates
from benchmarks.stream import SEED, SHARED, costs, taken_in
from surveys.ztf import CUTOUTS

OURS, SERVERS = 0, 1
NUMBER = 40_000
DECODED = 5_000
ROUNDS = 3
GZIP = 31


def run(plan: Plan) -> Section:
    if (os.cpu_count() or 1) < 2:
        raise BenchmarkUnavailable("two cores are needed")
    if not SHARED.is_dir():
        raise BenchmarkUnavailable("there are no real packets in ../shared/alerts")
    history_database(plan.databases, plan.stream_objects, plan.stream_detections)
    known = known_objects(plan.stream_objects)
    some = templates(SHARED / "ztf")
    packets = list(islice(alerts(known, 2 * DECODED, some, SEED), DECODED))
    broker = Broker()
    topic = broker.filled(
        f"share-{plan.stream_objects}-{NUMBER}",
        NUMBER,
        lambda: islice(alerts(known, round(1.1 * NUMBER), some, SEED), NUMBER),
    )
    ingest, decoding = [], []
    with _servers_on(SERVERS, plan.databases.server_url):
        for number in range(ROUNDS):
            say(f"decode_share: round {number + 1} of {ROUNDS}")
            decoding.append(_decoded_per_second(packets))
            watched = taken_in(plan.databases, broker, topic, 1, under=("taskset", "-c", str(OURS)))
            ingest.append(watched.alerts_per_second)
    broker.stop()
    return Section(
        name="decode_share",
        figures=[
            Figure(
                name="ingest on one core, servers on another",
                unit="alerts/s",
                ours=ingest,
                peer_name="fastavro and stamps unpacked",
                peer=decoding,
                goal=Goal(">=", 0.6),
            ),
            *costs(watched),
        ],
        notes=[f"{NUMBER} packets from Kafka into the history; {DECODED} of the same packets decoded."],
    )


def _decoded_per_second(packets: Sequence[bytes]) -> float:
    everywhere = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {OURS})
    try:
        started = perf_counter()
        for packet in packets:
            for record in fastavro.reader(io.BytesIO(packet)):
                assert isinstance(record, dict)
                for cutout in CUTOUTS.values():
                    zlib.decompress(record[cutout]["stampData"], GZIP)
        return len(packets) / (perf_counter() - started)
    finally:
        os.sched_setaffinity(0, everywhere)


@contextmanager
def _servers_on(core: int, database_url: str) -> Iterator[None]:
    """Keep the servers, and the sessions that they begin meanwhile, on one core."""
    threads = [
        int(thread)
        for pids in server_processes(database_url).values()
        for pid in pids
        for thread in os.listdir(f"/proc/{pid}/task")  # noqa: PTH208
    ]
    before = {thread: os.sched_getaffinity(thread) for thread in threads}
    try:
        for thread in threads:
            os.sched_setaffinity(thread, {core})
        yield
    finally:
        for thread, cores in before.items():
            try:
                os.sched_setaffinity(thread, cores)
            except ProcessLookupError:
                continue
