"""Several workers at once, killed at any moment and started again: everything is answered for, once."""

import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
import pytest

from ingest.sources.files import find_files, read_files
from ingest.worker import ingest_files
from storage.alert_store import AlertStore
from storage.database import connect
from storage.packet_archive import PacketArchive
from tests.support.classifying import drain, make_rules_known, start_worker

KILLS, WORKERS = 6, 2
SECONDS = 90


@contextmanager
def workers(url: str, archive: Path, count: int) -> Iterator[list[subprocess.Popen[str]]]:
    running = [start_worker(url, archive, once=False) for _ in range(count)]
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.communicate()


def waiting(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM classification_work").fetchone()
    assert row is not None
    return int(row[0])


def history(url: str) -> list[tuple[str, int, int]]:
    """Classifier, object, and how many answers there are."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT name, object_id, count(*) FROM classification JOIN classifier USING (classifier_id) "
            "GROUP BY name, object_id ORDER BY name, object_id"
        ).fetchall()


def work(url: str) -> list[tuple[str, int, int]]:
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT classifier, object_id, count(*) FROM classification_work GROUP BY 1, 2 ORDER BY 1, 2"
        ).fetchall()


def store_night(url: str, archive: Path, night: Path, *, batch_alerts: int = 100) -> None:
    with connect(url, role="test") as connection:
        store = AlertStore(connection, PacketArchive(str(archive)))
        ingest_files(read_files(find_files([night])), store, batch_alerts=batch_alerts)


def test_killed_workers_lose_nothing_and_double_nothing(
    any_database_url: str, tmp_path: Path, sample_night: Path
) -> None:
    make_rules_known(any_database_url)
    store_night(any_database_url, tmp_path, sample_night)
    queued = work(any_database_url)
    assert len(queued) > 100
    generator = random.Random(5)
    with workers(any_database_url, tmp_path, WORKERS) as running:
        kills = 0
        deadline = time.monotonic() + SECONDS
        while waiting(any_database_url) and time.monotonic() < deadline:
            if kills < KILLS and len(history(any_database_url)) > kills * len(queued) // (KILLS + 2):
                time.sleep(generator.uniform(0, 0.05))
                victim = running[generator.randrange(WORKERS)]
                victim.send_signal(signal.SIGKILL)
                victim.communicate()
                running[running.index(victim)] = start_worker(any_database_url, tmp_path, once=False)
                kills += 1
            time.sleep(0.01)
    assert kills > 0
    assert history(any_database_url) == queued
    with psycopg.connect(any_database_url) as connection:
        latest = connection.execute("SELECT count(*) FROM latest_classification").fetchone()
        counted = connection.execute("SELECT sum(classified) FROM night").fetchone()
    assert latest == (len(queued),)
    assert counted == (len(queued),)


def test_alerts_that_come_in_while_workers_are_killed_are_answered_for(
    any_database_url: str, tmp_path: Path, sample_night: Path
) -> None:
    make_rules_known(any_database_url)
    with workers(any_database_url, tmp_path, 1) as running:
        store_night(any_database_url, tmp_path, sample_night, batch_alerts=20)
        running[0].kill()
        running[0].communicate()
    deadline = time.monotonic() + SECONDS
    while waiting(any_database_url) and time.monotonic() < deadline:
        drain(any_database_url, tmp_path)
        time.sleep(0.2)
    assert waiting(any_database_url) == 0
    with psycopg.connect(any_database_url) as connection:
        first_alerts = connection.execute(
            "SELECT DISTINCT ON (object_id) object_id, candid FROM alert WHERE stamp_spans IS NOT NULL "
            "ORDER BY object_id, mjd, candid"
        ).fetchall()
        answered = connection.execute(
            "SELECT object_id, candid FROM latest_classification WHERE classifier = 'size' ORDER BY object_id"
        ).fetchall()
        grown = connection.execute(
            "SELECT object_id FROM band_statistics WHERE detection_count >= 6 GROUP BY object_id ORDER BY object_id"
        ).fetchall()
        trends = connection.execute(
            "SELECT object_id FROM latest_classification WHERE classifier = 'trend' ORDER BY object_id"
        ).fetchall()
    assert answered == first_alerts
    assert trends == grown


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_worker_that_is_asked_to_end_ends_in_order(
    any_database_url: str, tmp_path: Path, number: signal.Signals
) -> None:
    make_rules_known(any_database_url)
    process = start_worker(any_database_url, tmp_path, once=False)
    try:
        with psycopg.connect(any_database_url, autocommit=True) as connection:
            deadline = time.monotonic() + SECONDS
            while not connection.execute(
                "SELECT FROM pg_stat_activity WHERE datname = current_database() "
                "AND query LIKE '%classification_work%' AND pid <> pg_backend_pid()"
            ).fetchall():
                assert time.monotonic() < deadline
                time.sleep(0.05)
        process.send_signal(number)
        out, err = process.communicate(timeout=30)
        assert (process.returncode, out) == (0, '{"answered": 0, "failed": 0, "dropped": 0, "deferred": 0}\n'), err
    finally:
        with suppress(ProcessLookupError):
            process.kill()
