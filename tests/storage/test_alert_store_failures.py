"""What goes wrong while storing costs no alert, and never stops the others."""

import dataclasses
import random
import resource
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from domain.dead_letter import DeadLetter, Origin, Reason
from domain.packet import ReceivedAlert
from ingest.decoding import decode
from ingest.sources.files import read_files
from ingest.worker import IngestReport, ingest_files
from storage.alert_store import StoreResult
from storage.dead_letters import list_dead_letters, payload_of
from storage.packet_archive import ArchiveUnavailable
from tests.support.databases import REPOSITORY
from tests.support.digest import digest, empty
from tests.support.storing import alert_store, small_sky, small_sky_received
from tests.support.ztf_packets import container, packet, received, schema_with, upper_limit


@pytest.fixture
def url(module_database_url: str) -> str:
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        empty(connection)
    return module_database_url


def table_counts(url: str) -> dict[str, int]:
    with psycopg.connect(url, autocommit=True) as connection:
        return {table: count for table, (count, _) in digest(connection).items()}


def refused(name: str) -> ReceivedAlert:
    """An alert with a number that no column holds; the packet itself is sound."""
    sound = received(packet(name, prv_candidates=[upper_limit()]))
    (limit,) = sound.alert.non_detections
    return sound._replace(
        alert=dataclasses.replace(sound.alert, non_detections=(limit._replace(measurement_id=2**63),))
    )


@pytest.mark.parametrize("position", [0, 7, 25])
def test_one_value_that_the_database_refuses_is_one_dead_letter(url: str, tmp_path: Path, position: int) -> None:
    bad = refused("ZTF22badbadb")
    alerts = small_sky_received()
    alerts.insert(position, bad)
    with alert_store(url, tmp_path) as store:
        assert store.store(alerts) == StoreResult(stored=24, duplicates=2, dead_letters=1)
    with psycopg.connect(url, autocommit=True) as connection:
        (letter,) = list_dead_letters(connection, limit=10)
        payload = payload_of(connection, letter.id)
        assert connection.execute("SELECT count(*) FROM object WHERE name = 'ZTF22badbadb'").fetchone() == (0,)
    assert letter.reason == Reason.REFUSED_BY_DATABASE
    assert f"ZTF22badbadb, candid {bad.alert.candid}" in letter.message
    assert payload is not None
    (again,) = decode("again", payload)
    assert not isinstance(again, DeadLetter)
    assert again.packet == bad.packet


def test_a_measurement_without_an_identifier_is_one_dead_letter(url: str, tmp_path: Path) -> None:
    schema = schema_with("prv_candidate", pid=["null", "long"])
    limit = upper_limit() | {"pid": None}
    with alert_store(url, tmp_path) as store:
        bad = received(packet("ZTF22badbadb", prv_candidates=[limit]), schema)
        assert store.store([*small_sky_received(), bad]) == StoreResult(24, 2, 1)


def test_a_batch_of_refused_alerts_is_as_many_dead_letters(url: str, tmp_path: Path) -> None:
    bad = [refused(f"ZTF22badbad{letter}") for letter in "abcde"]
    known = DeadLetter(Origin("elsewhere"), Reason.NOT_AVRO, "no", b"no")
    with alert_store(url, tmp_path) as store:
        assert store.store(bad, [known]) == StoreResult(0, 0, 6)
    assert {table: count for table, count in table_counts(url).items() if count} == {"dead_letter": 6}


def test_an_archive_that_is_a_file_stores_nothing(url: str, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    archive.write_bytes(b"")
    assert_nothing_is_stored(url, archive)


def test_a_full_disk_stores_nothing(url: str, tmp_path: Path) -> None:
    with file_size_limit(50_000):
        assert_nothing_is_stored(url, tmp_path)


def assert_nothing_is_stored(url: str, archive: Path) -> None:
    letter = DeadLetter(Origin("elsewhere"), Reason.NOT_AVRO, "no", b"no")
    with alert_store(url, archive) as store, pytest.raises(ArchiveUnavailable, match="packet archive"):
        store.store(small_sky_received(), [letter])
    assert set(table_counts(url).values()) == {0}


@contextmanager
def file_size_limit(size: int) -> Iterator[None]:
    """Writing more than this to a file fails as on a full disk (Python ignores SIGXFSZ)."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_store_goes_on_after_its_archive_came_back(url: str, tmp_path: Path) -> None:
    with alert_store(url, tmp_path) as store:
        with file_size_limit(50_000), pytest.raises(ArchiveUnavailable):
            store.store(small_sky_received())
        assert store.store(small_sky_received()) == StoreResult(24, 2, 0)


def test_a_lost_connection_stops_the_worker_loudly(url: str, tmp_path: Path) -> None:
    with alert_store(url, tmp_path) as store, psycopg.connect(url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND application_name = 'arrayan test'"
        )
        with pytest.raises(psycopg.OperationalError):
            store.store(small_sky_received())
    assert table_counts(url)["alert"] == 0


def test_writers_of_the_same_objects_at_once_agree_with_one_alone(url: str, tmp_path: Path) -> None:
    with alert_store(url, tmp_path) as store, psycopg.connect(url, autocommit=True) as connection:
        store.store(small_sky_received(), same_letters())
        alone = digest(connection)
        for seed in range(4):
            empty(connection)
            results = store_at_once(url, tmp_path, seed)
            assert digest(connection) == alone
            assert sum(result.stored for result in results) == 24
            seen = connection.execute("SELECT array_agg(times_seen) FROM dead_letter").fetchone()
            assert seen == ([15] * 5,)


def same_letters() -> list[DeadLetter]:
    return [DeadLetter(Origin("elsewhere"), Reason.NOT_AVRO, "no", bytes([n])) for n in range(5)]


def store_at_once(url: str, archive: Path, seed: int) -> list[StoreResult]:
    """Three writers, each with all alerts and dead letters in an order and batches of its own."""
    results: list[StoreResult] = []
    failures: list[BaseException] = []
    start = threading.Barrier(3)

    def write(number: int) -> None:
        order = random.Random(f"{seed} {number}")
        alerts, letters = small_sky_received(), same_letters()
        order.shuffle(alerts)
        try:
            with alert_store(url, archive) as store:
                start.wait()
                for first in range(0, len(alerts), 6):
                    order.shuffle(letters)
                    results.append(store.store(alerts[first : first + 6], letters))
        except BaseException as error:  # a thread's own exception would be lost
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    return results


def test_a_writer_killed_before_its_commit_loses_nothing(url: str, tmp_path: Path) -> None:
    night = tmp_path / "night.avro"
    night.write_bytes(container(*small_sky()))
    archive = tmp_path / "archive"
    killed = subprocess.run(
        [sys.executable, "-m", "tests.support.killed_writer", url, str(archive), str(night)],
        cwd=REPOSITORY,
        check=False,
        capture_output=True,
        timeout=60,
    )
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    assert len(list(archive.rglob("*.avro"))) == 1
    wait_until_gone(url)
    assert set(table_counts(url).values()) == {0}
    with alert_store(url, archive) as store, psycopg.connect(url, autocommit=True) as connection:
        assert ingest_files(read_files([night]), store) == IngestReport(26, 24, 2, 0)
        after_kill = digest(connection)
        empty(connection)
        store.store(small_sky_received())
        assert digest(connection) == after_kill


def wait_until_gone(url: str) -> None:
    """The server notices a killed client when it next writes to it."""
    with psycopg.connect(url, autocommit=True) as connection:
        for _ in range(200):
            row = connection.execute(
                "SELECT pg_sleep(0.02), count(*) FROM pg_stat_activity "
                "WHERE datname = current_database() AND application_name = 'arrayan test'"
            ).fetchone()
            if row is not None and row[1] == 0:
                return
    raise AssertionError("the killed writer still has a connection")
