"""The worked queries of docs/graphql/ are answered as they stand, and their answers mean what the texts say."""

import hashlib
import json
import re
import shutil
import subprocess
from typing import Any

import httpx
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from astropy_healpix import HEALPix
from graphql import parse

from api.worked_queries import FOLDER, worked_queries
from tests.support.databases import REPOSITORY
from tests.support.live_broker import event_stream
from tests.support.manual_night import ManualNight, question
from tests.support.sample_night import StoredNight

INDEX = (FOLDER / "README.md").read_text()
TONIGHT = 61350.0


def test_there_are_twenty_and_the_index_has_each_by_its_question() -> None:
    files = sorted(FOLDER.glob("*.graphql"))
    assert [int(file.name[:2]) for file in files] == list(range(1, 21))
    rows = re.findall(r"^\| (\d+) \| \[(.+)\]\((.+)\) \|$", INDEX, re.MULTILINE)
    expected = [
        (str(int(file.name[:2])), one.question, file.name)
        for file, one in zip(files, worked_queries(), strict=True)
    ]
    assert rows == expected


@pytest.mark.parametrize("number", range(1, 21))
def test_a_worked_query_explains_itself_and_fits_beside_its_answer(number: int) -> None:
    text, variables = question(number)
    comment = text[: re.search(r"^[^#]", text, re.MULTILINE).start()]  # type: ignore[union-attr]
    assert len(comment.splitlines()) >= 5
    assert max(map(len, comment.splitlines())) <= 60
    assert max(map(len, text.splitlines())) <= 80
    declared = {node.variable.name.value for node in parse(text).definitions[0].variable_definitions}  # type: ignore[attr-defined]
    assert variables.keys() <= declared


@pytest.mark.parametrize(
    "text",
    re.findall(r"^```graphql\n(.*?)^```", INDEX, re.MULTILINE | re.DOTALL),
    ids=lambda text: text.split()[1],
)
def test_a_question_within_the_manual_is_answered(stored_night: StoredNight, text: str) -> None:
    assert stored_night.endpoint.ask(text)


def test_target(manual_night: ManualNight) -> None:
    target = manual_night.ask(1)["object"]
    truth = manual_night.truth[target["name"]]
    assert (target["ra"], target["dec"]) == pytest.approx((truth.ra, truth.dec), abs=1e-3)
    curve = target["lightCurve"]
    assert len(curve["detections"]) == target["detectionCount"] > 5
    assert all(row["flux"] > 0 for row in curve["detections"] if row["isPositive"])
    assert curve["nonDetections"]
    assert curve["forcedPhotometry"]
    assert {row["classifier"] for row in target["classifications"]} == {"early", "late"}
    assert {row["name"] for row in target["features"]} == {"period", "range", "colour_gr"}
    assert target["links"]
    assert target["crossmatches"]
    picture = manual_night.client.get(target["stamps"]["science"]["pngUrl"])
    assert picture.headers["Content-Type"] == "image/png"
    night = target["visibility"]
    assert min(airmass for airmass in night["airmass"] if airmass is not None) < 40
    assert min(night["sunAltitude"]) < -18


def test_light_curve_columns(manual_night: ManualNight) -> None:
    node = manual_night.ask(2)["object"]
    columns = node["lightCurve"]["columns"]
    assert len({len(column) for column in columns.values()}) == 1
    assert columns["mjd"] == sorted(columns["mjd"])
    flux, magnitude = np.array(columns["flux"]), np.array(columns["magnitude"])
    np.testing.assert_allclose(31.4 - 2.5 * np.log10(np.abs(flux)), magnitude, atol=1e-4)
    assert node["corrected"]
    assert None not in columns["apparentMagnitude"][:1]
    only = manual_night.ask(2, bands=["g"])["object"]["lightCurve"]["columns"]["band"]
    assert set(only) == {"g"} < set(columns["band"])
    file = manual_night.client.get(node["lightCurve"]["download"])
    assert b"<VOTABLE" in file.content


def test_rr_lyrae(manual_night: ManualNight) -> None:
    star = manual_night.ask(3)["object"]
    truth = manual_night.truth[star["name"]]
    assert truth.subclass == "RRL"
    assert star["classifications"]
    (period,) = (row["value"] for row in star["features"] if row["name"] == "period")
    assert {row["unit"] for row in star["features"] if row["name"] == "period"} == {"d"}
    assert period == pytest.approx(truth.period_days, rel=0.01)
    assert any(
        peak["period"] == pytest.approx(truth.period_days, rel=0.01) for peak in star["periodogram"]["peaks"]
    )
    columns = star["lightCurve"]["columns"]
    phase = np.array(columns["mjd"]) / period % 1
    for band in set(columns["band"]):
        chosen = (np.array(columns["band"]) == band) & [value is not None for value in columns["apparentMagnitude"]]
        folded = np.array(columns["apparentMagnitude"])[chosen].astype(float)[np.argsort(phase[chosen])]
        if len(folded) >= 8:
            shuffled = np.random.default_rng(1).permutation(folded)
            assert np.abs(np.diff(folded)).sum() < 0.8 * np.abs(np.diff(shuffled)).sum()


def test_before_discovery(manual_night: ManualNight) -> None:
    node = manual_night.ask(4)["object"]
    assert node["firstMjd"] == pytest.approx(question(4)[1]["discovery"], abs=1e-5)
    curve = node["lightCurve"]
    assert curve["nonDetections"]
    assert curve["forcedPhotometry"]
    earlier = [row["mjd"] for rows in curve.values() for row in rows]
    assert max(earlier) <= node["firstMjd"]
    assert all(15 < row["limitingMagnitude"] < 23 for row in curve["nonDetections"])
    assert any(row["riseRate"] for row in node["bandStatistics"])
    assert manual_night.truth[node["name"]].early_class == "SN"


def test_first_stamps(manual_night: ManualNight) -> None:
    node = manual_night.ask(5)["object"]
    stamps = node["stamps"]
    with_stamps = [row for row in node["lightCurve"]["detections"] if row["hasStamps"]]
    assert stamps["candid"] == with_stamps[0]["candid"]
    assert all(0 <= row["deepRealBogus"] <= 1 for row in with_stamps)
    assert (stamps["science"]["width"], stamps["science"]["height"]) == (63, 63)
    for kind in ("science", "template", "difference"):
        file = manual_night.client.get(stamps[kind]["fitsUrl"])
        assert file.content.startswith(b"SIMPLE  =")
        assert manual_night.client.get(f"{stamps[kind]['pngUrl']}?scale=2").status_code == 200


def test_classification_history(manual_night: ManualNight) -> None:
    history = [edge["node"] for edge in manual_night.ask(6)["object"]["classificationHistory"]["edges"]]
    assert len(history) >= 3
    assert {row["classifier"] for row in history} == {"early", "late"}
    for classifier in ("early", "late"):
        mjd = [row["mjd"] for row in history if row["classifier"] == classifier]
        assert mjd == sorted(mjd, reverse=True)
    for row in history:
        assert sum(one["probability"] for one in row["probabilities"]) == pytest.approx(1, abs=1e-3)
        assert row["probabilities"][0] == {"class": row["class"], "probability": row["probability"]}
    late = manual_night.ask(6, classifier="late")["object"]["classificationHistory"]["edges"]
    assert [edge["node"] for edge in late] == [row for row in history if row["classifier"] == "late"]


def test_both_surveys(manual_night: ManualNight) -> None:
    node = manual_night.ask(7)["object"]
    (neighbor,) = node["neighbors"]
    assert (node["survey"], neighbor["object"]["survey"]) == ("ZTF", "LSST")
    assert neighbor["separation"] < 1
    assert node["lightCurve"]["columns"]["flux"]
    assert neighbor["object"]["lightCurve"]["columns"]["flux"] == [5000.0]


def test_nearest_known_source(manual_night: ManualNight) -> None:
    answer = manual_night.ask(8)
    truth = manual_night.truth[answer["object"]["name"]]
    assert truth.early_class == "SN"
    assert {"invented_hosts", "invented_agn"} <= {one["name"] for one in answer["catalogs"]}
    host = answer["object"]["crossmatches"][0]
    assert host["catalog"] == "invented_hosts"
    assert host["separation"] == pytest.approx(truth.host_offset_arcsec, abs=1.5)
    (redshift,) = (float(one["value"]) for one in host["values"] if one["name"] == "redshift")
    assert redshift == pytest.approx(truth.redshift, abs=1e-4)
    assert answer["object"]["links"]


def test_youngest_supernovae(manual_night: ManualNight) -> None:
    objects = manual_night.ask(9)["objects"]
    since = question(9)[1]["since"]
    first = [node["firstTime"] for node in objects["nodes"]]
    assert first == sorted(first, reverse=True)
    assert objects["totalCount"] == {"value": len(first), "exact": True}
    found = {node["name"] for node in objects["nodes"]}
    assert any(manual_night.truth[name].early_class == "SN" for name in found)
    for node in objects["nodes"]:
        (answer,) = node["classifications"]
        assert answer["class"] == "SN"
        assert answer["probability"] >= 0.4
        assert node["stamps"]["difference"]["pngUrl"]
    assert manual_night.ask(9, since=since + 1000)["objects"]["nodes"] == []


def test_fast_risers(manual_night: ManualNight) -> None:
    _, variables = question(10)
    nodes = manual_night.ask(10)["objects"]["nodes"]
    assert nodes
    for node in nodes:
        (rate,) = (row["riseRate"] for row in node["bandStatistics"] if row["band"] == variables["band"])
        assert rate >= variables["rate"]
    assert "asteroid" not in {manual_night.truth[node["name"]].subclass for node in nodes}


def test_seen_twice_tonight(manual_night: ManualNight) -> None:
    objects = manual_night.ask(11)["objects"]
    assert objects["totalCount"]["value"] == len(objects["nodes"]) > 0
    for node in objects["nodes"]:
        assert node["firstMjd"] >= TONIGHT
        assert len(node["lightCurve"]["detections"]) == node["detectionCount"] >= 2
        assert node["lastMjd"] - node["firstMjd"] >= 0.01


def test_stars_in_a_region(manual_night: ManualNight) -> None:
    text, variables = question(12)
    objects = manual_night.ask(12)["objects"]
    assert objects["nodes"]
    corners = variables["region"]["polygon"]
    for node in objects["nodes"]:
        assert inside(node, corners)
        assert any(row["apparentMagnitudeMean"] for row in node["bandStatistics"])
    are_stars = [manual_night.truth[node["name"]].early_class == "VS" for node in objects["nodes"]]
    assert np.mean(are_stars) > 0.7
    file = manual_night.client.get(objects["download"])
    assert file.content.startswith(b"SIMPLE  =")
    moc = re.search(r'\{"moc": "[^"]*"\}', text)
    assert moc is not None
    in_moc = manual_night.ask(12, region=json.loads(moc[0]))["objects"]["nodes"]
    assert in_moc
    places = SkyCoord([(node["ra"], node["dec"]) for node in in_moc], unit="deg")
    assert set(HEALPix(2, order="nested").lonlat_to_healpix(places.ra, places.dec)) <= {12, 13, 14, 15, 29, 31}


def inside(node: Any, corners: list[Any]) -> bool:
    """Whether a place lies between corners on two meridians; great circles bulge by less than a degree."""
    ra, dec = [corner["ra"] for corner in corners], [corner["dec"] for corner in corners]
    return bool(min(ra) <= node["ra"] <= max(ra) and min(dec) - 1 <= node["dec"] <= max(dec) + 1)


def test_gravitational_wave(manual_night: ManualNight) -> None:
    _, variables = question(13)
    answer = manual_night.ask(13)
    edges = answer["objects"]["edges"]
    assert edges
    levels = [edge["skymap"]["credibleLevel"] for edge in edges]
    assert levels == sorted(levels)
    assert all(edge["skymap"]["probabilityDensity"] > 0 for edge in edges)
    for edge in edges:
        assert variables["event"] <= edge["node"]["firstMjd"] <= variables["until"]
    measured = answer["detections"]["edges"]
    assert {edge["node"]["name"] for edge in edges} <= {edge["object"]["name"] for edge in measured}
    assert all(variables["event"] <= edge["node"]["mjd"] <= variables["until"] for edge in measured)


def test_my_table(manual_night: ManualNight) -> None:
    rows = manual_night.ask(14)["crossmatch"]
    asked = question(14)[1]["positions"]
    assert [row["name"] for row in rows] == [position["name"] for position in asked]
    assert [bool(row["matches"]) for row in rows] == [True, True, False]
    assert all(match["separation"] <= 3 for row in rows for match in row["matches"])


def test_flaring_agn(manual_night: ManualNight) -> None:
    _, variables = question(15)
    nodes = manual_night.ask(15)["objects"]["nodes"]
    assert nodes
    for node in nodes:
        truth = manual_night.truth[node["name"]]
        assert truth.early_class == "AGN"
        (source,) = node["crossmatches"]
        assert source["separation"] < 1.5
        values = {one["name"]: one["value"] for one in source["values"]}
        assert float(values["redshift"]) == pytest.approx(truth.redshift, abs=1e-4)
        (last,) = (row["magnitudeLast"] for row in node["bandStatistics"] if row["band"] == variables["band"])
        assert last <= variables["magnitude"]
        assert node["lightCurve"]["detections"]


def test_counts_by_class(manual_night: ManualNight) -> None:
    answer = manual_night.ask(16)
    classifiers = answer.pop("classifiers")
    counts = {name: connection["totalCount"] for name, connection in answer.items()}
    assert all(count["exact"] for count in counts.values())
    ztf_objects = len(manual_night.truth)
    assert sum(count["value"] for count in counts.values()) in (ztf_objects, ztf_objects + 1)  # one of LSST
    assert all(count["value"] > 0 for count in counts.values())
    (early,) = (one for one in classifiers if one["name"] == "early" and one["isCurrent"])
    assert {one["name"] for one in early["classes"]} >= {"SN", "AGN", "VS", "asteroid", "bogus"}


def test_nights(manual_night: ManualNight) -> None:
    answer = manual_night.ask(17)
    (night,) = (edge["node"] for edge in answer["nights"]["edges"] if edge["node"]["survey"] == "ZTF")
    assert night["night"] == "2026-11-06"
    assert night["stored"] == night["alerts"] == 120
    assert night["deadLetters"] == 0
    assert night["classified"] >= len(manual_night.truth)
    (ztf,) = (one for one in answer["surveys"] if one["survey"] == "ZTF")
    assert ztf["objectCount"] == len(manual_night.truth)


def test_changed_since(manual_night: ManualNight) -> None:
    seen: list[Any] = []
    after = None
    while True:
        page = manual_night.ask(18, after=after)["objects"]
        seen += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    times = [node["lastMjd"] for node in seen]
    assert times == sorted(times)
    assert {node["name"] for node in seen if node["survey"] == "ZTF"} == set(manual_night.truth)
    assert all(node["lightCurve"]["columns"]["candid"] for node in seen)
    middle = times[len(times) // 2]
    assert len(manual_night.ask(18, since=middle)["objects"]["nodes"]) == sum(mjd >= middle for mjd in times)


def test_new_supernovae(manual_night: ManualNight) -> None:
    """From the oldest event, then from behind the first of them: the rest, once each."""
    text, variables = question(19)
    everything = told(manual_night.address, text, 2, **variables)
    for event in everything:
        assert event["classification"]["class"] == "SN"
        assert event["classification"]["probability"] >= 0.4
        assert event["previousClass"] != "SN"
        assert event["object"]["bandStatistics"]
    assert told(manual_night.address, text, 1, **{**variables, "after": everything[0]["eventId"]}) == everything[1:]


def told(address: str, text: str, count: int, **variables: Any) -> list[Any]:
    """The first events that a subscription tells of."""
    with event_stream(address, text, **variables) as events:
        return [json.loads(next(events)["data"])["data"]["classified"] for _ in range(count)]


def test_dashboard(manual_night: ManualNight) -> None:
    """By its hash alone once it was sent with its text, and as a line when nothing has changed."""
    text, variables = question(20)
    digest = hashlib.sha256(text.encode()).hexdigest()
    extensions = {"persistedQuery": {"version": 1, "sha256Hash": digest}}
    asked = {"variables": json.dumps(variables), "extensions": json.dumps(extensions)}
    first = manual_night.client.get("/graphql", params={**asked, "query": text})
    again = manual_night.client.get("/graphql", params=asked)
    assert data_of(again) == data_of(first)
    objects = data_of(again)["objects"]
    surest = [node["classifications"][0]["probability"] for node in objects["nodes"]]
    assert surest == sorted(surest, reverse=True)
    assert objects["totalCount"]["value"] >= len(surest) > 0
    unchanged = manual_night.client.get("/graphql", params=asked, headers={"If-None-Match": again.headers["ETag"]})
    assert unchanged.status_code == 304


COMMANDS = re.findall(r"^```sh\n(.*?)^```", INDEX, re.MULTILINE | re.DOTALL)
QUESTIONS = [command for command in COMMANDS if "http://127.0.0.1:8000/graphql" in command]


@pytest.mark.parametrize("command", QUESTIONS, ids=["by_text", "by_hash"])
def test_commands_of_the_page_are_answered_when_they_are_pasted(manual_night: ManualNight, command: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("no curl on this machine")
    script = command.replace("http://127.0.0.1:8000", manual_night.address)
    ran = subprocess.run(
        ["sh", "-c", script], capture_output=True, text=True, timeout=60, check=True, cwd=REPOSITORY
    )
    answers = [json.loads(text) for text in re.sub(r"\}\s*\{\"data\"", '}\n{"data"', ran.stdout).splitlines()]
    assert len(answers) == (2 if "sha256" in command else 1)
    for answer in answers:
        assert answer["data"]["objects"]["nodes"]


def test_files_that_the_page_puts_in_are_there() -> None:
    named = {name for command in COMMANDS for name in re.findall(r"docs/graphql/([\w.]+)", command)}
    assert {"invented_hosts.csv", "invented_agn.csv", "invented_skymap.fits"} <= named
    assert [name for name in named if not (FOLDER / name).is_file()] == []


def data_of(answer: httpx.Response) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]
