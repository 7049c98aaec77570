"""Metrics and health of running processes, on the port that is named for them."""

import json
import signal
import socket
from collections.abc import Callable
from pathlib import Path

import httpx
import psycopg
import pytest

from tests.support.command import SAMPLE_NIGHT, Command, Process
from tests.support.kafka import Kafka, eventually
from tests.support.metrics import Series, parsed, series
from tests.support.storing import small_sky
from tests.support.stream_process import start
from tests.support.ztf_packets import container


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def metrics_at(address: str) -> dict[Series, float]:
    return parsed(httpx.get(f"{address}/metrics").text)


def answers(address: str, path: str) -> Callable[[], bool]:
    def asked() -> bool:
        try:
            return httpx.get(f"{address}{path}", timeout=10).status_code == 200
        except httpx.TransportError:
            return False

    return asked


def test_a_stream_can_be_watched(any_database_url: str, kafka: Kafka, tmp_path: Path) -> None:
    topic, group = kafka.topic(2), kafka.name()
    kafka.send(topic, [*map(container, small_sky()), b"no alert"], partition=1)
    address = f"http://127.0.0.1:{free_port()}"
    process = start(
        *(kafka.bootstrap, any_database_url, tmp_path, "--topics", topic, "--group", group),
        metrics_port=address.rpartition(":")[2],
        log_format="json",
    )
    try:
        eventually(lambda: sum(kafka.committed(group).values()) == 27)
        eventually(answers(address, "/readyz"))
        both = {(topic, "0"), (topic, "1")}
        eventually(lambda: {labels for labels, lag in lags(address).items() if lag == 0} == both)
        shown = metrics_at(address)
        assert httpx.get(f"{address}/healthz").status_code == 200
        ready = httpx.get(f"{address}/readyz").json()

        with psycopg.connect(any_database_url, autocommit=True) as connection:
            connection.execute("UPDATE alembic_version SET version_num = 'older'")
        unready = httpx.get(f"{address}/readyz")
        with psycopg.connect(any_database_url, autocommit=True) as connection:
            connection.execute("UPDATE alembic_version SET version_num = %s", [revision(unready.text)])
        ended = process.terminate()
    finally:
        process.kill()
    assert shown[series("arrayan_ingest_stored_total", survey="ZTF")] == 24
    assert shown[series("arrayan_ingest_duplicates_total", survey="ZTF")] == 2
    assert shown[series("arrayan_ingest_dead_letters_total", survey="unknown", reason="not_avro")] == 1
    assert shown[series("arrayan_ingest_broker_latency_seconds_count", survey="ZTF")] == 24
    assert 0 < shown[series("arrayan_ingest_broker_latency_seconds_sum", survey="ZTF")] < 24 * 60
    assert shown[series("arrayan_ingest_store_up")] == 1
    assert ready["parts"] == {part: {"ready": True} for part in ("store", "kafka", "database")}
    assert unready.status_code == 503
    assert "run `arrayan migrate`" in unready.json()["parts"]["database"]["reason"]
    assert ended.report["read"] == 27
    events = [json.loads(line) for line in ended.err.splitlines()]
    served = next(event for event in events if event["event"] == "metrics_served")
    assert served["fields"] == {"url": f"{address}/metrics"}


def lags(address: str) -> dict[tuple[str, str], float]:
    return {
        (dict(found.labels)["topic"], dict(found.labels)["partition"]): number
        for found, number in metrics_at(address).items()
        if found.name == "arrayan_ingest_lag_messages"
    }


def revision(words: str) -> str:
    return words.partition("this release needs ")[2].partition(":")[0]


def test_a_server_has_metrics_on_another_port_than_the_public(any_database_url: str, tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    process = Process(
        "serve",
        cwd=tmp_path,
        ARRAYAN_DATABASE_URL=any_database_url,
        ARRAYAN_PORT="0",
        ARRAYAN_METRICS_PORT=address.rpartition(":")[2],
    )
    try:
        public = process.wait_for("Serving on").split()[2].removesuffix("/graphql")
        assert httpx.get(f"{public}/metrics").status_code == 404
        assert httpx.get(f"{public}/readyz").status_code == 200
        assert httpx.get(f"{address}/readyz").json()["parts"] == {"database": {"ready": True}}
        shown = metrics_at(address)
        assert shown[series("arrayan_api_requests_total", route="/readyz", status="200")] == 1
        assert [found.name for found in shown if found.name.startswith("arrayan_ingest_")] == []
        assert process.end(signal.SIGTERM) == 0, process.output
    finally:
        process.process.kill()


def test_a_worker_for_classifiers_can_be_watched(any_database_url: str, tmp_path: Path) -> None:
    address = f"http://127.0.0.1:{free_port()}"
    process = Process(
        *("classify", "run"),
        cwd=tmp_path,
        ARRAYAN_DATABASE_URL=any_database_url,
        ARRAYAN_METRICS_PORT=address.rpartition(":")[2],
    )
    try:
        eventually(answers(address, "/readyz"))
        assert httpx.get(f"{address}/readyz").json()["parts"].keys() == {"store", "database"}
        shown = metrics_at(address)
        assert shown[series("arrayan_classify_store_up")] == 1
        assert shown[series("arrayan_classify_answers_total", classifier="early", outcome="failed")] == 0
        assert shown[series("arrayan_classify_waiting_objects", classifier="early")] == 0
        assert {found.name.split("_")[1] for found in shown if found.name.startswith("arrayan_")} == {"classify"}
        assert process.end(signal.SIGTERM) == 0, process.output
    finally:
        process.process.kill()


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("ingest", SAMPLE_NIGHT)])
def test_a_port_that_somebody_has_is_named(arrayan: Command, command: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = arrayan(*command, ARRAYAN_METRICS_PORT=port)
    assert ran.code == 1
    assert f"cannot listen on 127.0.0.1:{port}" in ran.err
    assert "choose another port with ARRAYAN_METRICS_PORT" in ran.err


def test_without_a_port_nothing_is_served(arrayan: Command) -> None:
    """Nobody has to think of it who does not want it."""
    assert arrayan("ingest", SAMPLE_NIGHT, "--json").code == 0
    assert arrayan("ingest", SAMPLE_NIGHT, "--json", ARRAYAN_METRICS_PORT="0").code == 0
