"""The files of a night: counts, truth beside the packets, the same bytes from the same seed."""

import re
from collections import Counter
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from simulate.classes import EARLY_CLASS, OBJECT_SHARES, SUBCLASSES, subclass_of_slots
from simulate.light_curves.registry import FAMILIES
from simulate.night import calendar_date, simulate_alerts, truth_path_of, write_night
from simulate.truth import COLUMNS
from tests.simulate.conftest import ALERTS, Night, read_night, read_truth

SAMPLE = Path(__file__).parent.parent / "data" / "sample_night.tar.gz"
SAMPLE_ALERTS, SAMPLE_SEED = 40, 2026


def test_writes_as_many_alerts_as_asked_for(night: Night) -> None:
    assert len(night.records) == night.summary.alerts == ALERTS
    assert night.summary.objects == len({record["objectId"] for record in night.records})
    assert sum(night.summary.alerts_by_class.values()) == sum(night.summary.alerts_by_subclass.values()) == ALERTS
    assert night.summary.file_bytes == night.summary.output.stat().st_size
    assert night.summary.date == "2026-11-06"


def test_members_are_in_order_of_candid_and_unique(night: Night) -> None:
    candids = [record["candid"] for record in night.records]
    assert candids == sorted(set(candids))


def test_truth_joins_one_to_one(night: Night) -> None:
    rows = read_truth(night.summary.truth)
    assert tuple(rows[0]) == COLUMNS
    assert [(row["objectId"], int(row["candid"])) for row in rows] == [
        (record["objectId"], record["candid"]) for record in night.records
    ]
    assert all(row["class"] == EARLY_CLASS[row["subclass"]] for row in rows)


def test_truth_is_not_in_the_packets(night: Night) -> None:
    for record, row in night.pairs():
        texts = [
            value for part in (record, record["candidate"]) for value in part.values() if isinstance(value, str)
        ]
        assert not any(row["subclass"] in text or row["kind"] in text for text in texts)


def test_every_class_occurs_even_in_a_short_night(night: Night) -> None:
    assert set(night.summary.alerts_by_subclass) == set(SUBCLASSES)
    assert set(FAMILIES) == set(SUBCLASSES) == set(OBJECT_SHARES)


def test_slots_follow_the_shares() -> None:
    assert sum(OBJECT_SHARES.values()) == pytest.approx(1.0)
    counts = Counter(islice(subclass_of_slots(), 4000))
    for subclass, share in OBJECT_SHARES.items():
        assert counts[subclass] == pytest.approx(4000 * share, abs=6)


def test_object_names_cannot_be_taken_for_real_ones(night: Night) -> None:
    assert all(re.fullmatch(r"ZTF00[a-z]{7}", record["objectId"]) for record in night.records)
    assert {record["publisher"] for record in night.records} == {"Arrayán simulator"}


def test_objects_alert_up_to_a_few_times_in_the_night(night: Night) -> None:
    times = Counter(record["objectId"] for record in night.records)
    assert 1.1 < np.mean(list(times.values())) < 1.8
    assert max(times.values()) <= 4


def test_bytes_do_not_depend_on_the_number_of_processes(tmp_path: Path) -> None:
    written = [
        write_night(tmp_path / f"night{processes}.tar.gz", alerts=50, seed=3, processes=processes)
        for processes in (1, 2)
    ]
    assert written[0].output.read_bytes() == written[1].output.read_bytes()
    assert written[0].truth.read_bytes() == written[1].truth.read_bytes()


def test_another_seed_gives_other_objects() -> None:
    one, two = (
        {alert.truth.objectId for alert in simulate_alerts(10, seed, shares={"QSO": 1.0})} for seed in (1, 2)
    )
    assert not one & two


def test_reports_progress(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    write_night(
        tmp_path / "n.tar.gz", alerts=3, processes=1, on_progress=lambda done, total: seen.append((done, total))
    )
    assert seen == [(1, 3), (2, 3), (3, 3)]


def test_refuses_an_empty_night(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one"):
        write_night(tmp_path / "n.tar.gz", alerts=0)


@pytest.mark.parametrize(
    ("name", "truth"),
    [("night.tar.gz", "night.truth.csv"), ("a.b.tgz", "a.b.truth.csv"), ("plain", "plain.truth.csv")],
)
def test_truth_lies_beside_the_packets(name: str, truth: str) -> None:
    assert truth_path_of(Path("folder") / name) == Path("folder") / truth


def test_calendar_date() -> None:
    assert calendar_date(51544) == "2000-01-01"


def test_sample_in_the_repository_is_what_the_simulator_makes(tmp_path: Path) -> None:
    """Texts and whole numbers exactly; floats to the last digits that processors may differ in."""
    again = write_night(tmp_path / "sample_night.tar.gz", alerts=SAMPLE_ALERTS, seed=SAMPLE_SEED, processes=1)
    stored, made = read_night(SAMPLE), read_night(again.output)
    assert [record["candid"] for record in stored] == [record["candid"] for record in made]
    for one, other in zip(stored, made, strict=True):
        assert _same(_without_pixels(one), _without_pixels(other))
    for one_row, other_row in zip(read_truth(truth_path_of(SAMPLE)), read_truth(again.truth), strict=True):
        assert one_row["objectId"] == other_row["objectId"]
        assert one_row["subclass"] == other_row["subclass"]


def _without_pixels(record: dict[str, object]) -> dict[str, object]:
    return {name: value for name, value in record.items() if not name.startswith("cutout")}


def _same(one: object, other: object) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(_same(a, b) for a, b in zip(one, other, strict=True))
    if isinstance(one, float) and isinstance(other, float):
        return bool(np.isclose(one, other, rtol=1e-5, atol=1e-6))
    return one == other
