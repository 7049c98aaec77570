"""Stages of ingest: what is within another is not counted twice, and no time is lost."""

import threading
import time

import pytest

from runtime.metrics import INGEST, Laps, stage
from tests.support.metrics import Growth, series

SECONDS, COUNT = "arrayan_ingest_stage_seconds_sum", "arrayan_ingest_stage_seconds_count"


def spend(seconds: float) -> None:
    until = time.perf_counter() + seconds
    while time.perf_counter() < until:
        pass


def test_stages_of_a_thread_add_up_to_its_time() -> None:
    grown = Growth(INGEST)
    began = time.perf_counter()
    with stage("database"):
        spend(0.002)
        with stage("archive"):
            spend(0.01)
        with stage("archive"):
            spend(0.01)
    whole = time.perf_counter() - began
    database, archive = (grown[series(SECONDS, stage=name)] for name in ("database", "archive"))
    assert archive >= 0.02
    assert database >= 0.002
    assert database + archive <= whole
    assert (grown[series(COUNT, stage="database")], grown[series(COUNT, stage="archive")]) == (1, 2)


def test_stages_of_other_threads_are_their_own() -> None:
    grown = Growth(INGEST)
    with stage("database"):
        thread = threading.Thread(target=stage("decode")(spend), args=(0.01,))
        thread.start()
        thread.join()
    assert grown[series(SECONDS, stage="database")] >= 0.01
    assert grown[series(SECONDS, stage="decode")] >= 0.01


def test_a_stage_that_fails_is_timed_and_the_next_ones_are_right() -> None:
    grown = Growth(INGEST)
    with pytest.raises(ValueError), stage("database"), stage("archive"):
        raise ValueError
    assert grown[series(COUNT, stage="archive")] == 1
    assert 0 <= grown[series(SECONDS, stage="database")] < 0.01


def test_laps_are_told_once_for_many() -> None:
    grown = Growth(INGEST)
    laps = Laps()
    for _ in range(5):
        spend(0.001)
        laps.end_of("read")
        spend(0.002)
        laps.end_of("decode")
    assert grown.grown(COUNT) == {}
    laps.tell()
    laps.tell()
    assert grown.grown(COUNT) == {("read",): 1, ("decode",): 1}
    assert grown[series(SECONDS, stage="read")] >= 0.005
    assert grown[series(SECONDS, stage="decode")] >= 0.01
