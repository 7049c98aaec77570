"""The processes of the servers that share the machine with what is measured."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import psycopg

from benchmarks.broker import NAME

PROC = Path("/proc")


def server_processes(database_url: str) -> Mapping[str, Sequence[int]]:
    """Pids of the database server, without the sessions of its clients, and of the Kafka broker."""
    return {"the database": list(_database(database_url)), "the broker": list(_broker())}


def _database(url: str) -> Iterator[int]:
    """The postmaster, to whom the time of every ended session is added, and its helpers."""
    with psycopg.connect(url, autocommit=True) as session:
        clients = {
            pid
            for (pid,) in session.execute("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'")
        }
        postmaster = _parent(session.info.backend_pid)
    yield postmaster
    for entry in PROC.glob("[0-9]*"):
        pid = int(entry.name)
        if pid not in clients and _parent(pid) == postmaster:
            yield pid


def _broker() -> Iterator[int]:
    for entry in PROC.glob("[0-9]*"):
        try:
            words, folder = (entry / "cmdline").read_bytes(), (entry / "cwd").readlink()
        except OSError:
            continue
        if b"kafka.Kafka" in words and folder.name == NAME:
            yield int(entry.name)


def _parent(pid: int) -> int:
    """0 when it has ended."""
    try:
        return int((PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0
