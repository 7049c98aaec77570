"""Tables by URL: the same values as GraphQL gives, limits that are told, errors as GraphQL has them."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import httpx
import pytest

from api.accepted import by_accept
from api.app import create_app
from domain.table_format import LightCurveTable, TableFormat
from storage.reader import Reader
from takeout.light_curve_tables import LIGHT_CURVE_TABLES
from takeout.object_table import OBJECT_TABLE
from tests.support.http_server import serving
from tests.support.read_tables import ReadRow, read_table, read_tables
from tests.support.sample_night import StoredNight

FORMATS = list(TableFormat)

OBJECTS = """
query($where: ObjectFilter, $orderBy: [ObjectOrder!], $format: TableFormat!, $after: String) {
  objects(where: $where, orderBy: $orderBy, first: 500, after: $after) {
    download(format: $format)
    nodes {
      survey name ra dec detectionCount nonDetectionCount firstMjd lastMjd corrected stellar meanColor
      meanApparentColor
    }
  }
}
"""
LIGHT_CURVE = """
query($name: String!, $bands: [Band!], $afterMjd: Float, $format: TableFormat!, $table: LightCurveTable) {
  object(name: $name) {
    lightCurve(bands: $bands, afterMjd: $afterMjd) {
      download(format: $format, table: $table)
      detections {
        candid mjd band ra dec isPositive magnitude magnitudeError apparentMagnitude apparentMagnitudeError
        apparentMagnitudeErrorExtended flux fluxError limitingMagnitude realBogus deepRealBogus corrected dubious
        hasStamps
      }
      nonDetections { mjd band limitingMagnitude }
      forcedPhotometry {
        mjd band flux fluxError magnitude magnitudeError isPositive apparentMagnitude apparentMagnitudeError
        limitingMagnitude
      }
    }
  }
}
"""


@pytest.fixture(scope="module")
def client(stored_night: StoredNight) -> Iterator[httpx.Client]:
    reader = Reader(stored_night.url, connections=2, statement_timeout_seconds=30.0, downloads=2)
    with serving(create_app(reader, stored_night.archive)) as url, httpx.Client(base_url=url) as session:
        yield session


def told(row: Mapping[str, Any]) -> ReadRow:
    """A row as GraphQL tells it, with its identifier as a number."""
    return tuple(int(value) if name == "candid" else value for name, value in row.items())


def code(answer: httpx.Response) -> str:
    (error,) = answer.json()["errors"]
    return str(error["extensions"]["code"])


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("where", "order_by"),
    [
        (None, None),
        (
            {"meanColor": {"gte": -1}, "or": [{"stellar": True}, {"not": {"detectionCount": {"lt": 3}}}]},
            [{"field": "DURATION", "direction": "ASC"}, {"field": "NAME"}],
        ),
        ({"region": {"box": {"raMin": 0, "raMax": 360, "decMin": -90, "decMax": 20}}}, [{"field": "RA"}]),
        ({"nameLike": "%100\\% ?é☃"}, None),
    ],
)
def test_a_file_of_objects_is_the_answer_of_graphql(
    stored_night: StoredNight, client: httpx.Client, form: TableFormat, where: Any, order_by: Any
) -> None:
    """Through the link that the answer has, and with the same question sent by POST."""
    asked = stored_night.endpoint.ask(OBJECTS, where=where, orderBy=order_by, format=form.value)["objects"]
    expected = [told(row) for row in asked["nodes"]]
    by_link = client.get(asked["download"])
    assert by_link.status_code == 200, by_link.text
    rows = read_table(form, by_link.content, OBJECT_TABLE)
    assert [row[1:] for row in rows] == expected
    assert by_link.headers["Arrayan-Rows"] == str(len(expected))
    assert by_link.headers["Arrayan-Truncated"] == "false"
    posted = client.post(
        "/objects", json={"where": where, "orderBy": order_by}, headers={"Accept": form.media_type}
    )
    assert posted.status_code == 200
    assert read_table(form, posted.content, OBJECT_TABLE) == rows
    assert posted.headers["Content-Type"].startswith(form.media_type)


def test_keys_are_those_of_the_database(stored_night: StoredNight, client: httpx.Client) -> None:
    rows = read_table(TableFormat.CSV, client.get("/objects.csv").content, OBJECT_TABLE)
    kept = stored_night.rows("SELECT object_id, name FROM object")
    assert {(row[0], row[2]) for row in rows} == {(row["object_id"], row["name"]) for row in kept}


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("window", "tables"),
    [
        ({}, list(LightCurveTable)),
        ({"bands": ["g"], "afterMjd": 61000.25}, list(LightCurveTable)),
        ({"table": "FORCED_PHOTOMETRY"}, [LightCurveTable.FORCED_PHOTOMETRY]),
        ({"table": "NON_DETECTIONS", "bands": []}, [LightCurveTable.NON_DETECTIONS]),
    ],
)
def test_a_file_of_a_light_curve_is_the_answer_of_graphql(
    stored_night: StoredNight,
    client: httpx.Client,
    form: TableFormat,
    window: dict[str, Any],
    tables: list[LightCurveTable],
) -> None:
    (most,) = stored_night.rows(
        "SELECT name FROM object WHERE object_id IN (SELECT object_id FROM non_detection) "
        "AND object_id IN (SELECT object_id FROM forced_photometry) ORDER BY detection_count DESC, name LIMIT 1"
    )
    asked = stored_night.endpoint.ask(LIGHT_CURVE, name=most["name"], format=form.value, **window)
    curve = asked["object"]["lightCurve"]
    told_of = {
        LightCurveTable.DETECTIONS: curve["detections"],
        LightCurveTable.NON_DETECTIONS: curve["nonDetections"],
        LightCurveTable.FORCED_PHOTOMETRY: curve["forcedPhotometry"],
    }
    held = tables if form.holds_several_tables else tables[:1]
    answer = client.get(curve["download"])
    assert answer.status_code == 200, answer.text
    found = read_tables(form, answer.content, [LIGHT_CURVE_TABLES[table] for table in held])
    assert list(found.values()) == [[told(row) for row in told_of[table]] for table in held]
    if not window:
        assert all(told_of.values())


def test_a_limit_is_told_in_every_format(client: httpx.Client) -> None:
    question = {"maxRows": 3, "orderBy": [{"field": "NAME", "direction": "ASC"}]}
    whole = read_table(
        TableFormat.CSV, client.post("/objects.csv", json={**question, "maxRows": 500}).content, OBJECT_TABLE
    )
    for form in FORMATS:
        answer = client.post(f"/objects.{form.extension}", json=question)
        assert (answer.headers["Arrayan-Rows"], answer.headers["Arrayan-Truncated"]) == ("3", "true")
        assert read_table(form, answer.content, OBJECT_TABLE) == whole[:3]
        marks = {
            TableFormat.VOTABLE: b'</TABLE>\n<INFO name="QUERY_STATUS" value="OVERFLOW"/>',
            TableFormat.FITS: b"TRUNCATE=                    T",
            TableFormat.PARQUET: b"truncated",
        }
        assert marks.get(form, b"") in answer.content
    assert client.get("/objects.csv", params={"maxRows": 0}).text.count("\n") == 1


@pytest.mark.parametrize(
    ("path", "status", "expected", "message"),
    [
        ("/objects.csv?where={", 400, "BAD_USER_INPUT", "where must be JSON"),
        ('/objects.csv?where={"ra":1}', 400, "BAD_USER_INPUT", "unknown field 'ra'"),
        ('/objects.csv?where={"names":["a\\u0000"]}', 400, "BAD_USER_INPUT", "without NUL"),
        ('/objects.csv?orderBy=[{"field":"PROBABILITY"}]', 400, "BAD_USER_INPUT", "to sort by PROBABILITY"),
        ("/objects.csv?maxRows=-1", 400, "BAD_USER_INPUT", "maxRows must not be negative"),
        ("/objects.csv?maxRows=1000001", 400, "LIMIT_EXCEEDED", "maxRows must be at most 1000000, got 1000001"),
        ("/objects.csv?maxRows=1&maxRows=2", 400, "BAD_USER_INPUT", "'maxRows' is given more than once"),
        ("/lightcurve/ZTF/nobody.csv?bands=g&bands=r", 400, "BAD_USER_INPUT", "'bands' is given more than once"),
        (f"/objects.csv?where={'[' * 30}{']' * 30}", 400, "LIMIT_EXCEEDED", "levels in a variable"),
        ("/objects.csv?first=3", 400, "BAD_USER_INPUT", "no parameter 'first'"),
        ("/objects.xlsx", 404, "NOT_FOUND", "must end in one of csv, vot, fits, parquet"),
        ("/lightcurve/ZTF/nobody.csv", 404, "NOT_FOUND", "no object 'nobody' of 'ZTF'"),
        ("/lightcurve/OGLE/nobody.csv", 404, "NOT_FOUND", "of 'OGLE'"),
        ("/lightcurve/ZTF/nobody.csv?bands=g,x", 400, "BAD_USER_INPUT", "does not exist in 'Band'"),
        ("/lightcurve/ZTF/nobody.csv?afterMjd=now", 400, "BAD_USER_INPUT", "afterMjd must be JSON"),
        ("/lightcurve/ZTF/nobody.csv?table=stamps", 400, "BAD_USER_INPUT", "'LightCurveTable'"),
    ],
)
def test_errors_are_those_of_graphql(
    client: httpx.Client, path: str, status: int, expected: str, message: str
) -> None:
    answer = client.get(path)
    assert (answer.status_code, code(answer)) == (status, expected)
    assert message in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("body", [b"[]", b"{", b'"where"', b"\xff"])
def test_a_body_that_is_no_question_is_refused(client: httpx.Client, body: bytes) -> None:
    answer = client.post("/objects.csv", content=body)
    assert (answer.status_code, code(answer)) == (400, "BAD_USER_INPUT")


def test_a_body_has_a_limit(client: httpx.Client) -> None:
    answer = client.post("/objects.csv", content=b" " * 2_000_001)
    assert (answer.status_code, code(answer)) == (400, "LIMIT_EXCEEDED")


def test_head_gives_the_headers_alone(client: httpx.Client) -> None:
    answer = client.head("/objects.fits")
    assert (answer.status_code, answer.content) == (200, b"")
    assert int(answer.headers["Arrayan-Rows"]) > 0


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", TableFormat.CSV),
        ("*/*", TableFormat.CSV),
        ("text/html, */*;q=0.1", TableFormat.CSV),
        ("application/fits, text/csv;q=0.9", TableFormat.FITS),
        ("text/csv;q=0.2, application/x-votable+xml;serialization=binary2;q=0.7", TableFormat.VOTABLE),
        ("application/*", TableFormat.VOTABLE),
        ("application/vnd.apache.parquet;q=x, text/csv", TableFormat.CSV),
        ("text/html", None),
        ("text/csv;q=0", None),
    ],
)
def test_accept_chooses_the_format(accept: str, form: TableFormat | None) -> None:
    assert by_accept(accept) is form


def test_a_client_that_takes_none_of_our_formats_is_told_which_there_are(client: httpx.Client) -> None:
    answer = client.get("/objects", headers={"Accept": "text/html"})
    assert (answer.status_code, code(answer)) == (406, "BAD_USER_INPUT")
    assert "application/fits" in answer.text


def test_a_link_that_would_be_too_long_says_what_to_do(stored_night: StoredNight) -> None:
    names = [f"ZTF20{number:07}" for number in range(900)]
    refusal = stored_night.endpoint.refusal(OBJECTS, where={"names": names}, format="CSV")
    assert refusal.code == "LIMIT_EXCEEDED"
    assert "POST to /objects.csv" in refusal.message


def test_gzip_is_given_to_those_who_ask(client: httpx.Client) -> None:
    for form, encoding in ((TableFormat.CSV, "gzip"), (TableFormat.PARQUET, "identity")):
        answer = client.get(f"/objects.{form.extension}", headers={"Accept-Encoding": "gzip"})
        assert answer.headers.get("Content-Encoding") == encoding
        assert read_table(form, answer.content, OBJECT_TABLE)


def test_posted_json_may_leave_everything_out(client: httpx.Client) -> None:
    assert client.post("/objects.csv", content=json.dumps({})).content == client.get("/objects.csv").content
