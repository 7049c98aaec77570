"""The Simple Cone Search: asked by pyvo, judged by astropy's validator, with errors as the standard has them."""

import io
import shutil
import subprocess
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psycopg
import pytest
import pyvo
from astropy.coordinates import SkyCoord
from astropy.io.votable import parse, validate
from astropy.io.votable.tree import VOTableFile

from api.app import create_app
from domain.sky_object import SkyObject
from storage.packet_archive import PacketArchive
from storage.reader import Reader
from tests.support.databases import Backend, TestDatabases
from tests.support.http_server import serving
from tests.support.scattered_objects import CROWDED_PLACES, insert_objects, scattered_objects

Row = tuple[str, float, float]


@pytest.fixture(scope="module")
def objects() -> list[SkyObject]:
    return scattered_objects()


@pytest.fixture(scope="module")
def address(
    databases: TestDatabases,
    any_backend: Backend,
    objects: list[SkyObject],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[str]:
    with databases.fresh(any_backend) as url:
        insert_objects(url, objects)
        reader = Reader(url, connections=2, statement_timeout_seconds=30.0)
        archive = PacketArchive(str(tmp_path_factory.mktemp("no_packets")))
        with serving(create_app(reader, archive)) as server:
            yield f"{server}/scs"


def get(address: str, **parameters: Any) -> httpx.Response:
    return httpx.get(address, params={"RA": 0, "DEC": 45, "SR": 1, **parameters})


def read(answer: httpx.Response) -> VOTableFile:
    """Whatever is not as the standards have it is an error."""
    assert answer.headers["Content-Type"].startswith("application/x-votable+xml")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return parse(io.BytesIO(answer.content), verify="exception")


def status_of(found: VOTableFile) -> list[tuple[str, str]]:
    return [(info.name, info.value) for resource in found.resources for info in resource.infos]


@pytest.mark.parametrize(("ra", "dec"), CROWDED_PLACES)
@pytest.mark.parametrize("radius", [0.4 / 3600, 25 / 3600, 0.5, 6.0])
def test_pyvo_finds_what_astropy_says_is_there(
    address: str, objects: list[SkyObject], ra: float, dec: float, radius: float
) -> None:
    center = SkyCoord(ra, dec, unit="deg")
    separations = center.separation(SkyCoord([o.ra for o in objects], [o.dec for o in objects], unit="deg")).deg
    expected = {objects[place].name for place in np.flatnonzero(separations <= radius)}
    found = pyvo.dal.scs.search(address, pos=(ra, dec), radius=radius, verbosity=3)
    assert {record.id for record in found} == expected
    assert [record["separation"] for record in found] == pytest.approx(
        sorted(separations[separations <= radius] * 3600), rel=1e-9, abs=1e-9
    )
    by_name = {o.name: o for o in objects}
    for record, stellar in zip(found, found.to_table()["stellar"], strict=True):
        kept = by_name[record.id]
        assert (record["object_id"], record["ra"], record["dec"]) == (kept.object_id, kept.ra, kept.dec)
        assert stellar is np.ma.masked if kept.stellar is None else stellar == kept.stellar
        assert record.pos.icrs.ra.deg == pytest.approx(kept.ra, abs=1e-9)


@pytest.mark.parametrize("parameters", [{}, {"VERB": 1}, {"VERB": 3}, {"SR": 0}, {"MAXREC": 2}, {"RA": "x"}])
def test_the_validator_finds_nothing(address: str, parameters: dict[str, Any]) -> None:
    answer = get(address, **parameters)
    told = io.StringIO()
    assert validate(io.BytesIO(answer.content), output=told, xmllint=False), told.getvalue()
    read(answer)


def test_the_columns_that_the_standard_needs_are_there_once(address: str) -> None:
    for verbosity in (1, 2, 3):
        fields = list(read(get(address, VERB=verbosity)).iter_fields_and_params())
        main = {field.ucd: (field.name, field.datatype, field.arraysize) for field in fields if field.ucd}
        assert main == {
            "ID_MAIN": ("name", "char", "*"),
            "POS_EQ_RA_MAIN": ("ra", "double", None),
            "POS_EQ_DEC_MAIN": ("dec", "double", None),
        }
        assert len(fields) == {1: 3, 2: 8, 3: 14}[verbosity]


def test_radius_zero_gives_the_columns_alone(address: str) -> None:
    found = read(get(address, SR=0))
    assert len(found.get_first_table().array) == 0
    assert [field.name for field in found.get_first_table().fields] == [
        field.name for field in read(get(address)).get_first_table().fields
    ]


def test_a_limit_gives_the_nearest_and_is_told(address: str) -> None:
    whole, some, none = (read(get(address, MAXREC=most)) for most in (1000, 2, 0))
    assert status_of(whole) == [("QUERY_STATUS", "OK")]
    assert status_of(some) == status_of(none) == [("QUERY_STATUS", "OVERFLOW")]
    assert list(some.get_first_table().array["name"]) == list(whole.get_first_table().array["name"][:2])
    assert len(pyvo.dal.scs.search(address, pos=(0, 45), radius=1, MAXREC=2)) == 2


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"RA": "as3f"}, "Error in input RA value: as3f"),
        ({"RA": "nan"}, "Error in input RA value: nan"),
        ({"RA": "1_0"}, "Error in input RA value: 1_0"),
        ({"ra": "12"}, "RA is given more than once, with different values"),
        ({"DEC": "91"}, "Error in input DEC value: 91 is not between -90 and 90"),
        ({"SR": "-1"}, "Error in input SR value: -1 is not between 0 and 10 degrees"),
        ({"SR": "11"}, "Error in input SR value: 11 is not between 0 and 10 degrees"),
        ({"VERB": "4"}, "Error in input VERB value: 4 is not between 1 and 3"),
        ({"MAXREC": "-1"}, "Error in input MAXREC value: -1 is not between 0 and 1000000"),
        ({"RESPONSEFORMAT": "<html>"}, "Error in input RESPONSEFORMAT value: <html>"),
    ],
)
def test_mistakes_are_told_in_a_votable(address: str, parameters: Mapping[str, str], message: str) -> None:
    answer = get(address, **parameters)
    assert answer.status_code == 200
    (info,) = read(answer).infos
    assert (info.ID, info.name, info.value) == ("Error", "Error", message)
    assert list(read(answer).iter_tables()) == []


def test_what_is_missing_is_named(address: str) -> None:
    answer = httpx.get(address, params={"RA": 1, "SR": 1})
    assert "DEC is missing" in read(answer).infos[0].value


def test_pyvo_sees_an_error(address: str) -> None:
    with pytest.raises(pyvo.dal.DALQueryError, match="not between 0 and 10 degrees"):
        pyvo.dal.scs.search(address, pos=(0, 45), radius=20)


def test_names_of_parameters_may_be_small_and_right_ascension_goes_round(address: str) -> None:
    small = httpx.get(address, params={"ra": 360, "dec": 45, "sr": 1}).content
    assert small == get(address).content


def test_other_formats_have_the_same_rows(address: str) -> None:
    lines = get(address, RESPONSEFORMAT="text/csv").text.splitlines()
    assert [line.split(",")[1] for line in lines[1:]] == list(read(get(address)).get_first_table().array["name"])


def test_a_database_that_does_not_answer_is_no_mistake_of_the_client(tmp_path: Path, any_database_url: str) -> None:
    reader = Reader(any_database_url, connections=1, statement_timeout_seconds=0.5)
    with (
        serving(create_app(reader, PacketArchive(str(tmp_path)))) as server,
        psycopg.connect(any_database_url) as lock,
    ):
        lock.execute("LOCK TABLE object IN ACCESS EXCLUSIVE MODE")
        answer = get(f"{server}/scs")
    assert answer.status_code == 504
    assert [info.name for info in read(answer).infos] == ["Error"]


needs_stilts = pytest.mark.skipif(shutil.which("stilts") is None, reason="no STILTS on this machine")


@needs_stilts
def test_stilts_finds_the_same_rows(address: str) -> None:
    arguments = [f"serviceurl={address}", "lon=0", "lat=45", "radius=6", "verb=3", "ofmt=csv"]
    ran = subprocess.run(["stilts", "cone", *arguments], capture_output=True, text=True, check=True, timeout=60)
    names = [line.split(",")[2] for line in ran.stdout.splitlines()[1:]]
    assert names == list(read(get(address, SR=6)).get_first_table().array["name"])
    assert len(names) > 20


@needs_stilts
@pytest.mark.parametrize(
    "path", ["/scs?RA=0&DEC=45&SR=6&VERB=3", "/objects.vot?maxRows=3", "/lightcurve/ZTF/{name}.vot"]
)
def test_votlint_finds_nothing(address: str, objects: list[SkyObject], tmp_path: Path, path: str) -> None:
    name = next(one.name for one in objects if one.survey == "ZTF")
    file = tmp_path / "table.vot"
    file.write_bytes(httpx.get(address.removesuffix("/scs") + path.format(name=name)).content)
    ran = subprocess.run(["stilts", "votlint", f"votable={file}"], capture_output=True, text=True, timeout=60)
    assert (ran.stdout + ran.stderr).strip() == ""
