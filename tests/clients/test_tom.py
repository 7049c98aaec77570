"""Our plug-in for the TOM Toolkit, in a TOM made from nothing, against a server in a process of its own."""

import os
import socket
from collections.abc import Iterator
from math import log10
from pathlib import Path
from typing import Any

import httpx
import pytest

from domain.packet import ReceivedAlert
from storage.alert_store import AlertStore
from storage.database import connect
from storage.packet_archive import PacketArchive
from surveys.avro import Record
from tests.support import lsst_packets
from tests.support.client_environment import ALL_VARIABLE, PythonClient
from tests.support.command import SAMPLE_NIGHT, Process
from tests.support.databases import Backend, TestDatabases
from tests.support.kafka import eventually
from tests.support.live_broker import LiveBroker, light_curve
from tests.support.sample_night import take_in
from tests.support.tom import Tom
from tests.support.ztf_packets import JD, forced, packet, previous, received, upper_limit

pytestmark = [
    pytest.mark.clients,
    pytest.mark.skipif(os.environ.get(ALL_VARIABLE) != "all", reason="a TOM takes minutes: make test-clients"),
]

PATIENCE = 120
LIGHT_CURVE = """query($names: [String!]!) { objects(where: {names: $names}) { nodes { survey lightCurve {
  detections { candid time band magnitude magnitudeError }
  nonDetections { time band limitingMagnitude }
  forcedPhotometry { time band magnitude magnitudeError flux fluxError limitingMagnitude }
} } } }"""
RICH = """{ objects(orderBy: [{field: DETECTION_COUNT}], first: 50) { nodes {
  name ra dec nonDetectionCount lightCurve { forcedPhotometry { time } } } } }"""
FORCED: Record = {"forcediffimflux": 300.0, "forcediffimfluxunc": 20.0, "magzpsci": 26.0, "diffmaglim": 20.0}
HANDLERS = """
from pathlib import Path
from tom_arrayan.alertstream import save_target

def note(alert, topic):
    save_target(alert, topic)
    with (Path(__file__).parent / "events.txt").open("a") as file:
        file.write(f"{topic} {alert['eventId']} {alert['object']['name']}\\n")

def stumble(alert, topic):
    save_target(alert, topic)
    if alert["object"]["name"].endswith("b"):
        raise KeyError("stumbled")
"""

Point = tuple[str, str, float | None, float | None, float | None]


class Server:
    """`arrayan serve` on a port that it has again after each start."""

    def __init__(self, broker: LiveBroker, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self._port = listener.getsockname()[1]
        self._settings = {
            "ARRAYAN_DATABASE_URL": broker.url,
            "ARRAYAN_ARCHIVE_URL": str(broker.archive),
            "ARRAYAN_DATA_DIR": str(folder),
        }
        self._folder = folder
        self._process: Process | None = None
        self.address = f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._process = Process("serve", "--port", self._port, cwd=self._folder, **self._settings)
        self._process.wait_for("/graphql", PATIENCE)

    def stop(self) -> None:
        if self._process is not None:
            self._process.process.terminate()
            self._process.wait(PATIENCE)
            self._process = None

    def ask(self, query: str, **variables: Any) -> Any:
        answer = httpx.post(f"{self.address}/graphql", json={"query": query, "variables": variables}, timeout=60)
        content = answer.json()
        assert "errors" not in content, content
        return content["data"]

    def points(self, *names: str) -> list[Point]:
        """What a TOM should have of some objects."""
        found: list[Point] = []
        for one in self.ask(LIGHT_CURVE, names=list(names))["objects"]["nodes"]:
            survey, curve = one["survey"].lower(), one["lightCurve"]
            for row in curve["detections"]:
                found.append(_point(survey, row, row["magnitude"], row["magnitudeError"], None))
            for row in curve["nonDetections"]:
                found.append(_point(survey, row, None, None, row["limitingMagnitude"]))
            for row in curve["forcedPhotometry"]:
                if row["flux"] is None or not row["fluxError"]:
                    found.append(_point(survey, row, None, None, row["limitingMagnitude"]))
                elif row["flux"] / row["fluxError"] >= 3:
                    found.append(_point(survey, row, row["magnitude"], row["magnitudeError"], None))
                else:
                    found.append(_point(survey, row, None, None, 31.4 - 2.5 * log10(5 * row["fluxError"])))
        return sorted(found, key=repr)


def _point(survey: str, row: Any, brightness: Any, error: Any, limit: Any) -> Point:
    return (row["time"], f"{survey}{row['band']}", brightness, error, limit)


def points_of(tom: Tom, name: str) -> list[Point]:
    """What a TOM has of a target."""
    (found,) = tom.do(["points", name])
    assert all(row["unit"] == "mag" and row["source"] == "Arrayan" for row in found)
    fields = ("time", "bandpass", "brightness", "brightness_error", "limit")
    return sorted((tuple(row[field] for field in fields) for row in found), key=repr)


def store(broker: LiveBroker, *alerts: ReceivedAlert) -> None:
    with connect(broker.url, role="test") as connection:
        AlertStore(connection, PacketArchive(str(broker.archive))).store(list(alerts))


@pytest.fixture(scope="module")
def broker(
    databases: TestDatabases, any_backend: Backend, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[LiveBroker]:
    """The sample night with what the rules say of it."""
    with databases.fresh(any_backend) as url:
        broker = LiveBroker(url, tmp_path_factory.mktemp("tom_broker"))
        take_in(url, broker.archive, SAMPLE_NIGHT)
        broker.classify()
        yield broker


@pytest.fixture(scope="module")
def served(broker: LiveBroker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(broker, tmp_path_factory.mktemp("tom_server"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(served: Server) -> Iterator[Server]:
    """The server, running; whatever the test did to it."""
    yield served
    served.stop()
    served.start()


@pytest.fixture(scope="module")
def empty_tom(tmp_path_factory: pytest.TempPathFactory) -> Tom:
    return Tom.from_nothing(PythonClient("tom_arrayan"), tmp_path_factory.mktemp("tom"))


@pytest.fixture
def tom(empty_tom: Tom, served: Server, tmp_path: Path) -> Tom:
    """A TOM of the test's own, which knows the server."""
    copy = empty_tom.copy(tmp_path)
    copy.configure(served.address)
    return copy


def test_two_targets_get_all_points_and_updates_add_what_is_new(
    tom: Tom, served: Server, broker: LiveBroker
) -> None:
    rich = served.ask(RICH)["objects"]["nodes"]
    first, second = [one for one in rich if one["nonDetectionCount"] and one["lightCurve"]["forcedPhotometry"]][:2]
    names = [first["name"], second["name"]]
    listed, form, found, made, targets = tom.do(
        ["services"], ["form"], ["search", {"names": " ".join(names)}], ["create", [0, 1]], ["targets"]
    )
    assert listed["mentions"]
    assert {"names", "position", "classification", "probability_min", "detections_min"} <= set(form["fields"])
    assert [name for name, _ in form["classes"]] == ["size", "trend"]
    assert "trend:changing" in form["classes"][1][1]
    assert found["feedback"] == ""
    assert sorted(row["name"] for row in found["rows"]) == sorted(names)
    assert made == {"status": 200, "address": "/targets/", "messages": [], "mentions": True}
    assert [target["name"] for target in targets] == sorted(names)
    by_name = {target["name"]: target for target in targets}
    assert (by_name[names[0]]["ra"], by_name[names[0]]["dec"]) == (first["ra"], first["dec"])
    assert by_name[names[0]]["extras"]["size_class"] in {"large", "small"}

    before = {name: served.points(name) for name in names}
    assert {name: points_of(tom, name) for name in names} == before
    assert all(any(limit is not None for *_, limit in points) for points in before.values())
    tom.do(["update", names[0]], ["update", names[1]])
    assert {name: points_of(tom, name) for name in names} == before, "an update without anything new adds nothing"

    later = JD + 2000
    place: Record = {"ra": first["ra"], "dec": first["dec"]}
    history: Record = {"prv_candidates": [upper_limit(later - 1)], "fp_hists": [forced(later - 2, **FORCED)]}
    store(
        broker,
        received(packet(names[0], later, **place)),
        received(packet(names[0], later + 1, **place, **history)),
    )
    (updated,) = tom.do(["update", names[0]])
    assert updated["messages"] == []
    now = points_of(tom, names[0])
    assert now == served.points(names[0])
    assert len(now) == len(before[names[0]]) + 4, "two detections, a limit and forced photometry"
    assert points_of(tom, names[1]) == before[names[1]]


def test_a_point_that_gets_better_is_mended_and_not_doubled(tom: Tom, served: Server, broker: LiveBroker) -> None:
    name = "ZTF26tommend"
    store(broker, received(packet(name, JD + 9, prv_candidates=[previous(JD + 8, magpsf=18.25)])))
    tom.do(["search", {"names": name}], ["create", [0]])
    assert points_of(tom, name) == served.points(name)
    store(broker, received(packet(name, JD + 8, magpsf=18.251)))
    tom.do(["update", name])
    now = points_of(tom, name)
    assert now == served.points(name)
    assert len(now) == 2
    assert f"{name}: 0 points" in tom.manage("updatearrayan")
    tom.configure(served.address, magnitudes="apparent", forced_photometry=False)
    assert f"{name}: 2 points" in tom.manage("updatearrayan", name)
    assert len(points_of(tom, name)) == 2, "the same points, with other magnitudes"


def test_saved_queries_run_from_the_command_line(tom: Tom, served: Server) -> None:
    asked = {
        "classification": "trend:changing",
        "probability_min": 0.2,
        "detections_min": 2,
        "order": "probability",
    }
    found, page, saved = tom.do(
        ["search", {**asked, "query_save": "on", "query_name": "what changes"}], ["run_saved", 1], ["saved"]
    )
    names = sorted(row["name"] for row in found["rows"])
    assert len(names) >= 3
    assert sorted(row["name"] for row in page["rows"]) == names
    assert [name for _, name, _ in saved] == ["what changes"]
    assert "what changes" in tom.manage("listqueries")
    for _ in range(2):
        assert "Finished querying targets" in tom.manage("rundataquery", "1")
        (targets,) = tom.do(["targets"])
        assert [target["name"] for target in targets] == names
        assert points_of(tom, names[0]) == served.points(names[0])


def test_objects_of_two_surveys_at_one_place_are_one_target(tom: Tom, served: Server, broker: LiveBroker) -> None:
    ztf, lsst = "ZTF26tomtwin", 170028528328770001
    place: Record = {"ra": 201.25, "dec": -11.5}
    twin = lsst_packets.packet(dia_object_id=lsst, **place)
    store(broker, received(packet(ztf, JD, **place)), lsst_packets.received(twin))
    found, by_place = tom.do(["search", {"position": "201.25 -11.5", "radius": 2}], ["create", [0]], ["targets"])[
        0::2
    ]
    (row,) = found["rows"]
    assert {row["name"], *row["aliases"]} == {ztf, str(lsst)}
    (target,) = by_place
    assert [target["name"], *target["aliases"]] == [row["name"], *row["aliases"]]
    both = points_of(tom, target["name"])
    assert both == served.points(ztf, str(lsst))
    assert {band for _, band, *_ in both} == {"ztfg", "lsstr"}
    by_alias, again, targets = tom.do(["search", {"names": row["aliases"][0]}], ["create", [0]], ["targets"])
    assert [one["name"] for one in by_alias["rows"]] == row["aliases"]
    assert again["messages"] == [f"{row['aliases'][0]} is the target {row['name']}, which is there already."]
    assert targets == by_place
    assert points_of(tom, target["name"]) == both

    _, _, named = tom.do(["make_target", "SN 2026tom", *place.values()], ["update", "SN 2026tom"], ["targets"])
    assert named[0] == by_place[0] | named[0], "a name belongs to one target"
    assert points_of(tom, "SN 2026tom") == both, "found by its place"


def follow(tom: Tom, server: Server, handler: str, name_like: str) -> None:
    where = {"classifier": "size", "object": {"nameLike": name_like}}
    options = {"TOPIC_HANDLERS": {"classified": handler}, "WHERE": where, "NAME": "new"}
    tom.configure(server.address, {"NAME": "tom_arrayan.alertstream.ArrayanAlertStream", "OPTIONS": options})


def happen(broker: LiveBroker, *names: str) -> None:
    """New objects, classified."""
    for number, name in enumerate(names):
        place = {"ra": 10.0 + number + len(broker.rows("SELECT 1 FROM object")), "dec": 5.0}
        alerts = [{**alert, "candidate": {**alert["candidate"], **place}} for alert in light_curve(name, 2)]
        store(broker, *map(received, alerts))
    broker.classify()


def are_there(tom: Tom, *names: str) -> None:
    """Wait until the TOM has these targets."""
    sql = "SELECT name FROM tom_targets_basetarget ORDER BY name"
    eventually(lambda: [name for (name,) in tom.rows(sql)] == list(names), seconds=PATIENCE)


def test_streams_lose_and_double_nothing(tom: Tom, server: Server, broker: LiveBroker) -> None:
    names = [f"ZTF26tomstr{letter}" for letter in "abcde"]
    (tom.folder / "handlers.py").write_text(HANDLERS)
    follow(tom, server, "handlers.note", "ZTF26tomstr*")
    with tom.reading_streams():
        happen(broker, *names[:2])
        are_there(tom, *names[:2])
        server.stop()
        happen(broker, names[2])
        server.start()
        are_there(tom, *names[:3])
    happen(broker, names[3])
    with tom.reading_streams():
        are_there(tom, *names[:4])
        happen(broker, names[4])
        are_there(tom, *names)
    noted = [line.split() for line in (tom.folder / "events.txt").read_text().splitlines()]
    assert sorted(name for _, _, name in noted) == names
    serials = [int(event.partition(".")[0]) for _, event, _ in noted]
    assert serials == sorted(serials), "in their order"
    (positions,) = tom.do(["positions"])
    assert positions == [{"name": "new", "event_id": noted[-1][1], "skipped": 0}]
    for name in names:
        assert points_of(tom, name) == server.points(name)


def test_a_stream_goes_on_after_what_it_cannot_deal_with(tom: Tom, served: Server, broker: LiveBroker) -> None:
    names = [f"ZTF26tomstu{letter}" for letter in "abc"]
    (tom.folder / "handlers.py").write_text(HANDLERS)
    follow(tom, served, "handlers.stumble", "ZTF26tomstu*")
    tom.do(["set_position", "new", "99999999.00000001"])
    happen(broker, *names)
    with tom.reading_streams():
        are_there(tom, names[0], names[2])
        eventually(lambda: tom.rows("SELECT skipped FROM tom_arrayan_streamposition") == [(1,)], seconds=PATIENCE)
    log = (tom.folder / "streams.log").read_text()
    assert "events were missed" in log, "the place was of another database"
    assert log.count("the handler failed at event") == 3
    assert "is skipped" in log


def test_pages_show_classes_and_stamps(tom: Tom, served: Server) -> None:
    name = served.ask('{ objects(where: {class: {classifier: "size"}}, first: 1) { nodes { name } } }')
    name = name["objects"]["nodes"][0]["name"]
    _, _, page, stranger = tom.do(["search", {"names": name}], ["create", [0]], ["page", name], ["strangers", name])
    assert (page["status"], page["has_tab"], page["tab_status"]) == (200, True, 200)
    assert all(text in page["tab"] for text in (name, "size", "large", "SIMBAD", "First alert"))
    pictures = [part.split('"')[0] for part in page["tab"].split('<img src="')[1:]]
    assert len(pictures) >= 3
    for picture in tom.do(*(["get", address] for address in pictures[:3])):
        assert picture == {"status": 200, "type": "image/png", "begins": b"\x89PNG\r\n\x1a\n".hex()}
    assert stranger == 404, "targets of a TOM are for those who may see them"
    (none,) = tom.do(["get", "/arrayan/stamps/ZTF/12/science.png"])
    assert none["status"] == 404
    tom.configure(served.address, public_url="https://arrayan.example.org/")
    (page,) = tom.do(["page", name])
    assert '<img src="https://arrayan.example.org/stamps/ZTF/' in page["tab"]
    assert f'href="https://arrayan.example.org/object/ZTF/{name}"' in page["tab"]


def test_mistakes_are_explained_in_the_form(tom: Tom) -> None:
    wrong = (
        ({"position": "over there"}, "__all__"),
        ({"first_after": "yesterday"}, "first_after"),
        ({"detections_min": 5, "detections_max": 2}, "detections_max"),
        ({"probability_min": 0.5}, "probability_min"),
        ({"order": "probability", "classification": "size:"}, "order"),
        ({"classification": "size:green"}, "classification"),
        ({"names": "ZTF26abc", "most": 5000}, "most"),
    )
    for (_, field), answer in zip(wrong, tom.do(*(["search", fields] for fields, _ in wrong)), strict=True):
        assert answer["status"] == 200
        assert set(answer["errors"]) == {field}, answer


def test_without_a_server_everything_says_so(tom: Tom, server: Server) -> None:
    name = server.ask("{ objects(first: 1) { nodes { name } } }")["objects"]["nodes"][0]["name"]
    tom.do(["search", {"names": name}], ["create", [0]])
    before = points_of(tom, name)
    server.stop()
    with pytest.raises(AssertionError, match="cannot be reached"):
        tom.manage("updatearrayan")
    form, found, saved, update, page, targets = tom.do(
        ["forget"],
        ["form"],
        ["search", {"classification": "size:large", "query_save": "on", "query_name": "later"}],
        ["saved"],
        ["update", name],
        ["page", name],
        ["targets"],
    )[1:]
    assert form["classes"] is None
    assert "cannot be reached" in form["notice"]
    assert form["is_shown"]
    assert found["rows"] == []
    assert "cannot be reached" in found["feedback"]
    assert [name for _, name, _ in saved] == ["later"]
    assert ["cannot be reached" in message for message in update["messages"]] == [True]
    assert (page["status"], page["tab_status"]) == (200, 200)
    assert "cannot be reached" in page["tab"]
    assert [target["name"] for target in targets] == [name]
    assert points_of(tom, name) == before
    server.start()
    form, found = tom.do(["forget"], ["form"], ["run_saved", 1])[1:]
    assert form["notice"] == ""
    assert len(found["rows"]) > 3


def test_a_tom_that_was_not_told_of_a_server_says_what_is_missing(tom: Tom) -> None:
    tom.configure("")
    form, found = tom.do(["form"], ["search", {"names": "ZTF26abc"}])
    assert "DATA_SERVICES" in form["notice"]
    assert "DATA_SERVICES" in found["feedback"]
