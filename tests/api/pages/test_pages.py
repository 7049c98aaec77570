"""The pages as they come over HTTP: without a script, they say what the endpoint says."""

import html
import json
import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from api.pages.formats import utc
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
    pictures = re.findall(r'<img src="([^"]+\.png)"', answer.text)
    assert len(pictures) == 3
    for picture in pictures:
        assert pages.get(picture).content.startswith(b"\x89PNG")
    assert "candidate.magpsf" in text_of(answer)


def test_a_fragment_is_asked_for_by_its_header(pages: httpx.Client, classified_night: StoredNight) -> None:
    (row,) = classified_night.rows("SELECT name FROM object ORDER BY detection_count DESC, name LIMIT 1")
    for part in ("stamps", "periodogram", "visibility"):
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
