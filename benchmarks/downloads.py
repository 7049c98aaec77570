"""python -m benchmarks.downloads: rows a second of files of objects, and the memory that the server needs."""

import argparse
import multiprocessing
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import httpx
import psycopg
import uvicorn

from api.app import create_app
from benchmarks.databases import BenchDatabases, timescaledb_url
from domain.table_format import TableFormat
from storage.packet_archive import PacketArchive
from storage.reader import Reader

LOOK_SECONDS = 0.05
FILL = (
    "INSERT INTO object (object_id, survey, name, ra, dec, hpx, detection_count, non_detection_count, first_mjd, "
    "last_mjd, corrected, mean_color) SELECT -n, 'ZTF', 'ZTF20' || lpad(n::text, 7, '0'), random() * 360, "
    "degrees(asin(2 * random() - 1)), n, 5, 3, 61000 + random(), 61010 + random(), true, random() "
    "FROM generate_series(1, %s) AS n"
)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.downloads", description=__doc__)
    parser.add_argument("--objects", type=int, default=500_000, help="objects in the file (default: 500,000)")
    objects = parser.parse_args().objects
    with closing(BenchDatabases(timescaledb_url())) as databases, databases.passing("downloads") as url:
        with psycopg.connect(url) as connection:
            connection.execute(FILL, (objects,))
            connection.execute("ANALYZE object")
        with _server(url) as (address, pid):
            for form in TableFormat:  # what has to be loaded is loaded
                httpx.get(f"{address}/objects.{form.extension}?maxRows=1").raise_for_status()
            for form in TableFormat:
                _measure(form, address, pid, objects)
    return 0


def _measure(form: TableFormat, address: str, pid: int, objects: int) -> None:
    before = _megabytes(pid)
    with _peak_memory(pid) as peak:
        began, size, first = time.perf_counter(), 0, 0.0
        url = f"{address}/objects.{form.extension}"
        with httpx.stream("GET", url, headers={"Accept-Encoding": "identity"}, timeout=600) as answer:
            for part in answer.iter_raw():
                first = first or time.perf_counter() - began
                size += len(part)
        took = time.perf_counter() - began
    print(
        f"{form.value:8} {objects / took:9,.0f} rows/s, {size / 1e6:5.0f} MB, first byte after {first:.2f} s, "
        f"memory {before:.0f} MB before, {max(peak):.0f} MB at most"
    )


@contextmanager
def _server(url: str) -> Iterator[tuple[str, int]]:
    """A server process, its address and its pid."""
    context = multiprocessing.get_context("spawn")
    told = context.Queue()
    process = context.Process(target=_serve, args=(url, told), daemon=True)
    process.start()
    try:
        address = f"http://127.0.0.1:{told.get(timeout=60)}"
        while True:
            try:
                httpx.get(f"{address}/livez").raise_for_status()
                break
            except httpx.TransportError:
                time.sleep(LOOK_SECONDS)
        assert process.pid is not None
        yield address, process.pid
    finally:
        process.terminate()
        process.join()


def _serve(url: str, told: "multiprocessing.Queue[int]") -> None:
    reader = Reader(url, connections=2, statement_timeout_seconds=60.0)
    config = uvicorn.Config(create_app(reader, PacketArchive("none")), log_level="warning")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        told.put(listener.getsockname()[1])
        uvicorn.Server(config).run(sockets=[listener])


@contextmanager
def _peak_memory(pid: int) -> Iterator[list[float]]:
    """Megabytes in memory, looked at while something happens."""
    seen: list[float] = []
    done = threading.Event()

    def look() -> None:
        while not done.wait(LOOK_SECONDS):
            seen.append(_megabytes(pid))

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()


def _megabytes(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


if __name__ == "__main__":
    sys.exit(main())
