"""`arrayan status`: which database, how much is in it, what came last."""

import json

from tests.support.command import SAMPLE_NIGHT, Command


def test_an_empty_database_has_nothing(arrayan: Command) -> None:
    ran = arrayan("status", "--json")
    assert ran.code == 0
    told = json.loads(ran.last_line)
    assert told.pop("server").startswith("PostgreSQL ")
    assert set(told.values()) == {0}


def test_what_was_taken_in_is_counted(arrayan: Command) -> None:
    ingested = json.loads(arrayan("ingest", "--json", SAMPLE_NIGHT).last_line)
    told = json.loads(arrayan("status", "--json").last_line)
    assert told["alerts"] == ingested["stored"]
    assert 0 < told["objects"] <= told["alerts"] <= told["detections"]
    assert told["unresolved_dead_letters"] == 0
    assert min(told["non_detections"], told["forced_photometry"]) > 0


def test_in_words_it_names_the_server_the_archive_and_the_runs(arrayan: Command) -> None:
    arrayan("ingest", SAMPLE_NIGHT)
    ran = arrayan("status")
    assert ran.code == 0
    lines = ran.out.splitlines()
    assert lines[0].startswith("Database         PostgreSQL ")
    assert lines[1].startswith("Packet archive   ")
    assert lines[-1].endswith(f"{SAMPLE_NIGHT}: 40 read, 40 stored, 0 duplicates, 0 dead letters (finished)")
