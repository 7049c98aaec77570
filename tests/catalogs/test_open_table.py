"""One table in every format gives the same sources; what is no table is refused with a reason."""

import gzip
from pathlib import Path

import numpy as np
import orjson
import pytest
from astropy.table import Table

from catalogs.open_table import open_table
from catalogs.positions import check_frame
from catalogs.roles import Named, find_roles
from catalogs.sources import SourceReader, Sources
from catalogs.table import ROWS_AT_ONCE, UnreadableTable
from storage.catalogs import values_of_text
from tests.support import table_files
from tests.support.table_files import DEC, IDS, RA, SAYS_UNITS, VALUES, WRITERS


@pytest.fixture(params=WRITERS)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    name: str = request.param
    path = tmp_path / name
    WRITERS[name](path)
    return path


def read(path: Path, columns: list[str]) -> list[Sources]:
    table = open_table(path)
    return list(SourceReader(table, find_roles(table, Named()), columns).read())


def test_every_format_gives_the_same_sources(path: Path) -> None:
    found = read(path, ["gmag", "n"])
    assert [one for part in found for one in part.ids] == IDS
    assert np.concatenate([part.ra for part in found]).tolist() == RA
    assert np.concatenate([part.dec for part in found]).tolist() == DEC
    told = [values_of_text(one) for part in found for one in part.values]
    assert [list(map(plain, row)) for row in told] == [list(map(plain, row)) for row in VALUES]
    assert [row for part in found for row in part.rows] == [1, 2, 3]
    assert not any(part.bad for part in found)
    assert found[-1].position <= open_table(path).size


def plain(cell: str | None) -> object:
    return None if cell is None else orjson.loads(cell)


def test_units_and_descriptions_come_from_the_file(path: Path) -> None:
    if path.name in SAYS_UNITS:
        column = open_table(path).column("gmag")
        assert column.unit == "mag"
        assert (column.description or "").strip() == "Mean magnitude" or path.suffix == ".fits"


@pytest.mark.parametrize("name", ["table.csv", "binary2.vot", "table.fits"])
def test_packed_files_are_the_same(name: str, tmp_path: Path) -> None:
    plain_path, packed = tmp_path / name, tmp_path / f"{name}.gz"
    WRITERS[name](plain_path)
    packed.write_bytes(gzip.compress(plain_path.read_bytes()))
    (part,) = read(packed, ["n"])
    assert list(part.ids) == IDS


@pytest.mark.parametrize("form", ["tabledata", "binary", "binary2"])
def test_every_type_of_a_votable(form: str, tmp_path: Path) -> None:
    table = Table(
        {
            "ra": [1.0, 2.0],
            "dec": [3.0, 4.0],
            "flag": [True, False],
            "byte": np.array([1, 255], dtype=np.uint8),
            "short": np.array([-1, 2], dtype=np.int16),
            "triple": np.array([[1.5, 2.5, 3.5], [4.5, 5.5, 6.5]], dtype=np.float32),
            "name": ["Ceñida", "x"],
        }
    )
    path = tmp_path / "types.vot"
    table.write(path, format="votable", tabledata_format=form)
    (part,) = read(path, ["byte", "short", "name"])
    assert [values_of_text(one) for one in part.values] == [("1", "-1", "Ceñida"), ("255", "2", "x")]
    (part,) = read(path, ["flag", "triple"])
    flag, triple = values_of_text(part.values[0])
    assert (flag or "").lower() in ("true", "t", "1")
    assert (triple or "").strip("[]").replace(",", " ").split() == ["1.5", "2.5", "3.5"]


def test_long_tables_come_in_pieces(tmp_path: Path) -> None:
    count = 2 * ROWS_AT_ONCE + 7
    for name, form in (("long.csv", "ascii.csv"), ("long.vot", "votable"), ("long.fits", "fits")):
        path = tmp_path / name
        table = Table(
            {"id": np.arange(count), "ra": np.linspace(0, 359, count), "dec": np.linspace(-90, 90, count)}
        )
        table.write(path, format=form)
        found = read(path, [])
        assert len(found) > 1
        assert max(len(part.ids) for part in found) <= ROWS_AT_ONCE
        assert [one for part in found for one in part.ids] == list(map(str, range(count)))
        assert [row for part in found for row in part.rows] == list(range(1, count + 1))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty"),
        (b"\0\1\2\3" * 100, "is none of CSV"),
        (b"# only\n# comments\n", "no line that names columns"),
        (b"a,b,a\n1,2,3\n", "several columns named 'a'"),
        (b"<html><body>no</body></html>", "without a table"),
        (
            b"<VOTABLE><RESOURCE><TABLE><FIELD name='ra' datatype='double'/>"
            b"<FIELD name='dec' datatype='double'/><DATA><TABLEDATA><TR><TD>1",
            "no VOTable",
        ),
        (b"SIMPLE  =                    T" + b" " * 50 + b"END", "FITS"),
        (b"PAR1 and nothing more", "no Parquet file"),
        (b"\x1f\x8bnot really", "cannot be unpacked"),
        (b"name,mag\nx,1\n", "no column looks like the right ascension"),
        (b"name,ra\nx,1\n", "no column looks like the declination"),
        (b"name,glon,glat\nx,1,2\n", "galactic or ecliptic coordinates are not read"),
        (b"ra,dec\n\xff\xfe1,2\n", "line 2, letter 1: byte 0xff is not UTF-8: save the file as UTF-8"),
    ],
)
def test_what_is_no_table_is_refused_with_a_reason(content: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    with pytest.raises(UnreadableTable, match=message):
        read(path, [])


def test_a_folder_that_is_no_catalogue_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableTable, match="name the files in it"):
        open_table(tmp_path)


@pytest.mark.parametrize(
    ("system", "is_read"),
    [("ICRS", True), ("eq_FK5", True), ("galactic", False), ("eq_FK4", False), ("ecl_FK5", False)],
)
def test_other_frames_than_icrs_are_refused(system: str, is_read: bool, tmp_path: Path) -> None:
    path = tmp_path / "table.vot"
    table_files.votable(path)
    text = path.read_text().replace("<TABLE", f'<COOSYS ID="c" system="{system}"/><TABLE', 1)
    path.write_text(text)
    table = open_table(path)
    assert table.frame == system
    if is_read:
        remark = check_frame(table)
        assert (remark is None) == (system == "ICRS")
    else:
        with pytest.raises(UnreadableTable, match="convert them to ICRS"):
            check_frame(table)


def test_a_row_with_too_many_or_few_cells_is_told(tmp_path: Path) -> None:
    path = tmp_path / "ragged.csv"
    path.write_text("id,ra,dec\na,1,2\nb,1\nc,1,2,3\n\nd,5,6\n")
    (part,) = read(path, [])
    assert list(part.ids) == ["a", "d"]
    assert list(part.rows) == [1, 5]
    assert [(bad.row, bad.why) for bad in part.bad] == [
        (2, "it has 2 cells, and the header names 3 columns"),
        (3, "it has 4 cells, and the header names 3 columns"),
    ]
