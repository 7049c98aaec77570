"""Consumers and workers for classifiers, watched from outside while they work."""

import json
import os
import secrets
import signal
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Self, TextIO
from urllib.request import urlopen

import psycopg
from prometheus_client.parser import text_string_to_metric_families

from benchmarks.consumers import COMMAND, memory_megabytes, processor_seconds

SAMPLE_SECONDS = 1.0
START_SECONDS = 60.0
END_SECONDS = 60.0
CONSUMER, WORKER = "ingest", "classify"
"""As their sessions call themselves."""


@dataclass
class Sample:
    """What was there at a moment, in seconds since the start."""

    time: float
    stored: int
    answered: int
    waiting: dict[str, int]


@dataclass
class Processes:
    """Some consumers of one topic, and some workers, with what they cost."""

    consumers: list[subprocess.Popen[str]]
    workers: list[subprocess.Popen[str]]
    ports: list[int]
    url: str
    samples: list[Sample] = field(default_factory=list)
    memory_mb: dict[str, float] = field(default_factory=dict)
    spent: dict[tuple[str, int], float] = field(default_factory=dict)
    """Processor seconds of consumers, workers and their sessions in the database, by kind and process."""
    stages: dict[tuple[str, str], float] = field(default_factory=dict)
    """Processor seconds of the workers by classifier and stage."""
    reports: list[dict[str, Any]] = field(default_factory=list)
    logs: dict[int, TextIO] = field(default_factory=dict)

    def check(self) -> None:
        """Raises RuntimeError when a process has failed."""
        for process in (*self.consumers, *self.workers):
            if process.poll() not in (None, 0):
                raise RuntimeError(f"a process failed: {self._said(process)}")

    @property
    def are_consuming(self) -> bool:
        """Raises RuntimeError when a process has failed."""
        self.check()
        return any(process.poll() is None for process in self.consumers)

    @property
    def is_behind(self) -> bool:
        """Whether objects waited at the last look."""
        return not self.samples or any(self.samples[-1].waiting.values())

    def look(self, session: psycopg.Connection[Any], now: float) -> Sample:
        """Take a sample."""
        self._count_processors(session)
        sample = Sample(now, *_night(session), _waiting(session))
        self.samples.append(sample)
        return sample

    def processor(self, kind: str) -> float:
        """Seconds of all processes of a kind."""
        return sum(seconds for (one, _), seconds in self.spent.items() if one == kind)

    def _count_processors(self, session: psycopg.Connection[Any]) -> None:
        for kind, processes in ((CONSUMER, self.consumers), (WORKER, self.workers)):
            for pid in (process.pid for process in processes):
                self._note(kind, pid)
                self.memory_mb[kind] = max(self.memory_mb.get(kind, 0.0), memory_megabytes(pid))
            for (pid,) in session.execute(
                "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND application_name = %s",
                (f"arrayan {kind}",),
            ):
                self._note(f"database for {kind}", pid)

    def _note(self, kind: str, pid: int) -> None:
        self.spent[kind, pid] = processor_seconds([pid]) or self.spent.get((kind, pid), 0.0)

    def end(self) -> None:
        """Ask the consumers and the workers to end, and read what they say of themselves."""
        self.check()
        self.stages = _stages(self.ports)
        for process in (*self.consumers, *self.workers):
            process.send_signal(signal.SIGTERM)
        for process in (*self.consumers, *self.workers):
            out, _ = process.communicate(timeout=END_SECONDS)
            if process.returncode != 0:
                raise RuntimeError(f"a process failed: {self._said(process)}")
            self.reports.append(json.loads(out.splitlines()[-1]))

    def start(self, command: Sequence[str], settings: Mapping[str, str]) -> subprocess.Popen[str]:
        """A process of which we hear what it says in the end."""
        with tempfile.TemporaryFile("w+", errors="replace") as log:
            process = subprocess.Popen(
                command, env={**os.environ, **settings}, stdout=subprocess.PIPE, stderr=log, text=True
            )
            self.logs[process.pid] = os.fdopen(os.dup(log.fileno()), errors="replace")
        return process

    def _said(self, process: subprocess.Popen[str]) -> str:
        log = self.logs[process.pid]
        log.seek(0)
        return log.read()[-3000:]


@contextmanager
def running(
    topic: str, settings: Mapping[str, str], *, consumers: int, workers: int, stop_at_end: bool
) -> Iterator[Processes]:
    """Start workers, and consumers once those are ready. They are killed at the end.

    Consumers run with less priority: what is too much for the machine waits in Kafka then, and not in the queue.
    """
    ports = [_free_port() for _ in range(workers)]
    group = f"bench-{secrets.token_hex(4)}"
    ingest = ("ingest", "kafka", "--topics", topic, "--group", group, *(("--stop-at-end",) * stop_at_end), "--json")
    processes = Processes([], [], ports, settings["ARRAYAN_DATABASE_URL"])
    try:
        for port in ports:
            processes.workers.append(
                processes.start(
                    [*COMMAND, "classify", "run", "--json"], {**settings, "ARRAYAN_METRICS_PORT": str(port)}
                )
            )
        for port in ports:
            _wait_until_ready(port, processes)
        for _ in range(consumers):
            processes.consumers.append(processes.start(["nice", "-n", "10", *COMMAND, *ingest], settings))
        yield processes
    finally:
        for process in (*processes.consumers, *processes.workers):
            process.kill()
            process.wait()
        for log in processes.logs.values():
            log.close()


class Watch(threading.Thread):
    """Takes a sample each second, in a thread of its own."""

    def __init__(self, processes: Processes) -> None:
        super().__init__(name="watch", daemon=True)
        self._processes = processes
        self._over = threading.Event()
        self._error: BaseException | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()
        if self._error is not None:
            raise self._error

    def run(self) -> None:
        began = time.monotonic()
        try:
            with psycopg.connect(self._processes.url, autocommit=True) as session:
                while not self._over.wait(SAMPLE_SECONDS):
                    self._processes.look(session, time.monotonic() - began)
        except psycopg.Error as error:
            self._error = error


def _night(session: psycopg.Connection[Any]) -> tuple[int, int]:
    row = session.execute(
        "SELECT coalesce(sum(stored), 0)::bigint, coalesce(sum(classified), 0)::bigint FROM night"
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def _waiting(session: psycopg.Connection[Any]) -> dict[str, int]:
    rows = session.execute(
        "SELECT c.name, (SELECT count(*) FROM classification_work w "
        "WHERE w.classifier = c.name AND failed_at IS NULL AND deferred_at IS NULL) "
        "FROM classifier c WHERE is_current"
    )
    return dict(rows.fetchall())


def _stages(ports: Sequence[int]) -> dict[tuple[str, str], float]:
    found: dict[tuple[str, str], float] = {}
    for port in ports:
        with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        for family in text_string_to_metric_families(text):
            for sample in family.samples:
                if sample.name == "arrayan_classify_processor_seconds_total":
                    key = (sample.labels["classifier"], sample.labels["stage"])
                    found[key] = found.get(key, 0.0) + sample.value
    return found


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _wait_until_ready(port: int, processes: Processes) -> None:
    deadline = time.monotonic() + START_SECONDS
    while True:
        processes.check()
        try:
            with urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10):
                return
        except OSError as error:
            if time.monotonic() > deadline:
                raise RuntimeError(f"a worker was not ready after {START_SECONDS:.0f} s") from error
            time.sleep(0.1)
