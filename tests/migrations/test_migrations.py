"""Migrations make the tables of the model from nothing, on servers with TimescaleDB and without."""

import subprocess
import sys
import threading
from pathlib import Path

import psycopg
from alembic.script import ScriptDirectory

from domain.classification import ClassifierKind
from storage.alert_store import AlertStore
from storage.classifiers import NewClassifier, register
from storage.database import connect, require_current_tables
from storage.migrate import check, downgrade, migrate, newest_revision
from storage.packet_archive import PacketArchive
from storage.tables import metadata
from tests.support import lsst_packets, ztf_packets
from tests.support.databases import REPOSITORY, Backend
from tests.support.rule_classifiers import SIZE

HYPERTABLES = {"detection", "non_detection", "forced_photometry", "classification"}


def tables(url: str) -> set[str]:
    with psycopg.connect(url, autocommit=True) as connection:
        return {
            name
            for (name,) in connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
        }


def hypertable_chunks(url: str) -> dict[str, int]:
    """Days of a chunk, by hypertable."""
    with psycopg.connect(url, autocommit=True) as connection:
        rows = connection.execute(
            "SELECT hypertable_name, extract(day FROM time_interval) FROM timescaledb_information.dimensions"
        ).fetchall()
    return {name: int(days) for name, days in rows}


def test_there_is_one_newest_revision() -> None:
    script = ScriptDirectory(str(REPOSITORY / "migrations"))
    assert script.get_heads() == [newest_revision()]
    assert script.get_bases() == ["0001"]


def test_tables_from_nothing_are_those_of_the_model(empty_database_url: str) -> None:
    migrate(empty_database_url)
    assert tables(empty_database_url) == {*metadata.tables, "alembic_version"}
    check(empty_database_url)
    with connect(empty_database_url, role="test") as connection:
        require_current_tables(connection)


def test_histories_are_hypertables_where_the_server_has_them(empty_database_url: str, backend: Backend) -> None:
    migrate(empty_database_url)
    if backend.name == "timescaledb":
        assert hypertable_chunks(empty_database_url) == dict.fromkeys(HYPERTABLES, 365)
    else:
        with psycopg.connect(empty_database_url) as connection:
            row = connection.execute("SELECT count(*) FROM pg_extension WHERE extname = 'timescaledb'").fetchone()
            assert row == (0,)


def test_down_to_nothing_and_up_again(empty_database_url: str) -> None:
    migrate(empty_database_url)
    downgrade(empty_database_url, "base")
    assert tables(empty_database_url) == {"alembic_version"}
    migrate(empty_database_url)
    check(empty_database_url)


def test_what_was_kept_as_failures_without_being_any_is_put_right(any_database_url: str, tmp_path: Path) -> None:
    few = "5 usable detections in g and 0 in r; 6 in one of them are needed"
    with connect(any_database_url, role="test") as connection:
        register(connection, NewClassifier("early", "1", "", ClassifierKind.STAMPS, SIZE))
        alerts = [lsst_packets.received(lsst_packets.packet()), ztf_packets.received(ztf_packets.packet())]
        AlertStore(connection, PacketArchive(str(tmp_path))).store(alerts)
    downgrade(any_database_url, "0010")
    with psycopg.connect(any_database_url, autocommit=True) as connection:
        for number, reason in enumerate((few, "its archived packet cannot be read")):
            connection.execute(
                "INSERT INTO classification_work (classifier, object_id, candid, mjd, failed_at, reason) "
                "VALUES ('late', %s, 1, 60000, now(), %s)",
                (number, reason),
            )
    migrate(any_database_url)
    with psycopg.connect(any_database_url) as connection:
        deferred = connection.execute(
            "SELECT reason FROM classification_work WHERE deferred_at IS NOT NULL"
        ).fetchall()
        early = connection.execute(
            "SELECT survey FROM classification_work JOIN object USING (object_id) WHERE classifier = 'early'"
        ).fetchall()
        surveys = connection.execute("SELECT surveys FROM classifier").fetchall()
    assert (deferred, early, surveys) == ([(few,)], [("ZTF",)], [(["ZTF"],)])
    downgrade(any_database_url, "0010")
    with psycopg.connect(any_database_url) as connection:
        row = connection.execute("SELECT count(*) FROM classification_work WHERE failed_at IS NOT NULL").fetchone()
    assert row == (2,)


def test_migrating_again_changes_nothing(empty_database_url: str) -> None:
    migrate(empty_database_url)
    with psycopg.connect(empty_database_url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO ingest_run (source, fingerprint) VALUES ('kept', 'kept')",
        )
        migrate(empty_database_url)
        assert connection.execute("SELECT source FROM ingest_run").fetchall() == [("kept",)]


def test_threads_that_migrate_at_once_take_turns(empty_database_url: str) -> None:
    failures: list[BaseException] = []

    def run() -> None:
        try:
            migrate(empty_database_url)
        except BaseException as error:  # a thread's own exception would be lost
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    check(empty_database_url)


def test_processes_that_migrate_at_once_take_turns(empty_database_url: str) -> None:
    command = [sys.executable, "-c", "import sys, storage.migrate; storage.migrate.migrate(sys.argv[1])"]
    running = [
        subprocess.Popen([*command, empty_database_url], cwd=REPOSITORY, stderr=subprocess.PIPE) for _ in range(3)
    ]
    said = [process.communicate(timeout=60)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], said
    check(empty_database_url)
