"""Labelled alerts from folders."""

from pathlib import Path

import numpy as np
import pytest

from classify.training.early_examples import (
    UNLABELLED,
    EarlySet,
    NoExamples,
    examples_in,
    is_simulated,
    joined,
    simulated_examples,
)
from classify.training.early_labels import CLASSES
from simulate.night import write_night
from tests.support.ztf_packets import JD, container, packet


def write_labels(folder: Path, **labels: str) -> None:
    rows = [f"{name},{label}" for name, label in labels.items()]
    (folder / "labels.csv").write_text("\n".join(["objectId,label", *rows]) + "\n")


def test_packets_with_a_table_of_labels(tmp_path: Path) -> None:
    write_labels(tmp_path, ZTF20aaaaaaa="SN Ia", ZTF20aaaaaab="SIMBAD:QSO")
    deep = tmp_path / "some" / "where"
    deep.mkdir(parents=True)
    (deep / "a.avro").write_bytes(container(packet("ZTF20aaaaaaa"), packet("ZTF20aaaaaab", JD + 1)))
    (deep / "again.avro").write_bytes(container(packet("ZTF20aaaaaaa")))
    (deep / "b.avro").write_bytes(container(packet("ZTF20aaaaaac", cutoutScience=None, cutoutTemplate=None)))
    (deep / "broken.avro").write_bytes(b"Obj\x01 no more")
    found = EarlySet.of(examples_in([tmp_path]))
    assert found.groups.tolist() == ["ZTF20aaaaaaa", "ZTF20aaaaaab", "ZTF20aaaaaac"]
    assert found.labels.tolist() == [CLASSES.index("SN"), CLASSES.index("AGN"), UNLABELLED]
    assert found.missing.tolist() == [[False] * 3, [False] * 3, [True, True, False]]
    assert found.known_survey.all()
    assert not is_simulated(found).any()


def test_simulated_nights_bring_their_truth(tmp_path: Path) -> None:
    write_night(tmp_path / "night.tar.gz", alerts=12, seed=5, processes=1)
    found = EarlySet.of(examples_in([tmp_path]))
    assert len(found) == 12
    assert (found.labels >= 0).all()
    assert is_simulated(found).all()


def test_simulated_examples_are_repeatable() -> None:
    first, second = (EarlySet.of(simulated_examples(5, 3)) for _ in range(2))
    np.testing.assert_array_equal(first.pixels, second.pixels)
    assert len(joined([first, second])) == 10


def test_a_folder_without_alerts_is_an_error(tmp_path: Path) -> None:
    write_labels(tmp_path)
    with pytest.raises(NoExamples, match="no alert with stamps below"):
        EarlySet.of(examples_in([tmp_path]))


def test_the_table_of_real_stamps_is_read(shared_training: Path) -> None:
    found = EarlySet.of(examples_in([shared_training]))
    counts = np.bincount(found.labels[found.labels >= 0], minlength=5)
    assert len(found) > 300
    assert (counts[:4] >= 10).all()
    assert not found.missing.any(axis=1).all()
