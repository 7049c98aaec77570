"""Answers as tables of others."""

import json
import sys
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import astropy.units as u
import numpy as np
import pandas as pd
import polars as pl
import pyarrow.parquet as parquet
import pytest
from astropy.table import Table

from arrayan_client import Arrayan, InvalidInput, MissingPackage, Rows
from arrayan_client.columns import Column, Kind, flag, identifier, instant, number, text, whole


class Row:
    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


COLUMNS = (
    text("name", "A name."),
    identifier("candid", "A large number."),
    whole("count", "A number."),
    number("flux", "A flux.", "nJy"),
    flag("good", "Whether it is good."),
    instant("at", "When."),
)
WHEN = datetime(2026, 11, 6, 4, 30, 1, 250000, tzinfo=timezone.utc)
FULL = Row(name="ZTF26aaaaaaa", candid="9223372036854775807", count=3, flux=-1.5, good=True, at=WHEN)
EMPTY = Row(name=None, candid=None, count=None, flux=None, good=None, at=None)


@pytest.fixture(params=["full", "missing", "none"])
def rows(request: pytest.FixtureRequest) -> Rows[Row]:
    records = {"full": [FULL, FULL], "missing": [FULL, EMPTY], "none": []}[request.param]
    return Rows(records, COLUMNS)


def test_astropy_has_units_descriptions_and_masks(rows: Rows[Row]) -> None:
    table = rows.to_table()
    assert table["flux"].unit == u.nJy
    assert table["good"].description == "Whether it is good."
    assert [table[name].dtype.kind for name in ("name", "candid", "count", "flux", "good")] == list("Uiifb")
    for index, record in enumerate(rows):
        if record is FULL:
            assert table["candid"][index] == 2**63 - 1
            assert (table["name"][index], table["flux"][index]) == ("ZTF26aaaaaaa", -1.5)
        else:
            assert np.isnan(table["flux"][index])
            assert all(table[name].mask[index] for name in ("name", "candid", "count", "good", "at"))


def test_pandas_keeps_large_numbers_and_times(rows: Rows[Row]) -> None:
    frame = rows.to_pandas()
    assert frame.attrs["units"] == {"flux": "nJy"}
    assert str(frame["at"].dtype).endswith("UTC]")
    for index, record in enumerate(rows):
        row = frame.iloc[index]
        if record is FULL:
            assert row["candid"] == 2**63 - 1
            assert row["at"] == pd.Timestamp(WHEN)
        else:
            assert row.isna().all()


def test_polars_and_arrow_have_types_and_nulls(rows: Rows[Row]) -> None:
    frame = rows.to_polars()
    assert frame.schema["candid"] == pl.Int64
    assert frame.schema["at"] == pl.Datetime("us", "UTC")
    arrow = rows.to_arrow()
    assert arrow.schema.field("flux").metadata == {b"description": b"A flux.", b"unit": b"nJy"}
    assert frame.to_dicts() == arrow.to_pylist()
    assert [row["candid"] for row in frame.to_dicts()] == rows["candid"]


@pytest.mark.parametrize("ending", ["csv", "json", "parquet", "vot", "fits"])
def test_files_are_read_again(rows: Rows[Row], tmp_path: Path, ending: str) -> None:
    path = rows.write(tmp_path / f"rows.{ending}")
    if ending == "json":
        assert json.loads(path.read_text()) == [
            {**row, "at": row["at"] and row["at"].isoformat()} for row in rows.to_dicts()
        ]
        return
    read = {
        "csv": lambda: pd.read_csv(path)["flux"],
        "parquet": lambda: parquet.read_table(path).to_pandas()["flux"],
        "vot": lambda: Table.read(path, format="votable")["flux"].filled(np.nan),
        "fits": lambda: np.ma.filled(Table.read(path)["flux"], np.nan),
    }[ending]()
    wanted = [float("nan") if value is None else value for value in rows["flux"]]
    assert np.array_equal(np.asarray(read, dtype=float), np.array(wanted), equal_nan=True)


def test_other_formats_and_columns_are_refused(rows: Rows[Row], tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no format 'xlsx'"):
        rows.write(tmp_path / "rows.xlsx")
    with pytest.raises(InvalidInput, match="no column 'foo'") as error:
        rows["foo"]
    assert "There are name, candid" in str(error.value)


def test_rows_are_a_sequence() -> None:
    rows = Rows([FULL, EMPTY, FULL], COLUMNS, complete=False)
    assert (rows[0], rows[-1], len(rows[1:]), list(rows)) == (FULL, FULL, 2, [FULL, EMPTY, FULL])
    assert not rows[1:].complete
    assert "raise the limit" in repr(rows)
    assert rows[:1] == Rows([FULL], COLUMNS)
    assert rows.to_dicts()[0]["flux"] == -1.5


def test_what_is_shown_is_escaped_and_short() -> None:
    rows = Rows([Row(name="<b>")] * 30, (text("name", 'a "name"'),))
    shown = rows._repr_html_()
    assert "&lt;b&gt;" in shown
    assert "<b>" not in shown
    assert "20 of 30 rows" in shown
    assert str(rows[:1]) == "name\n<b>"


def test_the_tables_of_all_verbs_convert(arrayan: Arrayan, busiest: str) -> None:
    target = arrayan.query_object(busiest)
    for rows in (
        arrayan.query_objects(limit=5),
        arrayan.cone_search((target.ra, target.dec), 60),
        arrayan.query_lightcurve(busiest).points,
        arrayan.query_magstats(busiest),
        arrayan.query_probabilities(busiest),
        arrayan.query_features(busiest),
        arrayan.query_classifiers(),
        arrayan.crossmatch([target.name and (target.ra, target.dec)]),
        arrayan.query_catalogs(),
        arrayan.query_surveys(),
        arrayan.query_nights(),
        arrayan.search_detections(1, 1e6, position=(target.ra, target.dec), radius=2),
    ):
        table = rows.to_table()
        assert len(table) == len(rows.to_pandas()) == len(rows.to_polars()) == rows.to_arrow().num_rows == len(rows)
        for column in rows.columns:
            assert isinstance(column, Column)
            assert table[column.name].unit == (u.Unit(column.unit) if column.unit else None)
            assert column.kind in Kind
        assert rows.query.startswith("# variables: {")


@pytest.mark.parametrize(
    ("package", "verb", "extra"),
    [
        ("pandas", "to_pandas", "pandas"),
        ("polars", "to_polars", "polars"),
        ("astropy", "to_table", "astropy"),
        ("pyarrow", "to_arrow", "parquet"),
    ],
)
def test_a_package_that_is_missing_is_named(
    package: str, verb: str, extra: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Hidden:
        def find_spec(self, name: str, *_: object) -> None:
            if name.partition(".")[0] == package:
                raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    for name in [name for name in sys.modules if name.partition(".")[0] == package]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(sys, "meta_path", [Hidden(), *sys.meta_path])
    with pytest.raises(MissingPackage, match="is not installed") as error:
        getattr(Rows([FULL], COLUMNS), verb)()
    assert f'pip install "arrayan-client[{extra}]"' in str(error.value)
    assert isinstance(error.value, ImportError)
