"""What the workers of a process count, told by the process that keeps them.

A worker writes its numbers into files of its own, as the library does it when PROMETHEUS_MULTIPROC_DIR is set
before it is loaded. So they outlive a worker that is killed, and nothing that was counted is lost.
"""

import os
import resource
import struct
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from prometheus_client import CollectorRegistry, Metric, ProcessCollector
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead
from prometheus_client.registry import Collector

FOLDER_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"
ATTEMPTS, PAUSE_SECONDS = 20, 0.01
START, PROCESSOR = "process_start_time_seconds", "process_cpu_seconds"


def counts_for_another() -> bool:
    """Whether what this process counts is read from files, not from its memory."""
    return FOLDER_VARIABLE in os.environ


@contextmanager
def counting_in(folder: Path | None) -> Iterator[None]:
    """Processes that begin meanwhile write their numbers there; with None, they keep them."""
    if folder is None:
        yield
        return
    os.environ[FOLDER_VARIABLE] = str(folder)
    try:
        yield
    finally:
        del os.environ[FOLDER_VARIABLE]


def forget_gauges(folder: Path, pid: int) -> None:
    """A worker is no more: what it had open is not open any more. What it counted stays."""
    mark_process_dead(pid, str(folder))  # type: ignore[no-untyped-call]


class CountedByWorkers(Collector):
    """The metrics of a registry, summed over the workers that wrote them, the dead ones too."""

    def __init__(self, folder: Path, registry: CollectorRegistry) -> None:
        self._files = MultiProcessCollector(None, str(folder))  # type: ignore[no-untyped-call]
        self._names = [metric.name for metric in registry.collect()]

    def collect(self) -> Iterable[Metric]:
        for _ in range(ATTEMPTS):
            with suppress(struct.error):  # a worker is just making its file
                return self._found()
            time.sleep(PAUSE_SECONDS)
        return self._found()

    def _found(self) -> Iterable[Metric]:
        found = {metric.name: metric for metric in self._files.collect()}  # type: ignore[no-untyped-call]
        return [found[name] for name in self._names if name in found]


class Processes(Collector):
    """Memory, open files and processor time of this process and of others together. The processor time of children
    that have ended is in it; the start is that of this process."""

    def __init__(self, others: Callable[[], Iterable[int]]) -> None:
        self._others = others

    def collect(self) -> Iterable[Metric]:
        together = {metric.name: metric for metric in _of_process("self")}
        if PROCESSOR in together:
            ended = resource.getrusage(resource.RUSAGE_CHILDREN)
            _add(together[PROCESSOR], ended.ru_utime + ended.ru_stime)
        for pid in self._others():
            for metric in _of_process(pid):
                if metric.name in together and metric.name != START:
                    _add(together[metric.name], metric.samples[0].value)
        return together.values()


def _of_process(pid: int | str) -> Iterable[Metric]:
    return ProcessCollector(pid=lambda: pid, registry=None).collect()


def _add(metric: Metric, value: float) -> None:
    sample = metric.samples[0]
    metric.samples[0] = sample._replace(value=sample.value + value)
