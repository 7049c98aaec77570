"""wrk, which asks a server as fast as it answers."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.figure import BenchmarkUnavailable

SCRIPT = Path(__file__).with_name("wrk.lua")


class Asked(NamedTuple):
    """The same kind of question about many objects: paths to GET, or bodies to POST to one path."""

    method: str
    path: str
    lines: Sequence[str]


class Load(NamedTuple):
    """What a server answered. Times are milliseconds from a request to the end of its answer."""

    requests_per_second: float
    p50: float
    p95: float
    requests: int


def wrk(address: str, asked: Asked, *, connections: int, seconds: float) -> Load:
    """Ask over some connections at once for some seconds. Raises RuntimeError when anything goes wrong."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write("\n".join(asked.lines))
        file.flush()
        done = subprocess.run(
            [
                *(_command(), "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "30s"),
                *("-s", str(SCRIPT), address, "--", asked.method, asked.path, file.name),
            ],
            check=False,
            capture_output=True,
            text=True,
        )
    told = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not told:
        raise RuntimeError(f"wrk failed: {done.stdout}{done.stderr}")
    counted = json.loads(told[-1])
    if counted["errors"]:
        raise RuntimeError(f"{counted['errors']} of {counted['requests']} requests failed: {asked}"[:500])
    rate = counted["requests"] / (counted["microseconds"] / 1e6)
    return Load(rate, counted["p50"] / 1000, counted["p95"] / 1000, counted["requests"])


def _command() -> str:
    if found := shutil.which("wrk"):
        return found
    raise BenchmarkUnavailable("there is no wrk to ask with: apt-get install wrk")
