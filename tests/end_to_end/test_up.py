"""`arrayan up`: from an empty folder to answers, stopped cleanly, and again; also after the worst."""

import json
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.command import SAMPLE_NIGHT, Command, Process

ALERTS = 40
SMALL_BATCHES = {"ARRAYAN_BATCH_ALERTS": "4"}


@pytest.fixture
def data_dir(server_folder: Path) -> Iterator[Path]:
    """A fresh data folder; no server may live in it when the test is over."""
    yield server_folder / "data"
    assert servers_in(server_folder / "data") == []


def servers_in(folder: Path) -> list[int]:
    """The processes that have a folder, or one inside, for their working directory."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if folder in [cwd := (process / "cwd").readlink(), *cwd.parents]:
                found.append(int(process.name))
        except OSError:
            continue
    return found


def up(data_dir: Path, night: Path = SAMPLE_NIGHT, **settings: str) -> Process:
    settings |= {"ARRAYAN_DATA_DIR": str(data_dir), "ARRAYAN_PORT": "0"}
    return Process("up", "--night", night, cwd=data_dir.parent, **settings)


def greeting(process: Process) -> str:
    """The address of the server, once it answers."""
    address = process.wait_for("GraphiQL").split()[-1]
    process.wait_for("Ctrl-C stops everything")
    return address.removesuffix("/graphiql")


def ask(address: str, query: str) -> dict[str, Any]:
    answer = httpx.post(f"{address}/graphql", json={"query": query}).json()
    assert "errors" not in answer
    found: dict[str, Any] = answer["data"]
    return found


def counts(data_dir: Path) -> dict[str, Any]:
    """Rows of every kind, by the command that tells."""
    ran = Command({"ARRAYAN_DATA_DIR": str(data_dir)})("status", "--json")
    assert ran.code == 0, ran.err
    told = json.loads(ran.last_line)
    del told["server"]
    return dict(told)


def test_it_comes_up_answers_stops_and_comes_up_again_with_the_same(
    data_dir: Path, record_property: Callable[[str, object], None]
) -> None:
    process = up(data_dir)
    address = greeting(process)
    first = ask(address, "{ objects(first: 500) { totalCount { value } nodes { name detectionCount } } }")
    assert first["objects"]["totalCount"]["value"] > 0
    assert httpx.get(f"{address}/graphiql").status_code == 200
    assert httpx.get(f"{address}/healthz").json() == {"status": "ok"}
    assert f"{ALERTS} read, {ALERTS} stored" in process.output
    printed = process.output.partition("Example query")[2].partition("\n")[2].partition("\n\nCtrl-C")[0]
    example = process.wait_for("Example query").split()[-1]
    assert httpx.get(example, headers={"Accept": "application/json"}).json() == json.loads(printed)
    assert json.loads(printed)["data"]["objects"]["nodes"][0]["detectionCount"] >= 1
    assert process.end(signal.SIGINT) == 0, process.output
    assert "Traceback" not in process.output
    assert "The data is kept" in process.output
    assert servers_in(data_dir) == []

    began = time.monotonic()
    process = up(data_dir)
    address = greeting(process)
    seconds = time.monotonic() - began
    record_property("seconds_to_come_up_again", round(seconds, 2))
    assert seconds < 30
    process.wait_for("taken in before")
    assert ask(address, "{ objects(first: 500) { totalCount { value } nodes { name detectionCount } } }") == first
    assert process.end(signal.SIGTERM) == 0, process.output
    assert "Traceback" not in process.output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_can_be_stopped_while_it_takes_in(data_dir: Path, sample_night: Path, number: signal.Signals) -> None:
    process = up(data_dir, sample_night, **SMALL_BATCHES)
    wait_for_packets(process, data_dir)
    assert process.end(number) != 0
    assert "Traceback" not in process.output
    assert servers_in(data_dir) == []


def test_killed_while_it_takes_in_and_run_again_it_has_what_a_clean_run_has(
    data_dir: Path, sample_night: Path, server_folder: Path
) -> None:
    process = up(data_dir, sample_night, **SMALL_BATCHES)
    wait_for_packets(process, data_dir)
    process.end(signal.SIGKILL)
    before = counts(data_dir)

    arrayan = Command({"ARRAYAN_DATA_DIR": str(data_dir)})
    again = json.loads(arrayan("ingest", "--json", sample_night).last_line)
    assert 0 < before["alerts"] < again["read"], "it was not killed in the middle"
    assert again == {
        "read": again["read"],
        "stored": again["read"] - before["alerts"],
        "duplicates": before["alerts"],
        "dead_letters": 0,
    }
    clean = Command({"ARRAYAN_DATA_DIR": str(server_folder / "clean")})
    assert clean("migrate").code == 0
    assert clean("ingest", sample_night).code == 0
    assert counts(data_dir) == counts(server_folder / "clean")


def test_killed_while_it_serves_it_comes_up_again(data_dir: Path) -> None:
    process = up(data_dir)
    greeting(process)
    process.end(signal.SIGKILL)
    process = up(data_dir)
    address = greeting(process)
    assert "taken in before" in process.output
    assert ask(address, "{ objects(first: 0) { totalCount { exact } } }")["objects"]["totalCount"]["exact"]
    assert process.end(signal.SIGINT) == 0


def test_a_second_one_on_the_same_folder_and_port_says_why_it_cannot(data_dir: Path) -> None:
    process = up(data_dir)
    port = greeting(process).rpartition(":")[2]
    ran = Command({"ARRAYAN_DATA_DIR": str(data_dir)})("up", "--night", SAMPLE_NIGHT, ARRAYAN_PORT=port)
    assert ran.code == 1
    assert "ARRAYAN_PORT" in ran.err
    assert counts(data_dir)["alerts"] == ALERTS, "other commands work beside a server"
    assert process.end(signal.SIGINT) == 0


def wait_for_packets(process: Process, data_dir: Path, files: int = 8) -> None:
    """Until some batches are in the archive."""
    deadline = time.monotonic() + 60
    while sum(1 for _ in (data_dir / "packets").rglob("*.avro")) < files:
        assert process.process.poll() is None, process.output
        assert time.monotonic() < deadline, process.output
        time.sleep(0.005)
