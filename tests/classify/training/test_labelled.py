"""Labelled light curves as they are read."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from classify.taxonomies.late import LATE
from classify.training.errors import UnusableData
from classify.training.labelled import LONGEST_BAND, LabelledCurve, read_labelled, thinned
from classify.training.simulated import simulate_curves
from tests.support.labelled_folder import write_labelled


@pytest.fixture(scope="module")
def curves() -> list[LabelledCurve]:
    return list(simulate_curves("RRL", 3, seed=5))


def test_reads_what_was_written(tmp_path: Path, curves: list[LabelledCurve]) -> None:
    write_labelled(tmp_path, curves)
    found = list(read_labelled(tmp_path, LATE))
    assert [curve.object_id for curve in found] == [curve.object_id for curve in curves]
    for mine, other in zip(found, curves, strict=True):
        assert (mine.group, mine.label, mine.is_simulated) == (other.group, other.label, other.is_simulated)
        if (
            other.photometry.points.max() <= LONGEST_BAND
            and (other.photometry.points[other.photometry.points > 0] >= 3).all()
        ):
            assert mine.photometry.magnitude == pytest.approx(other.photometry.magnitude, abs=1e-4)
            assert np.array_equal(mine.photometry.sign, other.photometry.sign)


def test_leaves_out_conflicts_and_classes_of_other_taxonomies(tmp_path: Path, curves: list[LabelledCurve]) -> None:
    foreign = replace(curves[1], label="Wolf-Rayet")
    write_labelled(tmp_path, [curves[0], foreign, curves[2]], conflict=(curves[2].object_id,))
    assert [curve.object_id for curve in read_labelled(tmp_path, LATE)] == [curves[0].object_id]


def test_says_which_file_or_column_is_missing(tmp_path: Path, curves: list[LabelledCurve]) -> None:
    with pytest.raises(UnusableData, match=r"no objects\.parquet in"):
        list(read_labelled(tmp_path, LATE))
    write_labelled(tmp_path, curves)
    table = parquet.read_table(tmp_path / "lightcurves.parquet").drop_columns(["mjd"])
    parquet.write_table(table, tmp_path / "lightcurves.parquet")
    with pytest.raises(UnusableData, match="has no column mjd"):
        list(read_labelled(tmp_path, LATE))


def test_long_bands_are_thinned_to_at_most_150() -> None:
    for seed in range(20):
        rows = thinned(np.arange(500), np.random.default_rng(seed))
        assert 20 <= len(rows) <= LONGEST_BAND
        assert (np.diff(rows) > 0).all()


def test_flux_below_three_sigma_is_a_limit(tmp_path: Path, curves: list[LabelledCurve]) -> None:
    write_labelled(tmp_path, curves[:1])
    table = parquet.read_table(tmp_path / "lightcurves.parquet")
    row = table.slice(0, 1).to_pylist()[0]
    row.update(mjd=59000.0, mag=None, magerr=None, flux_ujy=1.0, fluxerr_ujy=1.0)
    parquet.write_table(
        pa.concat_tables([table, pa.Table.from_pylist([row], table.schema)]), tmp_path / "lightcurves.parquet"
    )
    (found,) = read_labelled(tmp_path, LATE)
    assert found.photometry.limit.tolist() == pytest.approx([23.9 - 2.5 * np.log10(5)])


def test_the_shared_objects_are_readable(shared_training: Path) -> None:
    objects = parquet.read_table(shared_training / "objects.parquet", columns=["object_id", "class_late"])
    assert set(filter(None, objects["class_late"].to_pylist())) <= set(LATE.leaves)
