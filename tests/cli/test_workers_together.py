"""A server of several processes as its users see it: one server, whichever worker a request comes to.

The tests ask each worker over a connection that leads to it, so that nothing here is left to chance.
"""

import hashlib
import json
import os
import signal
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import psycopg
import pytest

from tests.cli.test_metrics_port import free_port, metrics_at
from tests.support.command import Process
from tests.support.databases import Backend, TestDatabases
from tests.support.kafka import eventually
from tests.support.live_broker import (
    DETECTED,
    LiveBroker,
    LiveClient,
    event_stream,
    light_curve,
    ready_client,
)
from tests.support.metrics import series
from tests.support.server_workers import (
    asking_each,
    events_begun,
    is_worker,
    kill,
    listening_to_each,
    workers_of,
)
from tests.support.skymaps import multi_order_fits, two_arcs

WORKERS = 2
NAME = "ZTF20aaaaaaa"
QUERY = f'{{ object(name: "{NAME}") {{ name }} }}'
TRUSTED = f"query Trusted {QUERY}"
HASH = hashlib.sha256(QUERY.encode()).hexdigest()
IN_MAP = "query($map: ID!) { objects(first: 1, where: {region: {skymap: {id: $map}}}) { nodes { name } } }"
ASKED = "{ objects(first: 1) { nodes { name } } }"
ENDED, ANSWERING = series("arrayan_api_workers_ended_total"), series("arrayan_api_workers")
NEVER = {"detectionCount": {"gte": 100}}
WEBSOCKETS = series("arrayan_live_connections", transport="websocket")
STREAMS = series("arrayan_live_connections", transport="sse")


class Server(NamedTuple):
    """A running server, and what it serves."""

    process: Process
    address: str
    broker: LiveBroker
    metrics: str
    folder: Path

    @property
    def workers(self) -> list[int]:
        return workers_of(self.process)


@contextmanager
def served(broker: LiveBroker, folder: Path, workers: int) -> Iterator[Server]:
    """So many workers over a broker. `folder` is for what they keep while they run."""
    port = free_port()
    trusted = folder / "trusted"
    trusted.mkdir()
    (trusted / "name.graphql").write_text(TRUSTED)
    process = Process(
        *("serve", "--workers", workers, "--port", 0),
        cwd=folder,
        ARRAYAN_DATABASE_URL=broker.url,
        ARRAYAN_ARCHIVE_URL=str(broker.archive),
        ARRAYAN_METRICS_PORT=str(port),
        ARRAYAN_DATABASE_CONNECTIONS="3",
        ARRAYAN_DOWNLOADS="1",
        ARRAYAN_TRUSTED_DOCUMENTS=str(trusted),
        TMPDIR=str(folder),
    )
    pids: list[int] = []
    try:
        address = process.wait_for("Serving on", seconds=180).split()[2].removesuffix("/graphql")
        pids = workers_of(process)
        yield Server(process, address, broker, f"http://127.0.0.1:{port}", folder)
        pids += workers_of(process)
    finally:
        process.process.kill()
        process.process.wait()
        kill(pids)


@pytest.fixture(scope="module")
def broker(
    databases: TestDatabases, any_backend: Backend, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveBroker]:
    with databases.fresh(any_backend) as url:
        broker = LiveBroker(url, tmp_path_factory.mktemp("archive"))
        broker.store(*light_curve(NAME, 1))
        yield broker


@pytest.fixture(scope="module")
def server(broker: LiveBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Shared: a test may end a worker, which is started again, but leaves as many as it found. The last ends it."""
    with served(broker, tmp_path_factory.mktemp("server"), WORKERS) as server:
        yield server


@pytest.fixture
def each(server: Server) -> Iterator[list[httpx.Client]]:
    """A client for each worker."""
    with asking_each(server.address, server.workers) as clients:
        assert len(clients) == WORKERS
        yield list(clients.values())


def data_of(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert "errors" not in told, told
    return told["data"]


def test_a_table_that_one_worker_takes_is_matched_and_shown_by_others(each: list[httpx.Client]) -> None:
    first, second = each
    table = first.post("/match", files={"table": ("mine.csv", b"target,ra,dec\nT1,10.5,-20.5\n")})
    assert table.status_code == 303, table.text
    assert "T1" in second.get(table.headers["Location"]).text
    matched = second.post(table.headers["Location"], data={"radius": "5"})
    assert matched.status_code == 303, matched.text
    for client in each:
        assert "T1" in client.get(matched.headers["Location"]).raise_for_status().text
        assert "T1" in client.get(f"{matched.headers['Location']}/rows.csv").raise_for_status().text
    assert second.post(f"{table.headers['Location']}/delete").status_code == 303
    assert [client.get(matched.headers["Location"]).status_code for client in each] == [404] * WORKERS


def test_a_sky_map_that_one_worker_takes_is_known_to_all(each: list[httpx.Client]) -> None:
    sent = each[0].post("/skymaps", content=multi_order_fits(two_arcs()))
    assert sent.status_code in (200, 201), sent.text
    for client in each:
        assert client.get(f"/skymaps/{sent.json()['id']}").json()["id"] == sent.json()["id"]
        asked = {"query": IN_MAP, "variables": {"map": sent.json()["id"]}}
        assert data_of(client.post("/graphql", json=asked)) == {"objects": {"nodes": []}}


def test_a_file_is_crossmatched_by_any_worker_alone(each: list[httpx.Client]) -> None:
    answers = [client.post("/crossmatch", content=b"target,ra,dec\nT1,10.5,-20.5\n") for client in each]
    assert [answer.status_code for answer in answers] == [200] * WORKERS, answers[0].text
    assert len({answer.text for answer in answers}) == 1


def test_documents_by_their_hash_are_answered_by_any_worker(each: list[httpx.Client]) -> None:
    """A worker that does not know one asks for its text, which is what clients of persisted documents do then."""
    named: dict[str, Any] = {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": HASH}}}
    sent = data_of(each[0].post("/graphql", json={"query": QUERY, **named}))
    assert data_of(each[0].post("/graphql", json=named)) == sent
    for client in each[1:]:
        refused = client.post("/graphql", json=named)
        assert refused.json()["errors"][0]["extensions"]["code"] == "PERSISTED_QUERY_NOT_FOUND"
        assert data_of(client.post("/graphql", json={"query": QUERY, **named})) == sent
        assert data_of(client.post("/graphql", json=named)) == sent
    trusted = hashlib.sha256(TRUSTED.encode()).hexdigest()
    for client in each:
        assert data_of(client.post("/graphql", json={"documentId": f"sha256:{trusted}"})) == sent


def test_health_is_told_by_any_worker_and_pages_have_the_same_tags(each: list[httpx.Client]) -> None:
    for path in ("/livez", "/healthz", "/readyz"):
        answers = [client.get(path) for client in each]
        assert [answer.status_code for answer in answers] == [200] * WORKERS, answers[0].text
    tags = {client.get("/graphql", params={"query": QUERY}).headers["ETag"] for client in each}
    assert len(tags) == 1


def told_to(client: LiveClient, count: int) -> list[str]:
    return [client.next("detected")["eventId"] for _ in range(count)]


def behind(place: str, everything: Sequence[str]) -> list[str]:
    return list(everything[everything.index(place) + 1 :])


def streamed_to(events: Iterator[Mapping[str, str]], count: int) -> list[str]:
    return [json.loads(next(events)["data"])["data"]["detected"]["eventId"] for _ in range(count)]


def test_events_come_to_listeners_of_every_worker_once_and_in_order(server: Server) -> None:
    workers = server.workers
    with (
        listening_to_each(server.address, workers) as sockets,
        asking_each(server.address, workers) as clients,
        ExitStack() as open_streams,
    ):
        for client in sockets.values():
            client.subscribe(DETECTED, after=client.place)
        begun = [open_streams.enter_context(events_begun(clients[worker], DETECTED)) for worker in workers]
        eventually(lambda: (shown := metrics_at(server.metrics))[WEBSOCKETS] == shown[STREAMS] == WORKERS)
        for letter in "abc":
            server.broker.store(*light_curve(f"ZTF20aaaaab{letter}", 7))
        everything = server.broker.event_ids()
        for client in sockets.values():
            expected = behind(client.place, everything)
            assert len(expected) >= 21
            assert told_to(client, len(expected)) == expected
        for begin, events in begun:
            expected = behind(begin, everything)
            assert len(expected) >= 21
            assert streamed_to(events, len(expected)) == expected


def started_again(server: Server, ended: float) -> None:
    """Wait until one more has ended than before, and all answer."""
    eventually(
        lambda: (shown := metrics_at(server.metrics))[ENDED] > ended and shown[ANSWERING] == WORKERS, seconds=120
    )


def broken(read: Callable[[], object]) -> bool:
    """Whether a connection ends before it tells of anything."""
    try:
        read()
    except (httpx.HTTPError, StopIteration):
        return True
    return False


def test_listeners_of_a_worker_that_is_killed_go_on_at_another(server: Server) -> None:
    """Also those that were told of nothing yet, by the id that they were given at the beginning."""
    doomed, ended = server.workers[0], metrics_at(server.metrics)[ENDED]
    with (
        listening_to_each(server.address, [doomed]) as talking,
        listening_to_each(server.address, [doomed]) as quiet,
        asking_each(server.address, [doomed]) as streaming,
        asking_each(server.address, [doomed]) as quietly_streaming,
    ):
        begin = talking[doomed].place
        talking[doomed].subscribe(DETECTED, after=begin)
        quiet[doomed].subscribe(DETECTED, where=NEVER)
        with (
            events_begun(streaming[doomed], DETECTED) as (beginning, events),
            events_begun(quietly_streaming[doomed], DETECTED, where=NEVER) as (silent, silence),
        ):
            server.broker.store(*light_curve("ZTF20aaaaaca", 4))
            known = server.broker.event_ids()
            assert told_to(talking[doomed], len(behind(begin, known))) == behind(begin, known)
            assert streamed_to(events, len(behind(beginning, known))) == behind(beginning, known)
            os.kill(doomed, signal.SIGKILL)
            assert talking[doomed].closing()[0] == quiet[doomed].closing()[0] == 1006
            assert broken(lambda: next(events))
            assert broken(lambda: next(silence))
    server.broker.store(*light_curve("ZTF20aaaaacb", 3))
    everything = server.broker.event_ids()
    for place in (known[-1], quiet[doomed].place, silent):
        missed = behind(place, everything)
        assert len(missed) >= 3
        with ready_client(server.address) as client:
            client.subscribe(DETECTED, after=place)
            assert told_to(client, len(missed)) == missed
        with event_stream(server.address, DETECTED, headers={"Last-Event-ID": place}) as found:
            assert streamed_to(found, len(missed)) == missed
    started_again(server, ended)
    assert doomed not in server.workers


def test_a_worker_that_is_asked_to_end_does_so_in_order_and_the_others_go_on(server: Server) -> None:
    before = metrics_at(server.metrics)[ENDED]
    ended, *others = server.workers
    with listening_to_each(server.address, [ended]) as listening:
        os.kill(ended, signal.SIGTERM)
        assert listening[ended].closing()[0] == 1012
    eventually(lambda: f"worker_ended pid={ended} exit_code=0" in server.process.output, seconds=60)
    with asking_each(server.address, others) as clients:
        for client in clients.values():
            assert data_of(client.post("/graphql", json={"query": QUERY})) == {"object": {"name": NAME}}
    started_again(server, before)


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.name.startswith("arrayan-workers-")]


def waiting_for_a_lock(connection: psycopg.Connection) -> int:
    (count,) = connection.execute(
        "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'object'::regclass"
    ).fetchone() or (0,)
    return int(count)


def press_ctrl_c(process: Process, workers: list[int]) -> None:
    """As a terminal does: all processes that it started get the signal."""
    for pid in (process.process.pid, *workers):
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)


def test_listeners_are_sent_away_in_order_and_ctrl_c_afterwards_waits_for_no_request(server: Server) -> None:
    """The last test: it ends the server that the others share."""
    process, workers = server.process, server.workers
    assert len(left_in(server.folder)) == 1
    with (
        psycopg.connect(server.broker.url) as locking,
        asking_each(server.address, workers) as asking,
        asking_each(server.address, workers) as streaming,
        listening_to_each(server.address, workers) as listening,
        ThreadPoolExecutor(len(workers)) as threads,
        ExitStack() as open_streams,
    ):
        for client in listening.values():
            client.subscribe(DETECTED)
        begun = [open_streams.enter_context(events_begun(streaming[worker], DETECTED)) for worker in workers]
        locking.execute("LOCK TABLE object IN ACCESS EXCLUSIVE MODE")
        answers = [threads.submit(client.post, "/graphql", json={"query": ASKED}) for client in asking.values()]
        eventually(lambda: waiting_for_a_lock(locking) == len(workers), seconds=60)
        process.process.terminate()
        for client in listening.values():
            code, reason = client.closing()
            assert (code, "after" in reason) == (1012, True)
        assert [list(events) for _, events in begun] == [[]] * WORKERS
        press_ctrl_c(process, workers)
        for answer in answers:
            told = answer.result()
            assert told.status_code == 503
            assert told.headers["Retry-After"]
            assert told.json()["errors"][0]["extensions"]["code"] == "UNAVAILABLE"
        assert process.wait(60) == 0, process.output
    assert not any(map(is_worker, workers))
    assert "Traceback" not in process.output
    assert left_in(server.folder) == []
