"""`arrayan classify`: run the classifiers, see what waits and what failed, queue more."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from classify import registry
from cli.classify_worker import worker_beside
from runtime.settings import Settings
from tests.support.classifying import load_rules
from tests.support.command import SAMPLE_NIGHT, Command
from tests.support.databases import REPOSITORY

BESIDE = """
import sys, time
from pathlib import Path
from cli.classify_worker import worker_beside
from runtime.settings import Settings
from tests.support.classifying import load_rules

if __name__ == "__main__":
    with worker_beside(Settings(data_dir=Path(sys.argv[2])), sys.argv[1], load_rules):
        time.sleep(60)
"""


@pytest.fixture(autouse=True)
def _rules(monkeypatch: pytest.MonkeyPatch) -> None:
    """The rules are the classifiers that there are."""
    for name in list(registry.CLASSIFIERS):
        monkeypatch.delitem(registry.CLASSIFIERS, name)
    for name, maker in (("size", "SizeClassifier"), ("trend", "TrendClassifier")):
        monkeypatch.setitem(registry.CLASSIFIERS, name, f"tests.support.rule_classifiers:{maker}")


def answers(url: str) -> int:
    with psycopg.connect(url) as connection:
        row = connection.execute("SELECT count(*) FROM classification").fetchone()
    assert row is not None
    return int(row[0])


def wait_for_answers(url: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while answers(url) == 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_what_was_there_before_and_what_comes_is_classified(arrayan: Command, any_database_url: str) -> None:
    arrayan("ingest", SAMPLE_NIGHT)
    first = arrayan("classify", "run", "--once", "--json")
    assert first.code == 0, first.err
    done = json.loads(first.last_line)
    assert (done["failed"], done["dropped"]) == (0, 0)
    assert answers(any_database_url) == done["answered"] > 0
    assert json.loads(arrayan("classify", "run", "--once", "--json").last_line)["answered"] == 0


def test_what_waits_is_told(arrayan: Command) -> None:
    assert arrayan("classify", "status").out == "Nothing waits.\n"
    assert arrayan("classify", "run", "--once").out == "0 answers stored, 0 objects could not be classified.\n"
    arrayan("ingest", SAMPLE_NIGHT)
    told = {one["classifier"]: one for one in json.loads(arrayan("classify", "status", "--json").last_line)}
    assert told.keys() == {"size", "trend"}
    assert told["size"]["waiting"] >= told["trend"]["waiting"] > 0
    assert (
        "wait (0 in work), 0 failed, 0 need more detections, the oldest since" in arrayan("classify", "status").out
    )


def test_one_classifier_may_run_alone(arrayan: Command) -> None:
    arrayan("ingest", SAMPLE_NIGHT)
    assert arrayan("classify", "run", "--once", "--classifier", "size").code == 0
    assert arrayan("classify", "status").out == "Nothing waits.\n"


def test_an_unknown_classifier_is_refused_in_a_line(arrayan: Command) -> None:
    for arguments in (["run", "--classifier", "nobody"], ["queue", "nobody"]):
        ran = arrayan("classify", *arguments)
        assert (ran.code, ran.err) == (1, "Error: no classifier is named 'nobody'; there are: size, trend\n")


def test_a_classifier_that_is_not_registered_is_refused_in_a_line(arrayan: Command) -> None:
    arrayan("classify", "queue", "size")
    refusal = "Error: no classifier named 'siez' is registered here; there are: size\n"
    for arguments in (["retry", "siez"], ["retire", "siez"], ["failures", "--classifier", "siez"]):
        ran = arrayan("classify", *arguments)
        assert (ran.code, ran.err) == (1, refusal)


def test_everything_can_be_queued_again(arrayan: Command) -> None:
    arrayan("ingest", SAMPLE_NIGHT)
    done = json.loads(arrayan("classify", "run", "--once", "--json", "--classifier", "size").last_line)
    assert arrayan("classify", "queue", "size").out == "0 objects queued for size 1.0.\n"
    again = arrayan("classify", "queue", "size", "--all").out
    assert again == f"{done['answered']} objects queued for size 1.0.\n"


def test_failures_are_listed_and_tried_again(arrayan: Command, any_database_url: str) -> None:
    arrayan("ingest", SAMPLE_NIGHT)
    assert arrayan("classify", "failures").out == "No failures.\n"
    arrayan("classify", "queue", "trend")
    with psycopg.connect(any_database_url) as connection:
        connection.execute("UPDATE detection SET magnitude = NULL")
    done = json.loads(arrayan("classify", "run", "--once", "--json", "--classifier", "trend").last_line)
    assert (done["answered"], done["failed"] > 0) == (0, True)
    lines = arrayan("classify", "failures").out.splitlines()
    assert len(lines) == done["failed"]
    assert lines[0].startswith("trend        ZTF")
    assert lines[0].endswith("0 magnitudes are too few")
    (first, *_) = json.loads(arrayan("classify", "failures", "--json").out)
    assert (first["classifier"], first["reason"]) == ("trend", "0 magnitudes are too few")
    assert first["object_name"] in lines[0]
    assert arrayan("classify", "retry", "trend").out == f"{done['failed']} objects will be tried again.\n"


def test_what_needs_more_detections_is_told_apart_and_of_an_object_all_is_said(
    arrayan: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(registry.CLASSIFIERS, "trend", "tests.support.rule_classifiers:EndlessTrendClassifier")
    arrayan("ingest", SAMPLE_NIGHT)
    assert arrayan("classify", "deferred").out == "No object waits for more detections.\n"
    said = arrayan("classify", "run", "--once").out.splitlines()
    assert said[0].endswith(" answers stored, 0 objects could not be classified.")
    assert said[1].endswith(" objects wait for more detections: `arrayan classify deferred`.")
    assert arrayan("classify", "failures").out == "No failures.\n"
    lines = arrayan("classify", "deferred", "--classifier", "trend", "--limit", "1000").out.splitlines()
    assert (
        arrayan("classify", "status").out
        == f"trend        0 wait (0 in work), 0 failed, {len(lines)} need more detections\n"
    )
    assert lines[0].endswith(" detections; 1000000 are needed")
    name = lines[0].split()[1]
    size, trend = arrayan("classify", "why", name).out.splitlines()
    assert size.startswith("size         1.0 answered on ")
    assert trend.startswith("trend        needs more detections since ")
    unknown = arrayan("classify", "why", "ZTF99nothing")
    assert (unknown.code, unknown.err) == (1, "Error: no object is named 'ZTF99nothing'\n")


def test_why_says_what_waits_what_failed_and_what_was_never_asked(arrayan: Command, any_database_url: str) -> None:
    arrayan("ingest", SAMPLE_NIGHT)
    with psycopg.connect(any_database_url) as connection:
        few = connection.execute("SELECT name FROM object WHERE detection_count < 6 LIMIT 1").fetchone()
        many = connection.execute(
            "SELECT name FROM object JOIN band_statistics b USING (object_id) WHERE b.detection_count > 6 LIMIT 1"
        ).fetchone()
        assert few is not None
        assert many is not None
        assert arrayan("classify", "why", few[0]).out.startswith("No classifier is registered here")
        connection.execute("UPDATE detection SET magnitude = NULL")
        connection.commit()
        arrayan("classify", "queue", "trend")
        assert arrayan("classify", "why", many[0]).out.startswith("trend        waits, queued on ")
        never = "never asked: no band has 6 detections, or it has not grown since the classifier was registered"
        assert arrayan("classify", "why", few[0]).out == f"trend        {never}\n"
        arrayan("classify", "run", "--once", "--classifier", "trend")
        failed = arrayan("classify", "why", many[0]).out
        assert failed.startswith("trend        failed on ")
        assert failed.endswith(": 0 magnitudes are too few\n")


def test_a_retired_classifier_has_nothing_waiting(arrayan: Command) -> None:
    arrayan("ingest", SAMPLE_NIGHT)
    arrayan("classify", "queue", "size")
    assert arrayan("classify", "retire", "size").out.startswith("size gets no more work; ")
    assert arrayan("classify", "status").out == "Nothing waits.\n"


def test_a_release_without_classifiers_says_so(arrayan: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "CLASSIFIERS", {})
    ran = arrayan("classify", "run")
    assert (ran.code, ran.err) == (1, "Error: there is no classifier in this release\n")


def test_a_worker_beside_classifies_and_ends_with_this_process(
    arrayan: Command, any_database_url: str, tmp_path: Path
) -> None:
    arrayan("ingest", SAMPLE_NIGHT)
    with worker_beside(Settings(data_dir=tmp_path / "data"), any_database_url, load_rules):
        wait_for_answers(any_database_url)
    assert connected(any_database_url) == 0


def test_a_worker_beside_ends_when_this_process_is_killed(
    arrayan: Command, any_database_url: str, tmp_path: Path
) -> None:
    arrayan("ingest", SAMPLE_NIGHT)
    script = tmp_path / "beside.py"
    script.write_text(BESIDE)
    process = subprocess.Popen(
        [sys.executable, script, any_database_url, tmp_path / "data"],
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    try:
        wait_for_answers(any_database_url)
        assert connected(any_database_url) == 1
        process.send_signal(signal.SIGKILL)
        process.wait(30)
        deadline = time.monotonic() + 30
        while connected(any_database_url):
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        process.kill()


def connected(url: str) -> int:
    """How many workers there are."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND application_name = 'arrayan classify'"
        ).fetchone()
    assert row is not None
    return int(row[0])
