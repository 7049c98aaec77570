"""Two consumers beside one, each with a quarter of a core, so that neither cores nor database are the limit."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path

from benchmarks.broker import Broker
from benchmarks.figure import BenchmarkUnavailable, Figure, Goal, Section
from benchmarks.history import history_database, known_objects
from benchmarks.plan import Plan
from benchmarks.progress import say
from benchmarks.rekeyed_packets import alerts, templates
from benchmarks.stream import SEED, SHARED, taken_in

SHARE_OF_CORE = 0.25
NUMBER = 12_000
ROUNDS = 3
CONTROL = Path("/sys/fs/cgroup/cpu")
PERIOD_US = 20_000


def run(plan: Plan) -> Section:
    if not SHARED.is_dir():
        raise BenchmarkUnavailable("there are no real packets in ../shared/alerts")
    history_database(plan.databases, plan.stream_objects, plan.stream_detections)
    broker = Broker()
    known = known_objects(plan.stream_objects)
    topic = broker.filled(
        f"scaling-{plan.stream_objects}-{NUMBER}",
        NUMBER,
        lambda: islice(alerts(known, round(1.1 * NUMBER), templates(SHARED / "ztf"), SEED), NUMBER),
    )
    rates: dict[int, list[float]] = {1: [], 2: []}
    with _limited(SHARE_OF_CORE) as under:
        for number in range(ROUNDS):
            say(f"scaling: round {number + 1} of {ROUNDS}")
            for consumers in (1, 2) if number % 2 == 0 else (2, 1):
                watched = taken_in(plan.databases, broker, topic, consumers, under=under)
                rates[consumers].append(watched.alerts_per_second)
    broker.stop()
    return Section(
        name="scaling",
        figures=[
            Figure(
                name="two consumers",
                unit="alerts/s",
                ours=rates[2],
                peer_name="one",
                peer=rates[1],
                goal=Goal(">=", 1.8),
            )
        ],
        notes=[f"Each consumer has {SHARE_OF_CORE:.0%} of a core; {NUMBER} packets from Kafka into the history."],
    )


@contextmanager
def _limited(share: float) -> Iterator[tuple[str, ...]]:
    """A command that runs another in a control group of its own with a share of a core."""
    if os.geteuid() != 0 or not (CONTROL / "cpu.cfs_quota_us").parent.is_dir() or shutil.which("sh") is None:
        raise BenchmarkUnavailable("only root can give processes a share of a core, by control groups (version 1)")
    groups = CONTROL / f"arrayan-bench-{os.getpid()}"
    script = (
        f'g={groups}-$$; mkdir "$g" && echo {PERIOD_US} >"$g/cpu.cfs_period_us" && '
        f'echo {round(share * PERIOD_US)} >"$g/cpu.cfs_quota_us" && echo $$ >"$g/tasks" && exec "$@"'
    )
    try:
        yield ("sh", "-c", script, "sh")
    finally:
        for group in CONTROL.glob(f"{groups.name}-*"):
            group.rmdir()
