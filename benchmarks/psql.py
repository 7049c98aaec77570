"""psql, the peer of the write path."""

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import IO

from benchmarks.figure import BenchmarkUnavailable

_TIME = re.compile(rb"^Time: ([0-9.]+) ms", re.MULTILINE)


def copy_seconds(url: str, table: str, columns: Sequence[str], rows: IO[bytes]) -> float:
    """Seconds that `\\copy` in the binary format takes, its commit included, psql's start and login not."""
    copy = f"\\copy {table} ({', '.join(columns)}) from pstdin with (format binary)"
    done = subprocess.run(
        [*_command(), "--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", "-c", r"\timing on", "-c", copy, url],
        check=False,
        stdin=rows,
        capture_output=True,
        env={**os.environ, "LC_ALL": "C"},
    )
    found = _TIME.search(done.stdout)
    if done.returncode != 0 or found is None:
        raise RuntimeError(f"psql failed: {done.stderr.decode().strip()}")
    return float(found[1]) / 1000


def version() -> str:
    """What psql says of itself."""
    return subprocess.run([*_command(), "--version"], check=True, capture_output=True, text=True).stdout.strip()


@cache
def _command() -> tuple[str, ...]:
    """The machine's own psql, else the one in the Debian tree that deploy/timescaledb.sh made."""
    if found := shutil.which("psql"):
        return (found,)
    tree = _cache_folder() / "timescaledb" / "root"
    if (tree / "usr/bin/psql").exists() and os.geteuid() == 0:
        return ("chroot", str(tree), "/usr/bin/psql")
    raise BenchmarkUnavailable("there is no psql to compare with: apt-get install postgresql-client")


def _cache_folder() -> Path:
    """The folder that deploy/timescaledb.sh takes."""
    if own := os.environ.get("ARRAYAN_CACHE"):
        return Path(own).absolute()
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "arrayan"
