"""A whole night: as many alerts as asked for, in a tar.gz of packets, with the truth in a table beside it."""

import gzip
import io
import multiprocessing
import os
import tarfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import IO, NamedTuple

from simulate.avro_container import pack
from simulate.cadence import Schedule, build_schedule
from simulate.classes import OBJECT_SHARES, subclass_of_slots
from simulate.detection import table_position
from simulate.packets import alerts_of
from simulate.population import draw_alerting_object
from simulate.truth import TRUTH_SUFFIX, Truth, truth_csv, truth_of

DEFAULT_MJD = 61350.0
"""The night of 2026 November 5 to 6 at Palomar, three nights before new moon."""
_SLOTS_PER_TASK = 8
_TAR_LEVEL = 1
"""The stamps are compressed already: only the repeated schema shrinks."""
_MINIMUM_ROUND = 16


@dataclass(frozen=True, kw_only=True)
class NightSummary:
    """What `write_night` wrote."""

    output: Path
    truth: Path
    mjd: float
    """Integer MJD (UTC) of the night."""
    date: str
    """UTC date of the night."""
    alerts: int
    objects: int
    alerts_by_class: Mapping[str, int]
    """By early class."""
    alerts_by_subclass: Mapping[str, int]
    packet_bytes: int
    """Sum of the packets."""
    file_bytes: int
    """Size of the compressed archive."""


class SimulatedAlert(NamedTuple):
    """One packet and its truth."""

    packet: bytes
    truth: Truth


class _Slot(NamedTuple):
    """The alerts of one object, and where its candidate numbers come from."""

    image: tuple[int, int, int]
    """Field, quadrant and table position: two objects that share all three would share candids."""
    alerts: list[SimulatedAlert]


class _Task(NamedTuple):
    seed: int
    last_night: int
    slots: tuple[tuple[int, str], ...]


@lru_cache(maxsize=2)
def _schedule(seed: int, last_night: int) -> Schedule:
    return build_schedule(seed, last_night)


def _run(task: _Task) -> list[_Slot]:
    schedule = _schedule(task.seed, task.last_night)
    return [_simulate_slot(task.seed, slot, subclass, schedule) for slot, subclass in task.slots]


def _simulate_slot(seed: int, slot: int, subclass: str, schedule: Schedule) -> _Slot:
    drawn = draw_alerting_object(seed, slot, subclass, schedule)
    alerts = [
        SimulatedAlert(pack(alert.record), truth_of(drawn, alert.exposure, alert.candid))
        for alert in alerts_of(drawn)
    ]
    return _Slot((drawn.field_number, drawn.place.rcid, table_position(slot)), alerts)


def simulate_alerts(
    alerts: int,
    seed: int,
    mjd: float = DEFAULT_MJD,
    *,
    shares: Mapping[str, float] = OBJECT_SHARES,
    processes: int = 1,
) -> Iterator[SimulatedAlert]:
    """Exactly `alerts` packets with their truth, object by object; the same for any number of processes."""
    subclasses = enumerate(subclass_of_slots(shares))
    taken: set[tuple[int, int, int]] = set()
    done = 0
    with _mapper(processes) as run_all:
        while done < alerts:
            wanted = max(int((alerts - done) / 1.6), _MINIMUM_ROUND)
            round_slots = list(islice(subclasses, wanted))
            tasks = [
                _Task(seed, int(mjd), tuple(round_slots[k : k + _SLOTS_PER_TASK]))
                for k in range(0, len(round_slots), _SLOTS_PER_TASK)
            ]
            for slot in (slot for result in run_all(tasks) for slot in result):
                if slot.image in taken:
                    continue
                taken.add(slot.image)
                for alert in slot.alerts[: alerts - done]:
                    done += 1
                    yield alert


_Mapper = Callable[[list[_Task]], Iterator[list[_Slot]]]


@contextmanager
def _mapper(processes: int) -> Iterator[_Mapper]:
    """How tasks are run, in order: here, or in a pool of fresh processes."""
    if processes <= 1:
        yield lambda tasks: map(_run, tasks)
        return
    method = "forkserver" if "forkserver" in multiprocessing.get_all_start_methods() else "spawn"
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context(method)) as pool:
        yield lambda tasks: pool.map(_run, tasks)


def write_night(
    output: Path,
    *,
    alerts: int = 2000,
    seed: int = 1,
    mjd: float | None = None,
    processes: int | None = None,
    on_progress: Callable[[int, int], None] | None = None,
) -> NightSummary:
    """Simulate one night and write its packets to `output` (.tar.gz), and `<stem>.truth.csv` beside it.

    The bytes depend on `alerts`, `seed` and `mjd` only, given the versions of numpy and zlib. Members are
    `<candid>.avro`, in order of candid. `on_progress` is called with (alerts done, alerts asked for).
    """
    if alerts < 1:
        raise ValueError("a night has at least one alert")
    night = DEFAULT_MJD if mjd is None else mjd
    made: list[SimulatedAlert] = []
    for alert in simulate_alerts(alerts, seed, night, processes=processes or os.cpu_count() or 1):
        made.append(alert)
        if on_progress is not None:
            on_progress(len(made), alerts)
    made.sort(key=lambda alert: alert.truth.candid)
    output.parent.mkdir(parents=True, exist_ok=True)
    with output.open("wb") as target:
        _write_archive(target, made)
    truth_path = truth_path_of(output)
    truth_path.write_text(truth_csv(alert.truth for alert in made), encoding="utf-8")
    return _summary(output, truth_path, night, made)


def truth_path_of(output: Path) -> Path:
    """night.tar.gz -> night.truth.csv"""
    stem = output.name
    for ending in (".gz", ".tgz", ".tar"):
        stem = stem.removesuffix(ending)
    return output.with_name(stem + TRUTH_SUFFIX)


def _write_archive(target: IO[bytes], made: list[SimulatedAlert]) -> None:
    """A tar whose members have no owner and no time, in a gzip stream without a time or a name."""
    with (
        gzip.GzipFile(filename="", fileobj=target, mode="wb", compresslevel=_TAR_LEVEL, mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as archive,
    ):
        for alert in made:
            member = tarfile.TarInfo(f"{alert.truth.candid}.avro")
            member.size = len(alert.packet)
            archive.addfile(member, io.BytesIO(alert.packet))


def _summary(output: Path, truth_path: Path, night: float, made: list[SimulatedAlert]) -> NightSummary:
    return NightSummary(
        output=output,
        truth=truth_path,
        mjd=float(int(night)),
        date=calendar_date(int(night)),
        alerts=len(made),
        objects=len({alert.truth.objectId for alert in made}),
        alerts_by_class=dict(Counter(alert.truth.early_class for alert in made)),
        alerts_by_subclass=dict(Counter(alert.truth.subclass for alert in made)),
        packet_bytes=sum(len(alert.packet) for alert in made),
        file_bytes=output.stat().st_size,
    )


def calendar_date(mjd: int) -> str:
    """ISO date of an integer MJD."""
    return (date(1858, 11, 17) + timedelta(days=mjd)).isoformat()
