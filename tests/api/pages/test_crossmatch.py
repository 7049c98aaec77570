"""The crossmatch page as it comes over HTTP, as forms without a script: a table is sent, read, and matched."""

import csv
import html
import io
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import psycopg
import pytest

from api.app import create_app
from api.crossmatch.asked import MAX_ROWS
from domain.sky import Position
from domain.sky_object import SkyObject
from storage.packet_archive import PacketArchive
from storage.passing_files import CONNECTIONS, PassingFileStore
from storage.reader import Reader
from tests.support import table_files
from tests.support.catalogued_sky import CataloguedSky
from tests.support.http_server import serving
from tests.support.points import Points, separations
from tests.support.sample_night import StoredNight

RADIUS = 20.0


@pytest.fixture(scope="module")
def servers(catalogued: CataloguedSky, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[str]]:
    """Two processes' worth of one server."""
    archive = PacketArchive(str(tmp_path_factory.mktemp("no_packets")))

    def app() -> Any:
        reader = Reader(catalogued.url, connections=2, statement_timeout_seconds=30.0, downloads=1)
        return create_app(reader, archive, tables=PassingFileStore(catalogued.url))

    with serving(app()) as one, serving(app()) as other:
        yield [one, other]


@pytest.fixture(scope="module")
def page(servers: list[str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=servers[0], timeout=60) as client:
        yield client


def send(client: httpx.Client, content: bytes, name: str = "targets.csv") -> str:
    """The address of a table that was sent."""
    response = client.post("/match", files={"table": (name, content)})
    assert response.status_code == 303, text_of(response)
    return response.headers["Location"]


def match(client: httpx.Client, table: str, **asked: str) -> str:
    """The address of what came of a table."""
    response = client.post(table, data=asked)
    assert response.status_code == 303, text_of(response)
    return response.headers["Location"]


def text_of(answer: httpx.Response) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text)))


def as_csv(rows: list[SkyObject]) -> bytes:
    return "\n".join(["target,ra,dec,note", *(f"T{row.name},{row.ra!r},{row.dec!r},07" for row in rows)]).encode()


def shown_targets(client: httpx.Client, address: str, shown: str = "all") -> list[str]:
    """The targets of all pages of a result, in their order."""
    found: list[str] = []
    number = 1
    while True:
        answer = client.get(address, params={"show": shown, "page": str(number)})
        found += re.findall(r'data-title="Target"[^>]*>([^<]+)<', answer.text)
        told = re.search(r"page ([\d\u202f]+) of ([\d\u202f]+)", text_of(answer))
        if told is None or told[1] == told[2]:
            return found
        number += 1


def test_a_table_goes_all_the_way_to_another_process(
    servers: list[str], page: httpx.Client, catalogued: CataloguedSky
) -> None:
    rows = list(catalogued.rows[::3])
    table = send(page, as_csv(rows))
    preview = page.get(table)
    assert "Right ascensions are read from ra as degrees" in text_of(preview).replace("  ", " ")
    assert preview.headers["Cache-Control"] == "private, no-store"
    with httpx.Client(base_url=servers[1], timeout=60) as other:
        result = match(other, table, catalog="wide", radius=str(RADIUS), match="nearest")
    places = Points(*catalogued.sources["wide"])
    near = [bool((separations(places, Position(row.ra, row.dec)) <= RADIUS).any()) for row in rows]
    expected = {
        "all": [f"T{row.name}" for row in rows],
        "matched": [f"T{row.name}" for row, is_near in zip(rows, near, strict=True) if is_near],
        "unmatched": [f"T{row.name}" for row, is_near in zip(rows, near, strict=True) if not is_near],
    }
    assert min(map(len, expected.values())) > 50
    for shown, targets in expected.items():
        assert shown_targets(page, result, shown) == targets
        answer = page.get(f"{result}/rows.csv", params={"show": shown})
        assert [row["target"] for row in csv.DictReader(io.StringIO(answer.text))] == targets
        assert answer.headers["Arrayan-Rows"] == str(len(targets))


@pytest.mark.parametrize("matches", ["nearest", "all"])
@pytest.mark.parametrize("extension", ["csv", "vot", "fits", "parquet"])
def test_the_files_are_those_of_the_route(
    page: httpx.Client, catalogued: CataloguedSky, matches: str, extension: str
) -> None:
    content = as_csv(list(catalogued.rows[::7]))
    asked = {"catalog": "wide", "radius": "40", "match": matches}
    result = match(page, send(page, content), **asked)
    wanted = page.post("/crossmatch", params={**asked, "format": extension}, content=content)
    found = page.get(f"{result}/rows.{extension}")
    assert found.headers["Content-Disposition"] == f'attachment; filename="targets_crossmatch.{extension}"'
    assert found.content == wanted.content


@pytest.mark.parametrize("name", ["table.vot", "binary2.vot", "table.fits", "table.parquet", "table.ecsv"])
def test_every_format_is_understood(page: httpx.Client, tmp_path: Path, name: str) -> None:
    table_files.WRITERS[name](tmp_path / name)
    table = send(page, (tmp_path / name).read_bytes(), name)
    preview = text_of(page.get(table))
    assert "00:41:00.000 -45:30:00.00" in preview
    assert "Source_ID" in preview
    assert f"{name} 3 rows" in preview
    result = match(page, table, catalog="few")
    assert shown_targets(page, result) == table_files.IDS
    for extension in ("csv", "vot", "parquet"):
        asked = {"catalog": "few", "format": extension}
        wanted = page.post("/crossmatch", params=asked, content=(tmp_path / name).read_bytes())
        assert page.get(f"{result}/rows.{extension}").content == wanted.content


def test_columns_and_units_are_chosen(page: httpx.Client) -> None:
    table = send(page, b"k,a,d\none,12.5,-10\ntwo,x,3\n")
    answer = page.get(table)
    assert "no column looks like the right ascension" in text_of(answer)
    asked = {"id": "k", "ra": "a", "dec": "d", "raUnit": "hours"}
    preview = text_of(page.get(table, params=asked))
    assert "12:30:00.000 -10:00:00.00" in preview
    assert "a: 'x' is no number" in preview
    refused = page.post(table, data=asked)
    assert refused.status_code == 400
    assert "1 row cannot be matched" in text_of(refused)
    assert "row 2, column 'a': 'x' is no number" in text_of(refused)
    result = page.get(match(page, table, **asked, skipBad="1"))
    assert "1 row was left out" in text_of(result)
    back = html.unescape(re.findall(r'href="([^"]+)">Change the search', result.text)[0])
    assert 'value="hours" selected' in page.get(back).text


@pytest.mark.parametrize(
    ("asked", "field", "message"),
    [
        ({"radius": "x"}, "radius", "'x' is no number"),
        ({"radius": "0"}, "radius", "must be greater than 0 and at most 600 arcsec"),
        ({"radius": "nan"}, "radius", "must be greater than 0"),
        ({"radius": "11", "radiusUnit": "arcmin"}, "radius", "at most 10 arcmin"),
        ({"radius": "1", "radiusUnit": "deg"}, "radius", "at most 0.166667 deg"),
        ({"catalog": "nowhere"}, "catalog", "'nowhere' is none of"),
        ({"ra": "nothing"}, "ra", "'nothing' is none of"),
        ({"ra": "dec"}, "dec", "cannot be both"),
        ({"raUnit": "miles"}, "raUnit", "is none of degrees"),
        ({"match": "best"}, "match", "is none of nearest"),
    ],
)
def test_mistakes_are_told_beside_their_field(
    page: httpx.Client, asked: dict[str, str], field: str, message: str
) -> None:
    answer = page.post(send(page, b"ra,dec\n1,2\n"), data=asked)
    assert answer.status_code == 400
    told = re.findall(rf'id="{field}-mistake">([^<]+)', answer.text)
    assert told
    assert message in html.unescape(told[0])


def test_hours_are_asked_for_beside_the_unit(page: httpx.Client) -> None:
    content = "\n".join(["ra,dec", *(f"{number / 2},5" for number in range(40))]).encode()
    answer = page.post(send(page, content))
    assert re.findall(r'id="raUnit-mistake">[^<]+say whether they are hours or degrees', answer.text)


@pytest.mark.parametrize(
    ("content", "status", "message"),
    [
        (b"", 400, "table.csv is empty"),
        (b"ra,dec\n", 400, "has columns and no rows"),
        (b"10,20\n30,40\n", 400, "holds numbers, not names of columns"),
        ("ra,dec,n\n1,2,é\n".encode("latin-1"), 400, "line 2, letter 5: byte 0xe9 is not UTF-8"),
        (b"\x1f\x8bpacked", 400, "not packed"),
        (b"\x00\x01\x02", 400, "is none of CSV"),
        (b"PAR1 and no more", 400, "no Parquet file"),
        (b"ra,dec\n" + b"1,2\n" * (MAX_ROWS + 1), 400, "more than 100,000 rows; send it in parts"),
    ],
)
def test_what_is_no_table_is_told_beside_the_file(
    page: httpx.Client, content: bytes, status: int, message: str
) -> None:
    if len(content) < 1000:
        answer = page.post("/match", files={"table": ("table.csv", content)})
        assert answer.status_code == status
        assert message in html.unescape(re.findall(r'id="table-mistake">([^<]+)', answer.text)[0])
    for_script = page.post(
        "/match", files={"table": ("table.csv", content)}, headers={"Accept": "application/json"}
    )
    assert message in for_script.json()["mistakes"]["table"]


def test_no_file_at_all_is_told(page: httpx.Client) -> None:
    answer = page.post("/match", content=form_without_a_file(), headers={"Content-Type": FORM})
    assert "choose a file first" in text_of(answer)


FORM = "multipart/form-data; boundary=x"


def form_without_a_file() -> bytes:
    """As browsers send it."""
    head = b'Content-Disposition: form-data; name="table"; filename=""\r\nContent-Type: application/octet-stream'
    return b"--x\r\n" + head + b"\r\n\r\n\r\n--x--\r\n"


def test_rows_are_pasted(page: httpx.Client) -> None:
    example = page.get("/match?example=1")
    pasted = html.unescape(re.findall(r"<textarea[^>]*>([^<]+)", example.text)[0])
    assert pasted.splitlines()[0] == "name,ra,dec"
    sent = page.post("/match", data={"text": pasted.replace("\n", "\r\n")})
    assert sent.status_code == 303
    result = page.get(match(page, sent.headers["Location"], radius="1"))
    assert "5 with a match" in text_of(result)
    empty = page.post("/match", data={"text": "  "})
    assert empty.status_code == 400
    assert "paste some rows first" in text_of(empty)


def test_how_far_it_is_comes_line_by_line(page: httpx.Client, catalogued: CataloguedSky) -> None:
    rows = np.random.default_rng(1).permuted(np.arange(5000) % 360)
    table = send(page, "\n".join(["ra,dec", *(f"{ra},5" for ra in rows)]).encode())
    headers = {"Accept": "application/x-ndjson"}
    with page.stream("POST", table, data={"catalog": "wide"}, headers=headers) as answer:
        lines = [json.loads(line) for line in answer.iter_lines()]
    assert [line["done"] for line in lines] == [0, 2000, 4000, 5000, 5000]
    assert {line["of"] for line in lines} == {5000}
    assert page.get(lines[-1]["location"]).status_code == 200
    bad = send(page, b"ra,dec\n1,x\n")
    with page.stream("POST", bad, headers=headers) as answer:
        (line,) = [json.loads(line) for line in answer.iter_lines()]
    assert "row 1, column &#39;dec&#39;" in line["page"]
    assert len(catalogued.rows) > 0


def test_whoever_goes_before_the_end_leaves_nothing_behind(page: httpx.Client, catalogued: CataloguedSky) -> None:
    table = send(page, "\n".join(["ra,dec", *(f"{number % 360},5" for number in range(8000))]).encode())
    with psycopg.connect(catalogued.url) as connection:
        for _ in range(CONNECTIONS + 1):
            with (
                httpx.Client(base_url=page.base_url, timeout=60) as hasty,
                hasty.stream("POST", table, headers={"Accept": "application/x-ndjson"}) as answer,
            ):
                next(answer.iter_lines())
        result = match(page, table)
        unfinished = connection.execute("SELECT count(*) FROM passing_file WHERE head IS NULL").fetchone()
    assert page.get(result).status_code == 200
    assert unfinished == (0,)


def test_a_table_is_deleted_with_all_that_was_made_of_it(page: httpx.Client, catalogued: CataloguedSky) -> None:
    table = send(page, b"ra,dec\n1,2\n")
    result = match(page, table)
    answer = page.post(f"{table}/delete", follow_redirects=True)
    assert "Your table is deleted" in text_of(answer)
    for gone in (table, result, f"{result}/rows.csv"):
        answer = page.get(gone)
        assert answer.status_code == 404
        assert "tables are kept for 6 hours. Send it again" in text_of(answer)
    kept = [address.split("/")[-1] for address in (table, result)]
    with psycopg.connect(catalogued.url) as connection:
        left = connection.execute("SELECT count(*) FROM passing_file_part WHERE file_id = ANY(%s)", (kept,))
        assert left.fetchone() == (0,)


def test_nothing_is_found_where_nothing_is(page: httpx.Client) -> None:
    table, other = send(page, b"ra,dec\n1,2\n"), send(page, b"ra,dec\n1,2\n")
    result = match(page, table)
    identifier = result.split("/")[-1]
    for address in ("/match/x", f"/match/{'0' * 32}", f"{other}/{identifier}", f"/match/{identifier}"):
        assert page.get(address).status_code == 404
    assert page.get(f"{result}/rows.doc").status_code == 400
    assert page.get(f"{result}/rows.csv?show=some").status_code == 400
    assert page.get(f"{result}?page=2").status_code == 400
    assert page.get("/crossmatch").headers["Location"] == "/match"


def test_objects_are_shown_with_their_classes_and_links(pages: httpx.Client, classified_night: StoredNight) -> None:
    found = classified_night.rows(
        "SELECT name, survey, ra, dec FROM object ORDER BY detection_count DESC, name LIMIT 60"
    )
    rows = [f"{row['name']},{row['ra']!r},{row['dec']!r}" for row in found]
    result = match(pages, send(pages, "\n".join(["name,ra,dec", *rows]).encode()), match="all", radius="0.5")
    answer = pages.get(result)
    for row in found[:50]:
        assert f'href="/object/{row["survey"]}/{row["name"]}"' in answer.text
    assert re.search(r'<span class="answer" title="[^"]+">[^<]+ %', answer.text)
    top = {
        (row["name"], row["classifier"]): (row["class"], row["probability"])
        for row in classified_night.rows(
            "SELECT name, classifier, class, probability FROM latest_classification JOIN object USING (object_id)"
        )
    }
    classifiers = sorted({classifier for _, classifier in top})
    told = list(csv.DictReader(io.StringIO(pages.get(f"{result}/rows.csv").text)))
    assert len(told) >= len(found)
    for line in told:
        for classifier in classifiers:
            name, probability = top.get((line["match_name"], classifier), ("", None))
            assert line[f"match_{classifier}_class"] == name
            assert line[f"match_{classifier}_probability"] == ("" if probability is None else repr(probability))
    assert "query Crossmatched" in html.unescape(
        httpx.URL(html.unescape(re.findall(r'class="query" href="([^"]+)"', answer.text)[0])).fragment
    ).replace("%20", " ")


def test_a_server_without_a_store_says_so(catalogued: CataloguedSky, tmp_path: Path) -> None:
    reader = Reader(catalogued.url, connections=1, statement_timeout_seconds=30.0)
    with (
        serving(create_app(reader, PacketArchive(str(tmp_path)))) as address,
        httpx.Client(base_url=address) as client,
    ):
        assert "takes no tables in here" in text_of(client.get("/match"))
        assert client.post("/match", files={"table": ("x.csv", b"ra,dec\n1,2\n")}).status_code == 503
        assert client.get(f"/match/{'0' * 32}").status_code == 503
