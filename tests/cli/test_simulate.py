"""`arrayan simulate`: a night that can be taken in, the same for the same seed."""

import json
from pathlib import Path

from tests.support.command import Command


def test_a_night_is_written_with_its_truth_and_can_be_taken_in(arrayan: Command, tmp_path: Path) -> None:
    ran = arrayan("simulate", "--alerts", "12", "--seed", "3", "-o", "night.tar.gz")
    assert ran.code == 0, ran.err
    first, second = ran.out.splitlines()
    assert first.startswith("night.tar.gz: 12 alerts of ")
    assert " objects in the night of 2026-11-06 (" in first
    assert second == "night.truth.csv: what is behind each."
    assert len((tmp_path / "night.truth.csv").read_text().splitlines()) == 13
    told = json.loads(arrayan("ingest", "--json", "night.tar.gz").last_line)
    assert told == {"read": 12, "stored": 12, "duplicates": 0, "dead_letters": 0}


def test_the_same_seed_gives_the_same_bytes_and_another_others(arrayan_alone: Command, tmp_path: Path) -> None:
    for name, seed in (("a", "3"), ("b", "3"), ("c", "4")):
        assert arrayan_alone("simulate", "--alerts", "4", "--seed", seed, "-o", f"{name}.tar.gz").code == 0
    first, again, other = (tmp_path.joinpath(f"{name}.tar.gz").read_bytes() for name in "abc")
    assert first == again != other


def test_mistakes_are_plain(arrayan_alone: Command, tmp_path: Path) -> None:
    assert arrayan_alone("simulate", "--alerts", "0").code == 2
    assert arrayan_alone("simulate", "--seed", "-1").code == 2
    (tmp_path / "file").touch()
    ran = arrayan_alone("simulate", "--alerts", "1", "-o", tmp_path / "file" / "night.tar.gz")
    assert ran.code in (1, 2)
    assert "Error: " in ran.err
