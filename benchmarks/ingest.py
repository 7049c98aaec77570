"""A night of packets from files to tables, and where the time goes. Without a peer, hence without a goal."""

import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import NamedTuple, TypeVar

from benchmarks.databases import BenchDatabases
from benchmarks.figure import Figure, Section
from benchmarks.plan import Plan
from benchmarks.progress import say
from domain.dead_letter import DeadLetter
from domain.packet import Packet, ReceivedAlert
from ingest.sources.files import find_files, read_files
from ingest.worker import IngestReport, ingest_files
from simulate.night import write_night
from storage.alert_store import AlertStore, StoreResult
from storage.database import connect
from storage.packet_archive import Location, PacketArchive

SHARED_ALERTS = Path(__file__).resolve().parents[2] / "shared" / "alerts" / "ztf"

Result = TypeVar("Result")


class Stopwatch:
    """Adds up the seconds of calls."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def time(self, call: Callable[[], Result]) -> Result:
        started = perf_counter()
        try:
            return call()
        finally:
            self.seconds += perf_counter() - started


class TimedArchive(PacketArchive):
    """An archive that knows how long it wrote."""

    def __init__(self, root: str) -> None:
        super().__init__(root)
        self.watch = Stopwatch()

    def write(self, packets: Sequence[Packet]) -> list[Location]:
        return self.watch.time(lambda: PacketArchive.write(self, packets))


class TimedStore(AlertStore):
    """A store that knows how long it stored, its archive included."""

    watch: Stopwatch

    def store(self, alerts: Sequence[ReceivedAlert], dead_letters: Sequence[DeadLetter] = ()) -> StoreResult:
        return self.watch.time(lambda: AlertStore.store(self, alerts, dead_letters))


class Run(NamedTuple):
    """One run over a night. Seconds by the clock; `processor` is this process's own, without the server's."""

    report: IngestReport
    total: float
    store: float
    archive: float
    processor: float

    @property
    def alerts_per_second(self) -> float:
        return self.report.read / self.total

    def share(self, seconds: float) -> float:
        """Milliseconds per alert."""
        return 1000 * seconds / self.report.read


class Night(NamedTuple):
    """Packets, and what they are."""

    name: str
    path: Path


def run(plan: Plan) -> Section:
    with tempfile.TemporaryDirectory(prefix="arrayan-bench-") as folder:
        figures: list[Figure] = []
        notes: list[str] = []
        for night in _nights(plan, Path(folder)):
            pairs = [_first_and_again(plan.databases, night, plan.rounds, number) for number in range(plan.rounds)]
            figures += _figures(night, [first for first, _ in pairs], [again for _, again in pairs])
            notes.append(f"{night.name}: {pairs[0][0].report}")
    return Section(name="ingest", figures=figures, notes=notes)


def _nights(plan: Plan, folder: Path) -> list[Night]:
    simulated = Night(f"simulated night of {plan.alerts}", folder / "night.tar.gz")
    say(f"simulating a night of {plan.alerts} alerts")
    write_night(simulated.path, alerts=plan.alerts)
    return [simulated, *([Night("real ZTF packets", SHARED_ALERTS)] if SHARED_ALERTS.is_dir() else [])]


def _first_and_again(databases: BenchDatabases, night: Night, rounds: int, number: int) -> tuple[Run, Run]:
    """Into empty tables, and once more into the same."""
    say(f"ingest, {night.name}: round {number + 1} of {rounds}")
    with databases.passing("ingest") as url, tempfile.TemporaryDirectory(prefix="arrayan-bench-") as archive:
        return _ingest(url, night, archive), _ingest(url, night, archive)


def _ingest(url: str, night: Night, folder: str) -> Run:
    archive = TimedArchive(folder)
    with connect(url, role="bench") as connection:
        store = TimedStore(connection, archive)
        store.watch = Stopwatch()
        started, processor = perf_counter(), process_time()
        report = ingest_files(read_files(find_files([night.path])), store)
        return Run(
            report, perf_counter() - started, store.watch.seconds, archive.watch.seconds, process_time() - processor
        )


def _figures(night: Night, first: Sequence[Run], again: Sequence[Run]) -> list[Figure]:
    def per_alert(name: str, seconds: Callable[[Run], float]) -> Figure:
        return Figure(name=f"  {name}", unit="ms/alert", ours=[item.share(seconds(item)) for item in first])

    return [
        Figure(name=f"ingest, {night.name}", unit="alerts/s", ours=[item.alerts_per_second for item in first]),
        per_alert("read and decode", lambda item: item.total - item.store),
        per_alert("archive", lambda item: item.archive),
        per_alert("database and statistics", lambda item: item.store - item.archive),
        per_alert("processor time of the worker, of all this", lambda item: item.processor),
        Figure(
            name="  the same night again",
            unit="alerts/s",
            ours=[item.alerts_per_second for item in again],
            peer_name="the first time",
            peer=[item.alerts_per_second for item in first],
        ),
    ]
