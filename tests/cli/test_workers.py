"""A server of several processes: they share an address, and what they count and allow is one."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import httpx
import pytest

from cli.serving import take_port, take_port_to_share
from tests.cli.test_metrics_port import free_port, metrics_at
from tests.support.command import Process
from tests.support.kafka import eventually
from tests.support.live_broker import ready_client
from tests.support.metrics import series
from tests.support.server_workers import is_worker, kill, workers_of

ASKED = series("arrayan_api_requests_total", route="/graphql", status="200")
TIMED = series("arrayan_api_request_seconds_count", route="/graphql")
ENDED, RUNNING = series("arrayan_api_workers_ended_total"), series("arrayan_api_workers")
MOST = series("arrayan_api_pool_connections", state="max")
POINTS = 2000
SURVEYS = {"query": "{ surveys { survey } }"}


@contextmanager
def served(url: str, folder: Path, *, metrics_port: int) -> Iterator[tuple[Process, str]]:
    """Two workers, and their address."""
    process = Process(
        *("serve", "--workers", 2, "--port", 0),
        cwd=folder,
        ARRAYAN_DATABASE_URL=url,
        ARRAYAN_METRICS_PORT=str(metrics_port),
        ARRAYAN_DATABASE_CONNECTIONS="3",
        ARRAYAN_CLIENT_COST_PER_MINUTE=str(POINTS),
    )
    workers: list[int] = []
    try:
        address = process.wait_for("Serving on").split()[2].removesuffix("/graphql")
        workers = workers_of(process)
        yield process, address
        workers = workers_of(process)
    finally:
        process.process.kill()
        process.process.wait()
        kill(workers)


def ask(address: str, times: int) -> list[httpx.Response]:
    """Each over a connection of its own: any worker may answer."""
    alone = httpx.Limits(max_keepalive_connections=0)
    with httpx.Client(limits=alone, timeout=30) as client:
        return [client.post(f"{address}/graphql", json=SURVEYS) for _ in range(times)]


def paid(answer: httpx.Response) -> int:
    return int(answer.json()["extensions"]["cost"]["requested"])


def left(answer: httpx.Response) -> int:
    return int(answer.headers["RateLimit"].split(";")[1].removeprefix("r="))


def test_they_count_and_allow_as_one_and_are_started_again(any_database_url: str, tmp_path: Path) -> None:
    port = free_port()
    metrics = f"http://127.0.0.1:{port}"
    with served(any_database_url, tmp_path, metrics_port=port) as (process, address):
        both = workers_of(process)
        assert len(both) == 2
        eventually(lambda: metrics_at(metrics).get(MOST) == 6)  # the pools of both
        assert httpx.get(f"{metrics}/readyz").json()["parts"]["workers"] == {"ready": True}

        began = time.monotonic()
        answers = ask(address, 30)
        come_back = (time.monotonic() - began) * POINTS / 60
        assert left(answers[-1]) <= POINTS - sum(map(paid, answers)) + come_back + 1
        eventually(lambda: (shown := metrics_at(metrics))[ASKED] == shown[TIMED] == 30)

        os.kill(both[0], signal.SIGKILL)
        eventually(lambda: (shown := metrics_at(metrics))[ENDED] == 1 and shown[RUNNING] == 2, seconds=60)
        after = workers_of(process)
        assert both[1] in after
        assert both[0] not in after
        ask(address, 10)
        eventually(lambda: (shown := metrics_at(metrics))[ASKED] == shown[TIMED] == 40)
        eventually(lambda: metrics_at(metrics)[MOST] == 6)
        shown = metrics_at(metrics)
        assert not [found.name for found in shown if found.name.startswith("arrayan_ingest_")]
        assert shown[series("process_resident_memory_bytes")] > 3 * 20_000_000
        with ready_client(address) as one, ready_client(address) as other:
            process.process.kill()  # the first process: those that are left send everybody away, and end
            assert (one.closing()[0], other.closing()[0]) == (1012, 1012)
        eventually(lambda: not any(map(is_worker, after)), seconds=60)
        assert process.wait(60) == -signal.SIGKILL
        assert "worker_ended" in process.output
        assert "Traceback" not in process.output


def test_they_do_not_outlive_the_process_that_keeps_them(any_database_url: str, tmp_path: Path) -> None:
    """Not even when it is killed before they answer."""
    process = Process("serve", "--workers", 2, "--port", 0, cwd=tmp_path, ARRAYAN_DATABASE_URL=any_database_url)
    both: list[int] = []
    try:
        eventually(lambda: len(workers_of(process)) == 2)
        both = workers_of(process)
        process.process.kill()
        eventually(lambda: not any(map(is_worker, both)), seconds=60)
    finally:
        process.process.kill()
        kill(both)


def test_a_port_that_another_server_shares_is_not_taken() -> None:
    first = take_port_to_share("127.0.0.1", 0)
    worker = take_port("127.0.0.1", first.port, shared=True)
    try:
        worker.socket.listen()
        with pytest.raises(click.ClickException, match="choose another port with ARRAYAN_PORT"):
            take_port_to_share("127.0.0.1", first.port)
    finally:
        worker.socket.close()
        first.socket.close()


def test_what_keeps_a_worker_from_starting_is_told(any_database_url: str, tmp_path: Path) -> None:
    (tmp_path / "bad.graphql").write_text("{ nothing }")
    process = Process(
        *("serve", "--workers", 2, "--port", 0),
        cwd=tmp_path,
        ARRAYAN_DATABASE_URL=any_database_url,
        ARRAYAN_TRUSTED_DOCUMENTS=str(tmp_path / "bad.graphql"),
    )
    try:
        assert process.wait(60) == 1
    finally:
        process.process.kill()
    assert "bad.graphql" in process.output
    assert "a worker of the server could not start" in process.output
    assert "Traceback" not in process.output
