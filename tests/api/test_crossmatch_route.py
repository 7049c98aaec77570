"""`POST /crossmatch`: the table that was sent comes back with what lies near its rows."""

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from astropy.table import Table

from api.app import create_app
from api.crossmatch.asked import MAX_BODY_BYTES, MAX_ROWS
from domain.sky import Position
from domain.sky_object import SkyObject
from storage.packet_archive import PacketArchive
from storage.reader import Reader
from tests.support import table_files
from tests.support.catalogued_sky import CataloguedSky
from tests.support.http_server import serving
from tests.support.points import Points, separations

RADIUS = 20.0


@pytest.fixture(scope="module")
def client(catalogued: CataloguedSky, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    reader = Reader(catalogued.url, connections=2, statement_timeout_seconds=30.0, downloads=1)
    archive = PacketArchive(str(tmp_path_factory.mktemp("no_packets")))
    with serving(create_app(reader, archive)) as url, httpx.Client(base_url=url, timeout=60) as session:
        yield session


def targets(catalogued: CataloguedSky) -> list[SkyObject]:
    return list(catalogued.rows[::4])


def as_csv(rows: list[SkyObject]) -> bytes:
    lines = [f'{row.name},"{row.ra!r}",{row.dec!r},07' for row in rows]
    return "\n".join(["target,ra,dec,note", *lines]).encode()


def read_csv(response: httpx.Response) -> list[dict[str, str]]:
    assert response.status_code == 200, response.text
    return list(csv.DictReader(io.StringIO(response.text)))


def near(places: Any, row: SkyObject, radius: float) -> list[tuple[float, int]]:
    """Separations and places of the sources near a target, the nearest first."""
    angles = separations(Points(*places), Position(row.ra, row.dec))
    return sorted((float(angles[index]), int(index)) for index in np.flatnonzero(angles <= radius))


@pytest.mark.parametrize("match", ["nearest", "all"])
def test_targets_against_a_catalogue(client: httpx.Client, catalogued: CataloguedSky, match: str) -> None:
    rows = targets(catalogued)
    response = client.post(
        "/crossmatch", params={"catalog": "wide", "radius": RADIUS, "match": match}, content=as_csv(rows)
    )
    answer = read_csv(response)
    places, told = catalogued.sources["wide"], iter(answer)
    for row in rows:
        found = near(places, row, RADIUS)
        mine = [next(told) for _ in range(max(1, len(found) if match == "all" else 1))]
        assert [(one["target"], one["note"]) for one in mine] == [(row.name, "07")] * len(mine)
        if not found:
            assert mine[0]["match_id"] == mine[0]["match_separation"] == mine[0]["match_kind"] == ""
            continue
        wanted = [separation for separation, _ in found[: len(mine)]]
        assert [float(one["match_separation"]) for one in mine] == pytest.approx(wanted, abs=1e-6)
        for one in mine:
            index = int(one["match_id"])
            assert float(one["match_separation"]) == pytest.approx(dict(turned(found))[index], abs=1e-6)
            assert (one["match_magnitude"], one["match_kind"]) == (str(index / 2), "kind")
            assert float(one["match_ra"]) == places.ra[index]
    assert next(told, None) is None
    assert len(answer) == int(response.headers["Arrayan-Rows"])


def turned(found: list[tuple[float, int]]) -> list[tuple[int, float]]:
    return [(index, separation) for separation, index in found]


def test_targets_against_objects(client: httpx.Client, catalogued: CataloguedSky) -> None:
    rows = targets(catalogued)
    answer = read_csv(client.post("/crossmatch", params={"radius": 1, "match": "all"}, content=as_csv(rows)))
    points = np.array([[row.ra, row.dec] for row in catalogued.rows]).T
    expected = [(row.name, catalogued.rows[index].name) for row in rows for _, index in near(points, row, 1.0)]
    assert sorted((told["target"], told["match_name"]) for told in answer) == sorted(expected)
    assert list(answer[0])[4:] == [
        *("match_survey", "match_name", "match_ra", "match_dec", "match_detection_count", "match_first_mjd"),
        *("match_last_mjd", "match_separation"),
    ]


@pytest.mark.parametrize("sent", ["table.csv", "table.vot", "binary2.vot", "table.fits", "table.parquet"])
@pytest.mark.parametrize(
    ("accept", "read"),
    [
        ("text/csv", lambda path: Table.read(path, format="ascii.csv")),
        ("application/x-votable+xml", lambda path: Table.read(path, format="votable")),
        ("application/fits", lambda path: Table.read(path, format="fits", hdu=1)),
        ("application/vnd.apache.parquet", lambda path: parquet_table(path)),
    ],
)
def test_every_format_comes_and_goes(
    client: httpx.Client, tmp_path: Path, sent: str, accept: str, read: Callable[[Path], Table]
) -> None:
    table_files.WRITERS[sent](tmp_path / sent)
    response = client.post(
        "/crossmatch",
        params={"catalog": "few"},
        content=(tmp_path / sent).read_bytes(),
        headers={"Accept": accept},
    )
    assert response.status_code == 200, response.text
    (tmp_path / "answer").write_bytes(response.content)
    table = read(tmp_path / "answer")
    assert [str(one).strip() for one in table["Source_ID"]] == table_files.IDS
    assert [float(one) for one in table["RAJ2000"]] == table_files.RA
    assert [int(one) for one in table["n"]] == table_files.COUNTS
    assert float(table["gmag"][0]) == 17.32
    assert np.ma.is_masked(table["gmag"][1]) or np.isnan(table["gmag"][1])
    assert "match_separation" in table.colnames


def parquet_table(path: Path) -> Table:
    import pyarrow.parquet as pq

    columns = pq.read_table(path).to_pydict()
    return Table({name: [np.nan if one is None else one for one in cells] for name, cells in columns.items()})


def test_a_form_as_browsers_send_it(client: httpx.Client, catalogued: CataloguedSky) -> None:
    rows = targets(catalogued)[:3]
    response = client.post(
        "/crossmatch",
        data={"catalog": "wide", "radius": "20", "format": "vot"},
        files={"table": ("my targets.csv", as_csv(rows), "text/csv")},
    )
    assert response.status_code == 200, response.text
    assert response.headers["Content-Type"].startswith("application/x-votable+xml")
    assert 'attachment; filename="crossmatch.vot"' in response.headers["Content-Disposition"]


def test_columns_that_have_unusual_names_are_named(client: httpx.Client) -> None:
    content = "k,a,d,[Fe/H],match_ra,Größe\nx,12:00:00,-01:30:00,0.1,5,ö\n".encode()
    for accept in ("text/csv", "application/x-votable+xml", "application/fits"):
        response = client.post(
            "/crossmatch", params={"id": "k", "ra": "a", "dec": "d"}, content=content, headers={"Accept": accept}
        )
        assert response.status_code == 200, response.text
    (row,) = read_csv(client.post("/crossmatch", params={"ra": "a", "dec": "d"}, content=content))
    assert (row["match_ra"], row["match_ra_2"], row["Größe"]) == ("5", "", "ö")


def test_bad_rows_are_told_or_left_out(client: httpx.Client) -> None:
    content = b"id,ra,dec\na,10,10\nb,10,x\nc,10\nd,400,5\ne,20,20\n"
    response = client.post("/crossmatch", content=content)
    message = refused(response, 400, "BAD_USER_INPUT")
    assert "row 2, column 'dec': 'x' is no number" in message
    assert "row 3, it has 2 cells, and the header names 3 columns" in message
    assert "row 4, column 'ra': '400' is no right ascension" in message
    assert "skipBad=true" in message
    response = client.post("/crossmatch", params={"skipBad": "true"}, content=content)
    assert [row["id"] for row in read_csv(response)] == ["a", "e"]
    assert response.headers["Arrayan-Bad-Rows"] == "3"


def refused(response: httpx.Response, status: int, code: str) -> str:
    (error,) = response.json()["errors"]
    assert (response.status_code, error["extensions"]["code"]) == (status, code), error
    message: str = error["message"]
    return message


@pytest.mark.parametrize(
    ("params", "content", "status", "code", "message"),
    [
        ({"catalog": "x"}, b"ra,dec\n1,2\n", 400, "BAD_USER_INPUT", "no catalogue is named 'x'; there are few"),
        ({"radius": "0"}, b"ra,dec\n1,2\n", 400, "BAD_USER_INPUT", "radius must be greater than 0"),
        ({"radius": "1_0"}, b"ra,dec\n1,2\n", 400, "BAD_USER_INPUT", "radius must be a number"),
        ({"radius": ["1", "2"]}, b"ra,dec\n1,2\n", 400, "BAD_USER_INPUT", "'radius' is given more than once"),
        ({"skipBad": "maybe"}, b"ra,dec\n1,2\n", 400, "BAD_USER_INPUT", "skipBad must be true or false"),
        ({"radius": "nan"}, b"ra,dec\n1,2\n", 400, "BAD_USER_INPUT", "radius must be greater than 0"),
        ({"radius": "601"}, b"ra,dec\n1,2\n", 400, "BAD_USER_INPUT", "at most 600"),
        ({"radius": "x"}, b"ra,dec\n1,2\n", 400, "BAD_USER_INPUT", "must be a number"),
        ({"match": "best"}, b"ra,dec\n1,2\n", 400, "BAD_USER_INPUT", "nearest or all"),
        ({"colour": "red"}, b"ra,dec\n1,2\n", 400, "BAD_USER_INPUT", "no parameter 'colour'"),
        ({"raUnit": "miles"}, b"ra,dec\n1,2\n", 400, "BAD_USER_INPUT", "must be one of degrees"),
        ({"format": "doc"}, b"ra,dec\n1,2\n", 406, "BAD_USER_INPUT", "csv"),
        ({"ra": "x"}, b"ra,dec\n1,2\n", 400, "BAD_USER_INPUT", "has no column 'x'; there are ra, dec"),
        ({}, b"", 400, "BAD_USER_INPUT", "empty"),
        ({}, b"\x1f\x8b packed", 400, "BAD_USER_INPUT", "not packed"),
        ({}, b"name,mag\nx,1\n", 400, "BAD_USER_INPUT", "no column looks like the right ascension"),
        ({}, b"ra,dec\n" + b"1,2\n" * (MAX_ROWS + 1), 413, "BAD_USER_INPUT", "more than 100,000 rows"),
    ],
)
def test_what_cannot_be_is_refused(
    client: httpx.Client, params: dict[str, str], content: bytes, status: int, code: str, message: str
) -> None:
    assert message in refused(client.post("/crossmatch", params=params, content=content), status, code)


def test_a_body_that_is_too_large_is_refused_before_it_is_sent(client: httpx.Client) -> None:
    connection = HTTPConnection(client.base_url.host, client.base_url.port or 80, timeout=20)
    connection.putrequest("POST", "/crossmatch")
    connection.putheader("Content-Length", str(MAX_BODY_BYTES + 1))
    connection.endheaders()
    response = connection.getresponse()
    assert (response.status, response.headers["Connection"]) == (413, "close")
    assert b"at most 64 MB" in response.read()
    connection.close()


def test_a_body_that_grows_too_large_is_refused(client: httpx.Client) -> None:
    pieces = (b"1" * 1_000_000 for _ in range(MAX_BODY_BYTES // 1_000_000 + 2))
    with suppress(httpx.WriteError):  # the server may hang up
        refused(client.post("/crossmatch", content=pieces), 413, "LIMIT_EXCEEDED")
