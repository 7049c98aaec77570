"""Processes of `arrayan ingest kafka`, watched from outside while they work."""

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg

SAMPLE_SECONDS = 2.0
LONGEST_SECONDS = 1800.0
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 1e6
COMMAND = (sys.executable, "-c", "from cli.main import main; main(prog_name='arrayan')")


@dataclass
class Watched:
    """What was seen of a run: alerts stored by time, memory of the largest process, processor seconds by kind."""

    times: list[float] = field(default_factory=list)
    stored: list[int] = field(default_factory=list)
    memory_mb: list[float] = field(default_factory=list)
    processor: dict[str, float] = field(default_factory=dict)
    reports: list[dict[str, int]] = field(default_factory=list)

    @property
    def alerts_per_second(self) -> float:
        """Sustained: from the first look at which all consumers worked to the last before the first was done."""
        first = next(index for index, stored in enumerate(self.stored) if stored > 0) + 1
        last = max(first + 1, next(i for i, s in enumerate(self.stored) if s >= 0.97 * self.stored[-1]))
        return (self.stored[last] - self.stored[first]) / (self.times[last] - self.times[first])

    @property
    def read(self) -> int:
        return sum(report["read"] for report in self.reports)

    def milliseconds(self, kind: str) -> float:
        """Processor time per alert."""
        return 1000 * self.processor[kind] / self.read


def consume(
    consumers: int,
    topic: str,
    settings: Mapping[str, str],
    servers: Mapping[str, Sequence[int]],
    *,
    under: Sequence[str] = (),
) -> Watched:
    """Read a topic to its end with some processes of one group. `servers` names processes to watch as well;
    `under` is a command that runs each consumer, such as taskset."""
    environment = {**os.environ, **settings}
    group = f"bench-{secrets.token_hex(4)}"
    command = [*under, *COMMAND, "ingest", "kafka", "--topics", topic, "--group", group, "--stop-at-end", "--json"]
    before = {kind: processor_seconds(pids) for kind, pids in servers.items()}
    running = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(consumers)
    ]
    watched = Watched(processor={"consumers": 0.0})
    pids = [process.pid for process in running]
    spent = dict.fromkeys(pids, 0.0)
    started = time.monotonic()
    try:
        with psycopg.connect(settings["ARRAYAN_DATABASE_URL"], autocommit=True) as session:
            while any(process.poll() is None for process in running):
                spent |= {pid: processor_seconds([pid]) or spent[pid] for pid in pids}
                watched.times.append(time.monotonic() - started)
                watched.stored.append(_stored(session))
                watched.memory_mb.append(max(map(memory_megabytes, pids)))
                if watched.times[-1] > LONGEST_SECONDS:
                    raise RuntimeError(f"the consumers were not done after {LONGEST_SECONDS} s")
                time.sleep(SAMPLE_SECONDS)
    finally:
        for process in running:
            process.kill()
    for process in running:
        out, err = process.communicate()
        if process.returncode != 0:
            raise RuntimeError(f"a consumer failed: {err[-2000:]}")
        watched.reports.append(json.loads(out.splitlines()[-1]))
    watched.processor["consumers"] = sum(spent.values())
    watched.processor |= {kind: processor_seconds(pids) - before[kind] for kind, pids in servers.items()}
    return watched


def _stored(session: psycopg.Connection[Any]) -> int:
    row = session.execute("SELECT coalesce(sum(stored), 0) FROM night").fetchone()
    assert row is not None
    return int(row[0])


def processor_seconds(pids: Sequence[int]) -> float:
    """Of processes that live, and of their children that ended."""
    total = 0.0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += sum(map(int, fields[11:15])) / TICKS
    return total


def memory_megabytes(pid: int) -> float:
    """0 when it has ended."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_MB
    except OSError:
        return 0.0
