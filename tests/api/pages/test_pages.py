"""The pages as they come over HTTP: without a script, they say what the endpoint says."""

import html
import json
import re
import xml.etree.ElementTree as ElementTree
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from api.app import create_app
from api.pages.formats import utc
from api.sky_images import SkyImages
from storage.reader import Reader
from tests.support.http_server import serving
from tests.support.sample_night import StoredNight


def text_of(answer: httpx.Response) -> str:
    """What can be read on a page."""
    shown = re.sub(r"<script.*?</script>", "", answer.text, flags=re.DOTALL)
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", shown)))


def asked_by(answer: httpx.Response) -> tuple[str, dict[str, Any]]:
    """The question behind "Show query"."""
    (address,) = re.findall(r'class="query" href="([^"]+)"', answer.text)
    parts = parse_qs(urlsplit(html.unescape(address)).fragment)
    return parts["query"][0], json.loads(parts["variables"][0])


@pytest.mark.parametrize("path", ["/", "/explorer", "/nights"])
def test_pages_open_with_a_policy_and_no_outside_address(pages: httpx.Client, path: str) -> None:
    answer = pages.get(path)
    assert answer.status_code == 200
    assert "default-src 'self'" in answer.headers["Content-Security-Policy"]
    assert not re.findall(r'(?:src|action)="(?:https?:)?//', answer.text)
    assert not re.findall(r"<script(?![^>]* src=)(?![^>]*application/json)", answer.text)
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', answer.text):
        assert "immutable" in pages.get(html.unescape(address)).headers["Cache-Control"]


def test_show_query_asks_what_the_page_shows(pages: httpx.Client) -> None:
    answer = pages.get("/explorer?order=NAME&direction=ASC&min_detections=3")
    query, variables = asked_by(answer)
    names = [
        node["name"]
        for node in pages.post("/graphql", json={"query": query, "variables": variables}).json()["data"]["objects"][
            "nodes"
        ]
    ]
    assert names
    assert re.findall(r'<tr data-key="ZTF/(\w+)"', answer.text) == names


def test_the_explorer_pages_through_everything_once(pages: httpx.Client, classified_night: StoredNight) -> None:
    expected = [row["name"] for row in classified_night.rows("SELECT name FROM object ORDER BY name")]
    found: list[str] = []
    answer = pages.get("/explorer?order=NAME&direction=ASC")
    while True:
        found += re.findall(r'<tr data-key="ZTF/(\w+)"', answer.text)
        after = re.findall(r'name="after" value="([^"]+)"><button>Next', answer.text)
        if not after:
            break
        answer = pages.get(
            "/explorer", params={"order": "NAME", "direction": "ASC", "after": html.unescape(after[0])}
        )
    assert found == expected


def test_mistakes_are_beside_their_field_and_nothing_is_searched(pages: httpx.Client) -> None:
    answer = pages.get("/explorer?position=nowhere&min_detections=3")
    assert answer.status_code == 400
    assert 'id="position-mistake"' in answer.text
    assert 'value="nowhere"' in answer.text
    assert 'id="results"' not in answer.text


def test_a_cursor_of_another_list_is_refused_in_words(pages: httpx.Client) -> None:
    answer = pages.get("/explorer?after=nonsense")
    assert answer.status_code == 400
    assert "cursor" in text_of(answer)


def test_what_is_typed_is_never_code(pages: httpx.Client) -> None:
    answer = pages.get("/explorer", params={"names": '"><script>alert(1)</script>', "position": "<b>x"})
    assert "<script>alert" not in answer.text
    assert "<b>x" not in answer.text


def test_an_object_page_says_which_answers_are_missing_and_why(
    pages: httpx.Client, classified_night: StoredNight
) -> None:
    answered, *_ = classified_night.rows("SELECT name FROM object JOIN feature USING (object_id) LIMIT 1")
    short, *_ = classified_night.rows("SELECT name FROM object WHERE detection_count < 6 LIMIT 1")
    assert "No answer of" not in pages.get(f"/object/ZTF/{answered['name']}").text
    text = pages.get(f"/object/ZTF/{short['name']}").text
    assert text.count("No answer of") == 1
    assert "No answer of trend: no band has 6 detections" in text


def test_an_object_page_has_its_numbers(pages: httpx.Client, classified_night: StoredNight) -> None:
    (row,) = classified_night.rows("SELECT * FROM object ORDER BY detection_count DESC, name LIMIT 1")
    answer = pages.get(f"/object/ZTF/{row['name']}")
    shown = text_of(answer)
    assert utc(row["first_mjd"]) in shown
    assert f"{row['ra']:.7f} {row['dec']:.7f}" in shown
    data = json.loads(re.findall(r'id="curve-data">(.*?)</script>', answer.text, re.DOTALL)[0])
    assert len(data["own"]["detections"]) == row["detection_count"]


@pytest.mark.parametrize(
    "path", ["/object/ZTF/ZTF99nothere", "/object/SDSS/x", "/candidate/ZTF/x", "/object/ZTF/x/stamps"]
)
def test_what_there_is_not_is_said_in_words(pages: httpx.Client, path: str) -> None:
    answer = pages.get(path)
    assert answer.status_code == 404
    assert "There is no" in text_of(answer)


def test_names_of_any_letters_are_looked_for(pages: httpx.Client) -> None:
    for name in ("%00", "a%2Fb", "%F0%9F%8C%B3", "<script>"):
        answer = pages.get(f"/object/ZTF/{name}")
        assert answer.status_code in (400, 404)
        assert "Traceback" not in answer.text


def test_stamps_of_an_alert_and_its_packet(pages: httpx.Client, classified_night: StoredNight) -> None:
    (row,) = classified_night.rows(
        "SELECT name, candid FROM alert JOIN object USING (object_id) WHERE stamp_spans IS NOT NULL "
        "ORDER BY candid LIMIT 1"
    )
    answer = pages.get(f"/object/ZTF/{row['name']}/stamps/{row['candid']}")
    pictures = re.findall(r'<img src="([^"]+\.png[^"]*)"', answer.text)
    assert len(pictures) == 3
    for picture in pictures:
        assert pages.get(html.unescape(picture)).content.startswith(b"\x89PNG")
    assert "candidate.magpsf" in text_of(answer)


def test_a_fragment_is_asked_for_by_its_header(pages: httpx.Client, classified_night: StoredNight) -> None:
    (row,) = classified_night.rows("SELECT name FROM object ORDER BY detection_count DESC, name LIMIT 1")
    for part in ("stamps", "periodogram", "visibility", "positions"):
        fragment = pages.get(f"/object/ZTF/{row['name']}/{part}", headers={"HX-Request": "true"})
        assert "<html" not in fragment.text
        assert "<html" in pages.get(f"/object/ZTF/{row['name']}/{part}").text


def test_the_hunter_lists_the_most_probable_first(pages: httpx.Client, classified_night: StoredNight) -> None:
    rows = classified_night.rows(
        "SELECT DISTINCT classifier.name FROM latest_classification JOIN classifier USING (classifier_id)"
    )
    for row in rows:
        answer = pages.get("/", params={"classifier": row["name"], "days": "30"})
        assert answer.status_code == 200
        _, variables = asked_by(answer)
        names = re.findall(r'<tr data-key="ZTF/(\w+)"', answer.text)
        shares = [float(value) for value in re.findall(r'<meter min="0" max="1" value="([0-9.e-]+)"', answer.text)]
        assert len(names) == len(shares)
        assert shares == sorted(shares, reverse=True)
        assert variables["where"]["class"]["classifier"] == row["name"]
        assert sorted(re.findall(r'class="mark" href="[^"]*/(\w+)"', answer.text)) == sorted(names)


def test_the_nights_page_adds_up(pages: httpx.Client, classified_night: StoredNight) -> None:
    rows = classified_night.rows("SELECT night::text AS night, stored FROM night ORDER BY night")
    shown = text_of(pages.get("/nights"))
    for row in rows:
        assert row["night"] in shown
        assert f"{row['stored']:,}".replace(",", "\u202f") in shown
    assert pages.get("/nights?survey=LSST").status_code == 200


def test_visibility_is_of_the_site_and_night_that_are_chosen(
    pages: httpx.Client, classified_night: StoredNight
) -> None:
    (row,) = classified_night.rows("SELECT name FROM object ORDER BY name LIMIT 1")
    path = f"/object/ZTF/{row['name']}/visibility"
    answer = pages.get(path, params={"site": "Palomar", "night": "2026-11-06"})
    _, variables = asked_by(answer)
    assert variables["latitude"] == 33.3563
    assert variables["night"] == "2026-11-06"
    assert "<polyline" in answer.text
    wrong = pages.get(path, params={"site": "Palomar", "night": "someday"})
    assert "MJD" in text_of(wrong)


def test_stamps_are_shown_as_chosen_and_step_through_the_alerts(
    pages: httpx.Client, classified_night: StoredNight
) -> None:
    (row,) = classified_night.rows(
        "SELECT name, array_agg(candid::text ORDER BY mjd, candid) AS candids FROM alert JOIN object "
        "USING (object_id) WHERE stamp_spans IS NOT NULL GROUP BY name ORDER BY count(*) DESC, name LIMIT 1"
    )
    path = f"/object/ZTF/{row['name']}/stamps/{row['candids'][0]}"
    answer = pages.get(path, params={"stretch": "log", "zoom": "6", "up": "up", "cross": "0"})
    assert len(re.findall(r"\.png\?scale=6&amp;stretch=log&amp;north=up", answer.text)) == 3
    assert 'class="crossed"' not in answer.text
    assert "survey&#39;s rule" in answer.text or "survey's rule" in answer.text
    onward = re.findall(r'href="([^"]+)" data-candid="(\d+)" aria-label="The alert after"', answer.text)
    assert [candid for _, candid in onward] == row["candids"][1:2]
    for address, _ in onward:
        assert "stretch=log" in address
        assert pages.get(html.unescape(address)).status_code == 200


def test_all_epochs_are_side_by_side(pages: httpx.Client, classified_night: StoredNight) -> None:
    (row,) = classified_night.rows(
        "SELECT name, count(*) AS alerts FROM alert JOIN object USING (object_id) WHERE stamp_spans IS NOT NULL "
        "GROUP BY name ORDER BY count(*) DESC, name LIMIT 1"
    )
    answer = pages.get(f"/object/ZTF/{row['name']}/epochs", params={"kind": "template"})
    pictures = re.findall(r'src="(/stamps/[^"]+/template\.png[^"]*)"', answer.text)
    assert len(pictures) == row["alerts"]
    assert pages.get(html.unescape(pictures[0])).headers["Content-Type"] == "image/png"


def test_a_chart_is_a_page_and_a_file_that_loads_nothing(
    pages: httpx.Client, classified_night: StoredNight
) -> None:
    (row,) = classified_night.rows("SELECT name FROM object ORDER BY detection_count DESC, name LIMIT 1")
    path = f"/object/ZTF/{row['name']}/chart"
    answer = pages.get(path, params={"field": "4"})
    assert answer.status_code == 200
    assert "img-src 'self' data:" in answer.headers["Content-Security-Policy"]
    file = pages.get(f"{path}.svg", params={"field": "4"})
    assert file.headers["Content-Type"] == "image/svg+xml"
    assert row["name"] in file.text
    ElementTree.fromstring(file.content)
    assert set(re.findall(r'(?:href|src)="([a-z]+:)', file.text)) <= {"data:"}
    assert pages.get(path, params={"field": "99", "sky": "nothing"}).status_code == 200


def test_another_survey_s_picture_comes_from_the_one_host_that_is_set(
    classified_night: StoredNight, pages: httpx.Client
) -> None:
    (row,) = classified_night.rows("SELECT name, ra, dec FROM object ORDER BY name LIMIT 1")
    images = SkyImages("https://sky.example/cut?hips={survey}&ra={ra}&dec={dec}&fov={field}&w={pixels}")
    reader = Reader(classified_night.url, connections=2, statement_timeout_seconds=30)
    with (
        serving(create_app(reader, classified_night.archive, sky_images=images)) as address,
        httpx.Client(base_url=address) as client,
    ):
        path = f"/object/ZTF/{row['name']}"
        for quiet in (path, f"{path}/chart", "/"):
            answer = client.get(quiet)
            assert "sky.example" not in answer.headers["Content-Security-Policy"]
            assert not re.findall(r'(?:src|href)="https://sky\.example', answer.text)
        asked = client.get(f"{path}/chart", params={"sky": "DSS2", "field": "2"})
    assert "img-src https://sky.example 'self'" in asked.headers["Content-Security-Policy"]
    (picture,) = re.findall(r'<image class="sky-image" href="([^"]+)"', asked.text)
    assert parse_qs(urlsplit(html.unescape(picture)).query) == {
        "hips": ["CDS/P/DSS2/color"],
        "ra": [f"{row['ra']:.7f}"],
        "dec": [f"{row['dec']:.7f}"],
        "fov": ["0.0333333"],
        "w": ["700"],
    }
    assert "Survey image" not in pages.get(f"{path}/chart").text


def test_the_nights_page_tells_classes_and_what_to_look_at(
    pages: httpx.Client, classified_night: StoredNight
) -> None:
    (row,) = classified_night.rows(
        "SELECT classifier, class, sum(answers)::bigint AS answers FROM night_class GROUP BY 1, 2 ORDER BY 3 DESC "
        "LIMIT 1"
    )
    answer = pages.get("/nights", params={"classifier": row["classifier"]})
    shown = text_of(answer)
    assert row["class"] in shown
    assert f"{row['answers']:,}".replace(",", "\u202f") in shown
    assert "To look at first" in shown
    _, variables = asked_by(answer)
    assert variables["first"] > 0


def test_the_map_can_be_looked_at_closer(pages: httpx.Client) -> None:
    wide, near = pages.get("/?days=30"), pages.get("/?days=30&at=60+30&zoom=8")
    assert 'href="/?days=30&amp;at=180+0&amp;zoom=2"' in wide.text
    assert len(re.findall('class="mark"', near.text)) < len(re.findall('class="mark"', wide.text))
    assert len(re.findall("<tr data-key", near.text)) == len(re.findall("<tr data-key", wide.text))


def test_a_first_visit_finds_something_to_look_at(pages: httpx.Client, classified_night: StoredNight) -> None:
    """The window is widened while nobody chose one; a chosen one that is empty says so."""
    (row,) = classified_night.rows("SELECT classifier, class FROM latest_classification LIMIT 1")
    asked = {"classifier": row["classifier"], "class": row["class"]}
    assert 'id="candidates"' in pages.get("/", params=asked).text
    assert "Nothing in this window" in pages.get("/", params={**asked, "days": "1", "until": "50000"}).text


def test_where_the_sky_was_looked_at(pages: httpx.Client, classified_night: StoredNight) -> None:
    answer = pages.get("/nights/sky")
    (row,) = classified_night.rows("SELECT count(*) AS objects FROM object")
    assert answer.text.count('class="mark"') == min(500, row["objects"])


def test_all_that_an_object_page_shows_is_there_as_json(pages: httpx.Client, classified_night: StoredNight) -> None:
    (row,) = classified_night.rows("SELECT name, detection_count FROM object ORDER BY name LIMIT 1")
    page = pages.get(f"/object/ZTF/{row['name']}")
    (address,) = re.findall(r'href="([^"]+)" download="[^"]+\.json"', page.text)
    found = pages.get(html.unescape(address)).json()["data"]["object"]
    assert found["name"] == row["name"]
    assert len(found["lightCurve"]["detections"]) == row["detection_count"]


def test_a_file_of_a_class_that_there_is_not_is_refused(pages: httpx.Client) -> None:
    where = '{"class": {"classifier": "trend", "class": ["Fading"]}}'
    answer = pages.get("/objects.csv", params={"where": where})
    assert (answer.status_code, answer.json()["errors"][0]["extensions"]["code"]) == (400, "BAD_USER_INPUT")
    assert "no class of trend is named 'Fading'; did you mean 'fading'?" in answer.text
