"""`arrayan maintain`: says what there is to do, does it, and the second time has nothing to do."""

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from storage.maintenance_lock import LOCK_KEY
from tests.support.command import SAMPLE_NIGHT, Command
from tests.support.databases import Backend


@pytest.fixture
def arrayan(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Over a night in files of ten alerts each, two days old."""
    monkeypatch.chdir(tmp_path)
    command = Command({"ARRAYAN_DATABASE_URL": database_url, "ARRAYAN_DATA_DIR": str(tmp_path / "data")})
    assert command("ingest", SAMPLE_NIGHT, ARRAYAN_BATCH_ALERTS="10").code == 0
    then = time.time() - 2 * 86400
    for file in (tmp_path / "data" / "packets").rglob("*.avro"):
        os.utime(file, (then, then))
    return command


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    with psycopg.connect(database_url, autocommit=True) as opened:
        yield opened


def told(command: Command, *arguments: object) -> Any:
    ran = command("maintain", *arguments, "--json")
    assert ran.code == 0, ran.err
    return json.loads(ran.out)


def make_old(connection: psycopg.Connection, years: int) -> None:
    """Let the night have been some years ago; a row changes its chunk only by being written anew."""
    for table in ("detection", "non_detection", "forced_photometry"):
        connection.execute(f"CREATE TEMPORARY TABLE moved AS SELECT * FROM {table}".encode())
        connection.execute(f"TRUNCATE {table}".encode())
        shift = f"mjd = mjd - {365 * years}, ts = ts - interval '{365 * years} days'"
        connection.execute(f"UPDATE moved SET {shift}".encode())
        connection.execute(f"INSERT INTO {table} SELECT * FROM moved".encode())
        connection.execute("DROP TABLE moved")


def count(connection: psycopg.Connection, table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def test_status_says_how_large_everything_is_and_what_to_do(arrayan: Command, backend: Backend) -> None:
    status = told(arrayan, "status")
    assert {table["name"] for table in status["tables"]} >= {"detection", "object", "alert"}
    assert bool(status["chunks"]) is (backend.name == "timescaledb")
    archive = status["archive"]
    assert (archive["files"], archive["small"]["files"], archive["orphans"]["files"]) == (4, 4, 0)
    lines = arrayan("maintain", "status").out.splitlines()
    assert lines[0].startswith("Database ")
    assert lines[-1] == "`arrayan maintain archive` would put 4 files together and remove 0."


def test_retention_says_what_it_would_drop_and_drops_it_once(
    arrayan: Command, connection: psycopg.Connection, backend: Backend
) -> None:
    nothing = arrayan("maintain", "retention", "--older-than", "50y")
    assert nothing.out.startswith("Nothing to do: no ")
    make_old(connection, 10)
    rows = count(connection, "detection")
    plan = told(arrayan, "retention", "--older-than", "3y", "--dry-run")
    assert plan["whole_chunks_only"] is (backend.name == "timescaledb")
    assert {table["table"]: table["rows"] for table in plan["tables"]} == {
        table: count(connection, table) for table in ("detection", "non_detection", "forced_photometry")
    }
    shown = arrayan("maintain", "retention", "--older-than", "3y", "--dry-run").out
    assert shown.splitlines()[-1] == "Nothing is dropped: this was a dry run."
    assert f"{rows:,} rows" in shown
    assert count(connection, "detection") == rows
    objects = count(connection, "object")
    done = arrayan("maintain", "retention", "--older-than", "3y")
    assert done.out.splitlines()[-1] == f"Dropped. Of {objects:,} objects the summaries go on counting them."
    assert (count(connection, "detection"), count(connection, "object")) == (0, objects)
    again = told(arrayan, "retention", "--older-than", "3y")
    assert (again["before"], again["objects"]) == (None, 0)
    counted = connection.execute("SELECT sum(detection_count) FROM object").fetchone()
    assert counted == (rows,)


@pytest.mark.parametrize("age", ["59d", "0d", "2 weeks", "-3y", "", "1e9y", "9" * 400 + "y"])
def test_an_age_that_would_drop_what_comes_again_or_is_none_is_refused(any_database_url: str, age: str) -> None:
    ran = Command({"ARRAYAN_DATABASE_URL": any_database_url})("maintain", "retention", "--older-than", age)
    assert ran.code == 2
    assert "--older-than" in ran.err


def test_retention_has_no_default(any_database_url: str) -> None:
    ran = Command({"ARRAYAN_DATABASE_URL": any_database_url})("maintain", "retention")
    assert ran.code == 2
    assert "--older-than" in ran.err


def test_closed_chunks_are_clustered_once(
    arrayan: Command, connection: psycopg.Connection, backend: Backend
) -> None:
    make_old(connection, 10)
    if backend.name == "embedded":
        assert arrayan("maintain", "cluster").out == (
            "Nothing to do: light curves are plain tables here, without parts that are closed.\n"
        )
        assert told(arrayan, "cluster")["applies"] is False
        return
    would = told(arrayan, "cluster", "--dry-run")["chunks"]
    assert len(would) >= 3
    assert arrayan("maintain", "cluster").out.splitlines()[-1] == f"{len(would)} chunks clustered."
    assert arrayan("maintain", "cluster").out == (
        "Nothing to do: every chunk that has been closed for 60 days is clustered.\n"
    )
    assert [chunk["is_clustered"] for chunk in told(arrayan, "status")["chunks"]] == [True] * len(would)
    assert len(told(arrayan, "cluster", "--again", "--dry-run")["chunks"]) == len(would)


def test_compression_says_in_one_line_where_it_does_not_apply(
    arrayan: Command, connection: psycopg.Connection, backend: Backend
) -> None:
    licence = connection.execute("SELECT current_setting('timescaledb.license', true)").fetchone()
    if licence == ("timescale",):
        pytest.skip("this server can compress")
    reason = {
        "timescaledb": "this TimescaleDB has the apache licence, which has no compression",
        "embedded": "compression is TimescaleDB's, and light curves are plain tables here",
    }[backend.name]
    assert arrayan("maintain", "compress").out == f"Nothing to do: {reason}.\n"
    assert told(arrayan, "compress", "--dry-run") == {"applies": False, "reason": reason}


def test_the_archive_is_put_together_and_cleared(
    arrayan: Command, connection: psycopg.Connection, tmp_path: Path
) -> None:
    dry = told(arrayan, "archive", "--dry-run")
    assert (dry["small"]["files"], dry["removable"]["files"]) == (4, 0)
    assert arrayan("maintain", "archive").out.splitlines() == [
        "0 unused files removed, 0 B.",
        "4 small files became 1, with 40 packets.",
    ]
    assert json.loads(arrayan("maintain", "verify", "--json").out) == {
        "files": 1,
        "alerts": 40,
        "damaged": 0,
        "damages": [],
    }
    connection.execute("UPDATE unused_file SET found_at = found_at - interval '2 days'")
    assert told(arrayan, "archive")["removed"] == 4
    assert len(list((tmp_path / "data" / "packets").rglob("*.avro"))) == 1


def test_orphans_go_only_when_that_is_asked_for(
    arrayan: Command, connection: psycopg.Connection, tmp_path: Path
) -> None:
    connection.execute("DELETE FROM alert WHERE archive_file = (SELECT max(archive_file) FROM alert)")
    for _ in range(2):
        assert "1 orphans left; --remove-orphans lets them go." in arrayan("maintain", "archive").out
        connection.execute("UPDATE unused_file SET found_at = found_at - interval '2 days'")
    assert "1 orphans noted: a later run removes them." in arrayan("maintain", "archive", "--remove-orphans").out
    assert told(arrayan, "archive")["removed"] == 0
    connection.execute("UPDATE unused_file SET found_at = found_at - interval '2 days'")
    assert told(arrayan, "archive")["removed"] == 1


def test_damage_ends_with_an_error_status(arrayan: Command, tmp_path: Path) -> None:
    file = min((tmp_path / "data" / "packets").rglob("*.avro"))
    file.unlink()
    ran = arrayan("maintain", "verify")
    assert ran.code == 1
    assert ran.out.splitlines()[-1] == "40 alerts in 4 files: 10 cannot be read."
    assert "1 files that alerts name are missing" in arrayan("maintain", "archive", "--dry-run").err


@pytest.mark.parametrize("arguments", [("retention", "--older-than", "3y"), ("cluster",), ("archive",)])
def test_only_one_maintenance_works_at_a_time(any_database_url: str, arguments: tuple[str, ...]) -> None:
    command = Command({"ARRAYAN_DATABASE_URL": any_database_url})
    with psycopg.connect(any_database_url, autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (LOCK_KEY,))
        ran = command("maintain", *arguments)
        assert command("maintain", *arguments, "--dry-run").code == 0
    assert (ran.code, ran.out) == (1, "")
    assert ran.err == ("Error: another `arrayan maintain` is at work on this database: wait until it is done\n")


def test_events_are_dropped_when_they_are_older_than_they_are_kept_for(
    arrayan: Command, connection: psycopg.Connection
) -> None:
    assert told(arrayan, "events")["events"] == 0
    stored = count(connection, "event")
    connection.execute("UPDATE event SET ts = ts - interval '8 days'")
    assert told(arrayan, "events", "--older-than", "9d")["events"] == 0
    assert told(arrayan, "events", "--dry-run")["events"] == stored == count(connection, "event")
    assert told(arrayan, "events")["events"] == stored - 1
    assert count(connection, "event") == 1
