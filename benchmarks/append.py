"""One more alert for an object of ten points, and for one of ten thousand."""

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter

from benchmarks.databases import BenchDatabases
from benchmarks.figure import BenchmarkUnavailable, Figure, Goal, Section
from benchmarks.history import name_of
from benchmarks.plan import Plan
from benchmarks.rekeyed_packets import Template, templates
from benchmarks.rounds import WARM_UP_ROUNDS, interleave
from domain.packet import ReceivedAlert
from ingest.decoding import decode
from storage.alert_store import AlertStore
from storage.database import connect
from storage.packet_archive import PacketArchive

SHARED = Path(__file__).resolve().parents[2] / "shared" / "alerts" / "ztf"
SHORT, LONG = 10, 10_000
PER_ROUND = 50
BATCH = 500
VISITS_A_NIGHT = 20
"""Ten thousand nights are more than a candid of nine bytes can count."""


def run(plan: Plan) -> Section:
    if not SHARED.is_dir():
        raise BenchmarkUnavailable("there are no real packets in ../shared/alerts")
    template = templates(SHARED)[0]
    with _store(plan.databases) as store:
        for points in (SHORT, LONG):
            for some in _batches(points):
                store.store([_alert(template, points, night) for night in some])
        measured = interleave(
            "append",
            {
                points: lambda number, points=points: _append(store, template, points, number)  # type: ignore[misc]
                for points in (str(LONG), str(SHORT))
            },
            plan.rounds,
        )
    return Section(
        name="append",
        figures=[
            Figure(
                name=f"an alert more for {LONG} points",
                unit="ms",
                ours=measured[str(LONG)],
                peer_name=f"for {SHORT}",
                peer=measured[str(SHORT)],
                goal=Goal("<=", 1.1),
            )
        ],
        notes=[
            f"Batches of one alert, medians of {PER_ROUND} a round; the objects have grown to "
            f"{LONG + (plan.rounds + WARM_UP_ROUNDS) * PER_ROUND} points at the end."
        ],
    )


@contextmanager
def _store(databases: BenchDatabases) -> Iterator[AlertStore]:
    with (
        databases.passing("append") as url,
        tempfile.TemporaryDirectory(prefix="arrayan-bench-") as folder,
        connect(url, role="bench") as connection,
    ):
        yield AlertStore(connection, PacketArchive(folder))


def _batches(points: int) -> Iterator[range]:
    for first in range(0, points, BATCH):
        yield range(first, min(first + BATCH, points))


def _alert(template: Template, points: int, night: int) -> ReceivedAlert:
    (received,) = decode("bench", template.packet(name_of(27, points), points, 150.0, 2.0, night / VISITS_A_NIGHT))
    assert isinstance(received, ReceivedAlert)
    return received


def _append(store: AlertStore, template: Template, points: str, number: int) -> float:
    """Milliseconds that a batch of one takes, the median."""
    first = int(points) + number * PER_ROUND
    more = [_alert(template, int(points), night) for night in range(first, first + PER_ROUND)]
    return median(_milliseconds(store, [received]) for received in more)


def _milliseconds(store: AlertStore, batch: Sequence[ReceivedAlert]) -> float:
    started = perf_counter()
    result = store.store(batch)
    assert result.stored == len(batch)
    return 1000 * (perf_counter() - started)
