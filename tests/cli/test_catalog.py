"""arrayan catalog, from files to what is listed; and what it says of files that are not as they should be."""

import json
import signal
from collections.abc import Iterator
from pathlib import Path

import astropy.units as u
import psycopg
import pytest
from astropy.table import Table

from tests.support import table_files
from tests.support.command import Command, Process
from tests.support.databases import Backend, TestDatabases
from tests.support.scattered_objects import insert_objects, object_row

GOOD = "name,ra,dec,mag\na,10.5,-5,17.5\nb,20.25,6,\n"


@pytest.fixture(scope="module")
def url(any_backend: Backend, databases: TestDatabases) -> Iterator[str]:
    """One database for all: each test has catalogues of its own."""
    with databases.fresh(any_backend) as url:
        yield url


@pytest.fixture
def arrayan(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.chdir(tmp_path)
    return Command({"ARRAYAN_DATABASE_URL": url, "ARRAYAN_DATA_DIR": str(tmp_path / "data")})


def names(arrayan: Command) -> list[str]:
    return [one["name"] for one in json.loads(arrayan("catalog", "list", "--json").out)]


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.csv"
    path.write_text(GOOD)
    return path


def test_from_a_file_to_the_list_and_away(arrayan: Command, good: Path) -> None:
    ran = arrayan("catalog", "add", "stars", good, "--unit", "mag=mag", "--description", "Stars", "--radius", "2")
    assert (ran.code, ran.out) == (0, "stars: 2 rows, 1 columns, 2 arcsec.\n")
    assert "Right ascension is 'ra', by its name." in ran.err
    assert "Identifier is 'name', by its name." in ran.err
    assert "stars: 2 rows, 1 columns, 2 arcsec\n" in arrayan("catalog", "list").out
    shown = arrayan("catalog", "show", "stars").out
    assert "Description        Stars\n" in shown
    assert "  mag                      mag\n" in shown
    assert arrayan("catalog", "remove", "stars").out == "stars is removed, with 2 rows.\n"
    assert "stars" not in names(arrayan)


def test_adding_again_replaces_the_rows_and_keeps_what_is_not_said(arrayan: Command, good: Path) -> None:
    arrayan("catalog", "add", "twice", good, "--description", "Stars", "--radius", "2", "--at-ingest")
    good.write_text(GOOD + "c,30,7,18\n")
    told = json.loads(arrayan("catalog", "add", "twice", good, "--radius", "3", "--json").out)
    assert told.pop("problems") == []
    assert (told["row_count"], told["description"], told["default_radius_arcsec"]) == (3, "Stars", 3.0)
    assert told["at_ingest"] is True
    assert json.loads(arrayan("catalog", "show", "twice", "--json").out) == told


def test_several_files_make_one_catalogue(arrayan: Command, good: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("dec\tMAG\tname\tra\n1\t18\tc\t2\n")
    assert arrayan("catalog", "add", "both", good, other).out.startswith("both: 3 rows")
    other.write_text("name,ra,dec\nc,1,2\n")
    ran = arrayan("catalog", "add", "both", good, other)
    assert (ran.code, "other.csv has no column 'mag'" in ran.err) == (1, True)


def test_columns_and_units_of_a_further_file_are_not_lost(arrayan: Command, good: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.csv"
    other.write_text("name,ra,dec,mag,flag\nc,1,2,3,4\n")
    ran = arrayan("catalog", "add", "more", good, other)
    assert (ran.code, "has columns that the first file lacks: flag; name those" in ran.err) == (1, True)
    assert arrayan("catalog", "add", "more", good, other, "--column", "mag").code == 0
    for name, unit in (("a.ecsv", "mJy"), ("b.ecsv", "Jy")):
        Table({"ra": [1.0] * u.deg, "dec": [2.0] * u.deg, "flux": [3.0] * u.Unit(unit)}).write(tmp_path / name)
    ran = arrayan("catalog", "add", "flux", tmp_path / "a.ecsv", tmp_path / "b.ecsv")
    assert (ran.code, "'flux' has the unit Jy, in the first file mJy" in ran.err) == (1, True)
    assert arrayan("catalog", "add", "flux", "a.ecsv", "b.ecsv", "--unit", "flux=mJy").code == 0


def test_chosen_columns_and_chosen_roles(arrayan: Command, tmp_path: Path) -> None:
    path = tmp_path / "odd.csv"
    path.write_text("key,a_hours,d,x,y\nk1,12:30:00,-01:30:00,1,2\n")
    ran = arrayan(
        *("catalog", "add", "odd", path, "--id", "key", "--ra", "a_hours", "--dec", "d", "--column", "y"),
    )
    assert (ran.code, ran.out) == (0, "odd: 1 rows, 1 columns, 2 arcsec.\n")


def test_a_bad_row_is_told_and_nothing_is_loaded(arrayan: Command, good: Path) -> None:
    good.write_text(GOOD + "c,30,95.2,1\nd,1,2\ne,40,8,2\n")
    ran = arrayan("catalog", "add", "bad", good)
    assert ran.code == 1
    assert "good.csv, row 4, it has 3 cells" in ran.err or "good.csv, row 3, column 'dec': '95.2'" in ran.err
    assert "--skip-bad" in ran.err
    assert "bad" not in names(arrayan)
    ran = arrayan("catalog", "add", "bad", good, "--skip-bad")
    assert "Skipped: good.csv, row 3, column 'dec': '95.2' does not lie between -90 and 90 degrees\n" in ran.out
    assert "Skipped: good.csv, row 4, it has 3 cells, and the header names 4 columns\n" in ran.out
    assert ran.out.endswith("bad: 3 rows, 2 skipped, 1 columns, 2 arcsec.\n")


def test_right_ascensions_that_may_be_hours_are_refused_until_it_is_said(arrayan: Command, tmp_path: Path) -> None:
    path = tmp_path / "hours.csv"
    path.write_text("ra,dec\n" + "".join(f"{number},0\n" for number in range(24)))
    ran = arrayan("catalog", "add", "x", path)
    assert (ran.code, "Are they hours? Say --ra-unit hours or --ra-unit degrees" in ran.err) == (1, True)
    assert arrayan("catalog", "add", "x", path, "--ra-unit", "hours").code == 0


def test_wishes_that_cannot_be_are_refused(arrayan: Command, good: Path) -> None:
    good.write_text(GOOD.replace("17.5", "x"))
    for arguments, message in (
        (("no blanks",), "cannot be the name of a catalogue"),
        (("x", "--radius", "0"), "must be greater than 0"),
        (("x", "--radius", "nan"), "must be greater than 0"),
        (("x", "--column", "nope"), "has no column 'nope'; there are name, ra, dec, mag"),
        (("x", "--unit", "ra=deg"), "not among the columns kept"),
        (("x", "--ra", "mag"), "column 'mag': 'x' is no number"),
    ):
        name, *options = arguments
        ran = arrayan("catalog", "add", name, good, *options)
        assert (ran.code, message in ran.err) == (1, True), ran.err


def test_catalogues_that_are_not_there(arrayan: Command) -> None:
    for command in ("show", "remove"):
        ran = arrayan("catalog", command, "nope")
        assert (ran.code, "no catalogue is named 'nope'" in ran.err) == (1, True)


def test_units_come_from_the_file(arrayan: Command, tmp_path: Path) -> None:
    table_files.votable(tmp_path / "t.vot")
    told = json.loads(arrayan("catalog", "add", "t", tmp_path / "t.vot", "--json").out)
    assert told["columns"][0] == {"name": "gmag", "unit": "mag", "description": "Mean magnitude"}


def test_objects_are_matched_from_the_command(arrayan: Command, good: Path, url: str) -> None:
    new = object_row(77, name="ZTF26zzzzzzz", ra=10.5, dec=-5.0)
    insert_objects(url, [new])
    assert "matched" not in arrayan("catalog", "add", "kept", good).out
    assert arrayan("catalog", "match", "kept").out == "kept: 2 rows, 1 columns, 2 arcsec, matched at ingest.\n"
    assert "Matches stored     of all objects\n" in arrayan("catalog", "show", "kept").out
    told = json.loads(arrayan("catalog", "add", "kept", good, "--json").out)
    assert (told["at_ingest"], told["is_matched"]) == (True, True)
    with psycopg.connect(url, autocommit=True) as connection:
        question = "SELECT object_id FROM catalog_match WHERE catalog_id = %s"
        assert connection.execute(question, (told["catalog_id"],)).fetchall() == [(77,)]
        connection.execute("UPDATE catalog SET is_matched = false WHERE name = 'kept'")
    assert "(earlier objects not yet: `arrayan catalog match kept`)" in arrayan("catalog", "list").out
    assert "matched" not in arrayan("catalog", "match", "kept", "--stop").out


def test_a_killed_load_leaves_the_old_catalogue(arrayan: Command, good: Path, tmp_path: Path, url: str) -> None:
    arrayan("catalog", "add", "killed", good)
    large = tmp_path / "large.csv"
    with large.open("w") as file:
        file.write("id,ra,dec\n")
        file.writelines(f"{number},{number % 36000 / 100},{number % 170 - 85}\n" for number in range(400_000))
    process = Process(
        *("catalog", "add", "killed", large),
        cwd=tmp_path,
        ARRAYAN_DATABASE_URL=url,
        ARRAYAN_DATA_DIR=str(tmp_path / "data"),
    )
    with psycopg.connect(url, autocommit=True) as connection:
        while not connection.execute(
            "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY loading_source%'"
        ).fetchall():
            assert process.process.poll() is None, process.output
    process.end(signal.SIGKILL)
    assert "killed: 2 rows, 1 columns, 2 arcsec\n" in arrayan("catalog", "list").out
    assert arrayan("catalog", "add", "killed", good).code == 0
