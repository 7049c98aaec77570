"""`arrayan export --hats`: every row once, in the pixel that it lies in, and no half catalogue that looks whole."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from astropy_healpix import HEALPix

import cli.hats_export as hats_export
from storage.sky_export import rows_between
from tests.support.command import Command
from tests.support.databases import REPOSITORY
from tests.support.sample_night import StoredNight

NAMES = ("objects", "detections", "light_curves")
ROWS_PER_PARTITION = 40
LSDB_PYTHON = os.environ.get("ARRAYAN_TEST_LSDB_PYTHON")


@pytest.fixture(scope="module")
def exported(stored_night: StoredNight, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("export") / "hats"
    arrayan = Command({"ARRAYAN_DATABASE_URL": stored_night.url, "ARRAYAN_DATA_DIR": str(target.parent)})
    ran = arrayan("export", "--hats", target, "--rows-per-partition", ROWS_PER_PARTITION)
    assert ran.code == 0, ran.err
    assert f"{target / 'objects'}: " in ran.out
    return target


def files(catalog: Path) -> list[Path]:
    return sorted((catalog / "dataset").rglob("Npix=*.parquet"))


def rows_of(catalog: Path) -> list[dict[str, Any]]:
    return [row for file in files(catalog) for row in pq.read_table(file).to_pylist()]


def pixel_of(file: Path) -> tuple[int, int]:
    order, number = file.parent.parent.name, file.stem
    return int(order.removeprefix("Norder=")), int(number.removeprefix("Npix="))


def test_every_object_is_there_once_with_its_values(stored_night: StoredNight, exported: Path) -> None:
    found = {row["object_id"]: row for row in rows_of(exported / "objects")}
    kept = stored_night.rows(
        "SELECT hpx AS _healpix_29, object_id, survey, name, ra, dec, detection_count, non_detection_count, "
        "first_mjd, last_mjd, corrected, stellar, mean_color, mean_apparent_color FROM object"
    )
    assert len(rows_of(exported / "objects")) == len(kept)
    assert found == {row["object_id"]: row for row in kept}


def test_every_detection_is_there_once_with_its_values(stored_night: StoredNight, exported: Path) -> None:
    names = ", ".join(name for name in rows_of(exported / "detections")[0] if name != "_healpix_29")
    kept = stored_night.rows(
        f"SELECT hpx AS _healpix_29, {names} FROM detection ORDER BY hpx, object_id, ts, candid"
    )
    assert sorted(rows_of(exported / "detections"), key=lambda row: row["_healpix_29"]) == kept


def test_light_curves_are_nested_in_their_objects(stored_night: StoredNight, exported: Path) -> None:
    rows = rows_of(exported / "light_curves")
    objects = {row["object_id"]: row for row in rows_of(exported / "objects")}
    nested = ("detections", "non_detections", "forced_photometry")
    assert {row["object_id"]: {k: v for k, v in row.items() if k not in nested} for row in rows} == objects
    for name, table, key in (
        ("detections", "detection", "candid"),
        ("non_detections", "non_detection", "measurement_id"),
        ("forced_photometry", "forced_photometry", "measurement_id"),
    ):
        columns = list(rows[0][name])
        kept = stored_night.rows(
            f"SELECT object_id, {', '.join(columns)} FROM {table} ORDER BY object_id, ts, {key}"
        )
        told = [
            {"object_id": row["object_id"], **dict(zip(columns, values, strict=True))}
            for row in sorted(rows, key=lambda row: row["object_id"])
            for values in zip(*row[name].values(), strict=True)
        ]
        assert told == kept
        assert told, table


@pytest.mark.parametrize("name", NAMES)
def test_rows_lie_in_the_pixels_of_their_files_in_order(exported: Path, name: str) -> None:
    for file in files(exported / name):
        order, number = pixel_of(file)
        table = pq.read_table(file, columns=["_healpix_29", "ra", "dec"])
        fine = np.array(table["_healpix_29"])
        assert (fine >> 2 * (29 - order) == number).all()
        assert (np.diff(fine) >= 0).all()
        by_place = HEALPix(2**order, order="nested").lonlat_to_healpix(*_angles(table))
        assert (by_place == number).all()
        assert file.parent.name == f"Dir={number // 10_000 * 10_000}"


def _angles(table: Any) -> tuple[Any, Any]:
    import astropy.units as u

    return np.array(table["ra"]) * u.deg, np.array(table["dec"]) * u.deg


@pytest.mark.parametrize("name", NAMES)
def test_the_summaries_are_of_the_files(exported: Path, name: str) -> None:
    catalog = exported / name
    lines = (catalog / "partition_info.csv").read_text().splitlines()
    listed = [tuple(map(int, line.split(","))) for line in lines[1:]]
    assert lines[0] == "Norder,Npix"
    assert sorted(listed) == sorted(map(pixel_of, files(catalog)))
    footer = pq.read_metadata(catalog / "dataset" / "_metadata")
    sizes = [pq.read_metadata(file).num_rows for file in files(catalog)]
    assert footer.num_rows == sum(sizes)
    groups = {footer.row_group(number).column(0).file_path for number in range(footer.num_row_groups)}
    assert groups == {str(file.relative_to(catalog / "dataset")) for file in files(catalog)}
    properties = dict(
        line.split("=", 1) for line in (catalog / "hats.properties").read_text().splitlines() if line[0] != "#"
    )
    assert properties["hats_nrows"] == str(sum(sizes))
    assert properties["hats_max_rows"] == str(max(sizes))
    assert properties["dataproduct_type"] == ("source" if name == "detections" else "object")
    assert (properties["hats_col_ra"], properties["hats_col_healpix"]) == ("ra", "_healpix_29")
    schema = pq.read_schema(catalog / "dataset" / "_common_metadata")
    assert schema.equals(pq.read_schema(files(catalog)[0]), check_metadata=True)
    assert schema.field("ra").metadata[b"unit"] == b"deg"
    assert len(listed) > 3
    for file, size in zip(files(catalog), sizes, strict=True):
        assert size <= ROWS_PER_PARTITION or pixel_of(file)[0] == hats_export.FINEST_ORDER


def test_one_catalogue_alone(stored_night: StoredNight, tmp_path: Path) -> None:
    arrayan = Command({"ARRAYAN_DATABASE_URL": stored_night.url, "ARRAYAN_DATA_DIR": str(tmp_path)})
    (tmp_path / "empty").mkdir()
    ran = arrayan("export", "--hats", tmp_path / "empty", "--catalog", "objects")
    assert ran.code == 0, ran.err
    assert [folder.name for folder in (tmp_path / "empty").iterdir()] == ["objects"]
    again = arrayan("export", "--hats", tmp_path / "empty")
    assert again.code == 1
    assert "is there already" in again.err


def test_an_empty_archive_makes_catalogues_without_rows(arrayan: Command, tmp_path: Path) -> None:
    ran = arrayan("export", "--hats", tmp_path / "hats")
    assert ran.code == 0, ran.err
    for name in NAMES:
        assert (tmp_path / "hats" / name / "partition_info.csv").read_text() == "Norder,Npix\n"
        assert pq.read_metadata(tmp_path / "hats" / name / "dataset" / "_metadata").num_rows == 0


def test_what_is_cut_short_does_not_look_whole(
    stored_night: StoredNight, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arrayan = Command({"ARRAYAN_DATABASE_URL": stored_night.url, "ARRAYAN_DATA_DIR": str(tmp_path)})
    target, unfinished = tmp_path / "hats", tmp_path / "hats.unfinished"
    asked: list[int] = []

    def cut(*arguments: Any) -> Iterator[Any]:
        asked.append(1)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return rows_between(*arguments)

    monkeypatch.setattr(hats_export, "rows_between", cut)
    ran = arrayan("export", "--hats", target, "--rows-per-partition", 40)
    assert ran.code == 130
    assert not target.exists()
    assert files(unfinished / "objects")
    assert not list(unfinished.rglob("hats.properties"))
    monkeypatch.undo()
    assert arrayan("export", "--hats", target, "--rows-per-partition", 40).code == 0
    assert not unfinished.exists()
    assert sorted(folder.name for folder in target.iterdir()) == sorted(NAMES)


@pytest.mark.skipif(LSDB_PYTHON is None, reason="no ARRAYAN_TEST_LSDB_PYTHON with a Python that has lsdb")
def test_lsdb_reads_them(stored_night: StoredNight, exported: Path) -> None:
    script = REPOSITORY / "tests" / "support" / "lsdb_reading.py"
    ran = subprocess.run([str(LSDB_PYTHON), script, exported], capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout.splitlines()[-1])
    names = sorted(row["name"] for row in stored_night.rows("SELECT name FROM object"))
    candids = sorted(row["candid"] for row in stored_night.rows("SELECT candid FROM detection"))
    assert found["objects"] == found["light_curves"] == names
    assert found["detections"] == found["nested_detections"] == candids
    assert set(found["near_place"]) <= set(found["near"])
    assert found["matched_with_itself"] == len(names)
    assert found["partitions"] == len(files(exported / "objects"))
