"""On what it was measured."""

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import psycopg

SETTINGS = ("shared_buffers", "work_mem", "fsync", "synchronous_commit", "full_page_writes", "max_wal_size", "jit")
LIBRARIES = ("psycopg", "numpy", "cdshealpix", "fastavro", "uvloop")


def describe(server_url: str) -> dict[str, str]:
    """What a figure depends on, in words."""
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "machine": f"{os.cpu_count()} cores ({_processor()}), {_memory_gib():.0f} GiB, {platform.system()}",
        "load": load(),
        "python": ", ".join([platform.python_version(), *(f"{name} {version(name)}" for name in LIBRARIES)]),
        **_describe_server(server_url),
    }


def load() -> str:
    """Load averages of 1, 5 and 15 minutes."""
    return " ".join(f"{value:.2f}" for value in os.getloadavg())


def _describe_server(url: str) -> dict[str, str]:
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT name, installed_version, default_version FROM pg_available_extensions "
            "WHERE name IN ('timescaledb', 'q3c') ORDER BY name DESC"
        ).fetchall()
        extensions = {name: default for name, _, default in rows}
        if "timescaledb" in extensions:
            connection.execute(f"LOAD 'timescaledb-{extensions['timescaledb']}'")
        licence = _setting(connection, "timescaledb.license")
        server = _setting(connection, "server_version").split()[0]
        settings = ", ".join(f"{name} {_setting(connection, name)}" for name in SETTINGS)
    named = [
        f"{name} {text}{f' ({licence})' if name == 'timescaledb' else ''}" for name, text in extensions.items()
    ]
    return {"server": ", ".join([f"PostgreSQL {server}", *named]), "settings": settings}


def _setting(connection: psycopg.Connection, name: str) -> str:
    row = connection.execute("SELECT current_setting(%s, true)", (name,)).fetchone()
    assert row is not None
    return row[0] or "none"


def _processor() -> str:
    for line in _lines(Path("/proc/cpuinfo")):
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _memory_gib() -> float:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30


def _lines(file: Path) -> list[str]:
    return file.read_text().splitlines() if file.exists() else []
