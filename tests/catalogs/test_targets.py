"""Tables of targets as people have them: every row is a position, or a problem that names row and column."""

import csv
import io
import json
from collections.abc import Sequence
from math import isnan
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from astropy.table import MaskedColumn, Table
from hypothesis import given, settings
from hypothesis import strategies as st

from catalogs.first_rows import SHOWN_ROWS, FirstRows, look_through
from catalogs.open_table import open_table
from catalogs.positions import Angle
from catalogs.roles import Named
from catalogs.table import UnclearColumn, UnreadableTable
from catalogs.targets import CellKind, CellReader, Targets, TooManyRows, read_targets

QUICKLY = settings(deadline=None, max_examples=60)
MOST = 1000

right_ascensions = st.one_of(
    st.sampled_from([0.0, -0.0, 360.0, 359.9999999999, 180.0, 1e-12]), st.floats(min_value=0, max_value=360)
)
declinations = st.one_of(st.sampled_from([90.0, -90.0, 0.0, -0.0]), st.floats(min_value=-90, max_value=90))
names = st.text(alphabet=st.characters(exclude_categories=["C"]), max_size=12)
rows = st.lists(st.tuples(names, right_ascensions, declinations), min_size=1, max_size=15)


def read(content: bytes, **asked: Any) -> Targets:
    with TemporaryDirectory() as folder:
        path = Path(folder, "targets")
        path.write_bytes(content)
        return read_targets(open_table(path), Named(), most_rows=MOST, **asked)


def as_csv(cells: Sequence[Sequence[Any]], header: Sequence[str] = ("name", "ra", "dec")) -> str:
    text = io.StringIO()
    csv.writer(text).writerows([header, *cells])
    return text.getvalue()


def turn(ra: float) -> float:
    return 0.0 if ra % 360 == 360 else ra % 360


@QUICKLY
@given(rows, st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]), st.sampled_from(["\n", "\r\n"]))
def test_positions_of_a_text_come_back_to_the_bit(
    cells: list[tuple[str, float, float]], encoding: str, line_end: str
) -> None:
    text = as_csv([(name.strip(), repr(ra), repr(dec)) for name, ra, dec in cells])
    found = read(text.replace("\r\n", line_end).encode(encoding))
    assert found.ra.tolist() == [turn(ra) for _, ra, _ in cells]
    assert found.dec.tolist() == [dec for _, _, dec in cells]
    assert list(found.places) == list(range(1, len(cells) + 1))
    assert found.bad_count == 0


@QUICKLY
@given(
    st.lists(
        st.tuples(
            st.one_of(right_ascensions, st.sampled_from([None, float("nan"), float("inf"), 361.0])),
            st.one_of(declinations, st.sampled_from([None, float("nan"), 90.1])),
        ),
        min_size=1,
        max_size=10,
    ),
    st.sampled_from(["csv", "vot", "fits", "parquet"]),
)
def test_every_row_is_a_place_or_a_problem_in_every_format(
    cells: list[tuple[float | None, float | None]], form: str
) -> None:
    def is_good(ra: float | None, dec: float | None) -> bool:
        if ra is None or dec is None or isnan(ra) or isnan(dec):
            return False
        return ra <= 360 and dec <= 90

    with TemporaryDirectory() as folder:
        path = Path(folder, f"targets.{form}")
        write(path, form, cells)
        found = read_targets(open_table(path), Named(), most_rows=MOST, ra_written=Angle.DEGREES)
    good = [number for number, row in enumerate(cells, 1) if is_good(*row)]
    assert list(found.places) == good
    assert found.bad_count == len(cells) - len(good)
    for problem in found.problems:
        assert "row " in problem
        assert "column 'ra'" in problem or "column 'dec'" in problem


def write(path: Path, form: str, cells: Sequence[tuple[float | None, float | None]]) -> None:
    columns = [
        MaskedColumn([cell or 0.0 for cell in column], name=name, dtype=float, mask=[c is None for c in column])
        for name, column in zip(("ra", "dec"), zip(*cells, strict=True), strict=True)
    ]
    if form == "csv":
        path.write_text(
            as_csv([["" if cell is None else repr(cell) for cell in row] for row in cells], ("ra", "dec"))
        )
    elif form == "parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        ra, dec = zip(*cells, strict=True)
        pq.write_table(pa.table({"ra": pa.array(ra, pa.float64()), "dec": pa.array(dec, pa.float64())}), path)
    else:
        Table(columns).write(path, format={"vot": "votable", "fits": "fits"}[form])


@pytest.mark.parametrize(
    ("content", "ra", "dec"),
    [
        ("name,ra,dec\nx,00:42:44.3,+41:16:09\n", 10.684583333, 41.269166667),
        ("name ra dec\nx 23h59m59.9s -0d30m0s\n", 359.99958333, -0.5),
        ("ra;dec\n-00:00:01;-00:00:01\n", 359.995833333, -0.000277778),
        ("ra\tdec\n-10.5\t1\n", 349.5, 1.0),
        ("RAdeg,DEdeg\n360,-90\n", 0.0, -90.0),
        (",ra,dec\n0,1,2\n", 1.0, 2.0),
    ],
)
def test_positions_as_people_write_them(content: str, ra: float, dec: float) -> None:
    found = read(content.encode())
    assert (found.ra[0], found.dec[0]) == pytest.approx((ra, dec), abs=1e-8)


def test_hours_are_asked_for_and_not_guessed() -> None:
    content = as_csv([("x", number / 2, 1.0) for number in range(40)]).encode()
    with pytest.raises(UnclearColumn, match="hours or degrees") as caught:
        read(content)
    assert caught.value.role == "raUnit"
    assert read(content, ra_written=Angle.HOURS).ra[39] == 292.5
    assert read(content, ra_written=Angle.DEGREES).ra[39] == 19.5


def test_the_same_identifier_may_come_again() -> None:
    found = read(as_csv([("x", 1, 2), ("x", 1, 2), ("x", 3, 4)]).encode())
    assert found.ra.tolist() == [1.0, 1.0, 3.0]


def test_problems_come_in_the_order_of_the_rows() -> None:
    found = read(b"ra,dec\n1,x\n2\n3,3\n4,95\n")
    assert [problem.split("row ")[1] for problem in found.problems] == [
        "1, column 'dec': 'x' is no number",
        "2, it has 1 cells, and the header names 2 columns",
        "4, column 'dec': '95' does not lie between -90 and 90 degrees",
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"10.5,-3.2\n11,4\n", "first line of targets holds numbers, not names of columns: put a line like"),
        ("ra,dec,note\n1,2,Ñuble\n3,4,Maipú\n".encode("latin-1"), "line 2, letter 5: byte 0xd1 is not UTF-8"),
        ("ra,dec,caf\xe9\n1,2,x\n".encode("latin-1"), "line 1, letter 11: byte 0xe9 is not UTF-8: save the file"),
        (b"ra,dec\n" + b"1,2\n" * (MOST + 1), "more than 1,000 rows; send it in parts"),
        (b"alt,az\n1,2\n", "no column looks like the right ascension"),
    ],
)
def test_what_cannot_be_read_says_where_and_what_to_do(content: bytes, message: str) -> None:
    with pytest.raises(UnreadableTable, match=message):
        read(content)


def test_the_first_rows_are_kept_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "targets.fits"
    table = Table({"id": np.arange(50), "ra": np.linspace(0, 300, 50), "dec": np.zeros(50)})
    table["ra"].unit = "deg"
    table.write(path)
    table["ra"][[3, 4]] = np.nan, np.inf
    table.write(path, overwrite=True)
    looked = look_through(open_table(path), MOST)
    again = FirstRows(json.loads(json.dumps(looked.first.as_told(), allow_nan=False)))
    assert (looked.row_count, len(again.rows), again.format) == (50, SHOWN_ROWS, "FITS")
    assert again.column("ra").unit == "deg"
    whole, some = (
        read_targets(one, Named(), most_rows=MOST, ra_written=Angle.DEGREES) for one in (open_table(path), again)
    )
    assert some.ra.tolist() == whole.ra.tolist()[: SHOWN_ROWS - 2]
    assert some.bad_count == whole.bad_count == 2
    with pytest.raises(TooManyRows):
        look_through(open_table(path), 49)


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "-20", "+3"], CellKind.INTEGER, [1, -20, 3]),
        (["1", "2.5", "1e3"], CellKind.FLOAT, [1.0, 2.5, 1000.0]),
        (["6917528443525529728", "", "1"], CellKind.INTEGER, [6917528443525529728, None, 1]),
        (["9223372036854775808"], CellKind.TEXT, ["9223372036854775808"]),
        (["07", "1"], CellKind.TEXT, ["07", "1"]),
        (["0", "0.5", "-0.0"], CellKind.FLOAT, [0.0, 0.5, -0.0]),
        (["1_000"], CellKind.TEXT, ["1_000"]),
        (["1", "١"], CellKind.TEXT, ["1", "١"]),
        (["1", "inf", "NaN"], CellKind.FLOAT, [1.0, float("inf"), None]),
        (["1", "x"], CellKind.TEXT, ["1", "x"]),
        (["1-2", "3"], CellKind.TEXT, ["1-2", "3"]),
        ([1, 2.5, None], CellKind.FLOAT, [1.0, 2.5, None]),
        ([2**63], CellKind.TEXT, [str(2**63)]),
        ([True, None], CellKind.BOOLEAN, [True, None]),
        ([True, 1], CellKind.TEXT, ["True", "1"]),
        (["", None, "null"], CellKind.TEXT, [None, None, None]),
    ],
)
def test_a_column_is_what_all_of_its_cells_are(cells: list[Any], kind: CellKind, values: list[Any]) -> None:
    seen = CellReader()
    for cell in cells:  # in pieces, as long tables come
        seen.look([cell])
    at_once = CellReader()
    at_once.look(cells)
    assert (seen.kind, at_once.kind) == (kind, kind)
    assert list(seen.read(cells)) == values


def test_the_longest_text_is_known() -> None:
    seen = CellReader()
    seen.look(["ab", "Ñ"])
    assert seen.width == len(r"\xd1")
