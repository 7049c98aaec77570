"""Training and evaluation from end to end, on little."""

import json
import re
from pathlib import Path

import pytest

from classify.taxonomies.late import LATE
from classify.training.simulated import simulate_curves
from tests.support.command import Command
from tests.support.labelled_folder import write_labelled


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Eight objects of each class."""
    path = tmp_path_factory.mktemp("labelled")
    write_labelled(path, [curve for label in LATE.leaves for curve in simulate_curves(label, 8, seed=9)])
    return path


def test_trains_and_evaluates_by_command(folder: Path, tmp_path: Path) -> None:
    arrayan = Command({})
    trained = arrayan(
        *("train", "late", "--data", str(folder), "-o", str(tmp_path / "model")),
        *("--simulated", "8", "--rounds", "3", "--jobs", "1", "--study"),
    )
    assert trained.code == 0, trained.err
    count = re.search(r"version 1\.1, (\d+) light curves to learn from", trained.out)
    assert count is not None
    assert 3 * 8 * len(LATE.leaves) < int(count[1]) <= 7 * 8 * len(LATE.leaves)  # it, up to 5 copies, one simulated
    evaluated = arrayan(
        *(
            "evaluate",
            "late",
            "--data",
            str(folder),
            "--model",
            str(tmp_path / "model"),
            "--simulated",
            "32",
            "--json",
        )
    )
    assert evaluated.code == 0, evaluated.err
    line = json.loads(evaluated.out.splitlines()[-1])
    assert line["tables"].keys() == {"simulated"}
    assert line["tables"]["simulated"]["n"] == 40 * len(LATE.leaves)
    assert line["tables"]["simulated"]["classes"].keys() == set(LATE.leaves)
    assert line["not_evaluated"] == []
    assert line["baselines"].keys() == {"majority", "survey_only"}
    assert line["leave_one_survey_out"]["left_out"] == []  # of one survey alone, none can be left out
    assert "macro F1 as light curves grow" in evaluated.out


def test_a_folder_without_data_is_told_in_one_line(tmp_path: Path) -> None:
    ran = Command({})("evaluate", "late", "--data", str(tmp_path))
    assert ran.code == 1
    assert "no objects.parquet in" in ran.err
