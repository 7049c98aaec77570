"""Questions that are made to hurt: how soon each is refused, and what somebody else notices meanwhile."""

import json
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from multiprocessing.synchronize import Event
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, sleep
from typing import NamedTuple

import httpx

from benchmarks.figure import Figure, Goal, Section
from benchmarks.plan import Plan
from benchmarks.progress import say
from benchmarks.rounds import interleave
from ingest.sources.files import find_files, read_files
from ingest.worker import ingest_files
from simulate.night import write_night
from storage.alert_store import AlertStore
from storage.database import connect
from storage.packet_archive import PacketArchive

ABUSIVE = Path(__file__).resolve().parents[1] / "tests" / "api" / "abusive"
ALERTS, SEED = 500, 11
GOOD_ADDRESS, BAD_ADDRESS = "127.0.0.1", "127.0.0.2"
GOOD_REQUESTS = 300
GOOD_PAUSE_SECONDS = 0.01
BAD_CONNECTIONS = 4
REPEATS = 9
MOST_MILLISECONDS = 50.0
GOOD = """query($name: String!) { object(name: $name) {
  name ra dec lightCurve { columns { mjd band magnitude magnitudeError } } bandStatistics { band magnitudeMean }
} }"""


class Document(NamedTuple):
    """A question of the list, with the code and reason that it must be refused with."""

    name: str
    body: dict[str, object]
    code: str
    reason: str


def run(plan: Plan) -> Section:
    """The slowest refusal against 50 ms, and a good client's p95 with abuse over that without."""
    documents = _documents()
    with tempfile.TemporaryDirectory() as folder, plan.databases.passing("abuse") as url:
        names = _fill(url, Path(folder))
        with _server(url, folder, cost_per_minute=0) as address:
            refusals = {document.name: _refusals(address, document) for document in documents}
        with _server(url, folder, cost_per_minute=100_000) as address:
            with _abuse(address):
                burst = _good_p95(address, names)
            variants = {"quiet": lambda _: _good_p95(address, names), "abused": lambda _: _abused(address, names)}
            p95 = interleave("abuse", variants, plan.rounds)
    slowest = max(refusals, key=lambda name: median(refusals[name]))
    return Section(
        name="abuse",
        figures=[
            Figure(
                name=f"slowest of {len(documents)} refusals ({slowest})",
                unit="ms",
                ours=refusals[slowest],
                peer_name="allowed",
                peer=[MOST_MILLISECONDS] * REPEATS,
                goal=Goal("<=", 1.0),
            ),
            Figure(
                name="a good client's p95 while another abuses",
                unit="ms",
                ours=p95["abused"],
                peer_name="quiet",
                peer=p95["quiet"],
                goal=Goal("<=", 1.5),
            ),
            Figure(
                name="the same in the first seconds, before the abuser's points are spent", unit="ms", ours=[burst]
            ),
        ],
        notes=[
            "one server process with the limits it comes with; the abuser has another address and asks the whole "
            f"list again and again on {BAD_CONNECTIONS} connections; the good client asks {GOOD_REQUESTS} objects "
            "with their light curves, one every 10 ms",
            f"median of all refusals: {median(map(median, refusals.values())):.1f} ms",
        ],
    )


def _documents() -> list[Document]:
    found = []
    for file in sorted(ABUSIVE.glob("*.graphql")):
        text = file.read_text(encoding="utf-8")
        expected = re.search(r"^# expect: (\w+) (.+)$", text, re.MULTILINE)
        variables = re.search(r"^# variables: (.+)$", text, re.MULTILINE)
        assert expected is not None, file
        body = {"query": text, "variables": json.loads(variables[1]) if variables else None}
        found.append(Document(file.stem, body, expected[1], expected[2]))
    return found


def _fill(url: str, folder: Path) -> list[str]:
    """A small night in the tables; gives the names of its objects."""
    night = folder / "night.tar.gz"
    say(f"abuse: simulating {ALERTS} alerts")
    write_night(night, alerts=ALERTS, seed=SEED, processes=1)
    with connect(url, role="bench") as connection:
        ingest_files(
            read_files(find_files([night])), AlertStore(connection, PacketArchive(str(folder / "packets")))
        )
        return [row[0] for row in connection.execute("SELECT name FROM object ORDER BY name")]


@contextmanager
def _server(url: str, folder: str, *, cost_per_minute: int) -> Iterator[str]:
    """`arrayan serve` as users run it; gives its address."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("ARRAYAN_")},
        "ARRAYAN_DATABASE_URL": url,
        "ARRAYAN_DATA_DIR": folder,
        "ARRAYAN_CLIENT_COST_PER_MINUTE": str(cost_per_minute),
    }
    command = [str(Path(sys.executable).with_name("arrayan")), "serve", "--port", "0"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            address = re.search(r"http://\S+/graphql", process.stdout.readline())
            assert address is not None
            yield address[0]
        finally:
            process.terminate()


def _client(address: str) -> httpx.Client:
    return httpx.Client(transport=httpx.HTTPTransport(local_address=address), timeout=60)


def _refusals(address: str, document: Document) -> list[float]:
    """Milliseconds of each of some refusals, as a client sees them. A space makes each document a new one."""
    taken = []
    with _client(GOOD_ADDRESS) as client:
        for number in range(REPEATS):
            body = {**document.body, "query": f"{document.body['query']}{' ' * number}"}
            began = perf_counter()
            answer = client.post(address, json=body)
            taken.append(1000 * (perf_counter() - began))
            error = answer.json()["errors"][0]
            assert error["extensions"]["code"] == document.code, (document.name, error)
            assert document.reason in error["message"], (document.name, error)
    return taken


def _good_p95(address: str, names: Sequence[str]) -> float:
    """Milliseconds that 95 of 100 answers take at most."""
    taken = []
    with _client(GOOD_ADDRESS) as client:
        for number in range(GOOD_REQUESTS):
            body = {"query": GOOD, "variables": {"name": names[number % len(names)]}}
            began = perf_counter()
            answer = client.post(address, json=body)
            taken.append(1000 * (perf_counter() - began))
            assert answer.json()["data"]["object"] is not None
            sleep(GOOD_PAUSE_SECONDS)
    return quantiles(taken, n=20)[-1]


def _abused(address: str, names: Sequence[str]) -> float:
    with _abuse(address):
        return _good_p95(address, names)


@contextmanager
def _abuse(address: str) -> Iterator[None]:
    """The whole list, again and again, from processes of their own, meanwhile."""
    spawn = multiprocessing.get_context("spawn")
    enough = spawn.Event()
    bodies = [document.body for document in _documents()]
    abusers = [spawn.Process(target=_ask_until, args=(address, bodies, enough)) for _ in range(BAD_CONNECTIONS)]
    for abuser in abusers:
        abuser.start()
    sleep(1.0)  # until they have begun
    try:
        yield
    finally:
        enough.set()
        for abuser in abusers:
            abuser.join()


def _ask_until(address: str, bodies: Sequence[dict[str, object]], enough: Event) -> None:
    with _client(BAD_ADDRESS) as client:
        while not enough.is_set():
            for body in bodies:
                client.post(address, json=body)
                if enough.is_set():
                    return
