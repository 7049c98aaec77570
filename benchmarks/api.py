"""The endpoint over HTTP, beside what a person would write by hand and beside PostGraphile.

All read the same database: 1,000 objects with 500 detections each among some millions. Every server is one
process. wrk asks each in turn about one object after the other, over 8 connections, and 20 for the page of an
object. Before the clock starts, the answers of all are compared.
"""

import json
import os
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from math import isclose
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from benchmarks.api_database import api_database, names
from benchmarks.figure import BenchmarkUnavailable, Figure, Goal, Section
from benchmarks.plan import Plan
from benchmarks.postgraphile import PACKAGES, postgraphile
from benchmarks.prepared import SEED
from benchmarks.progress import say
from benchmarks.rest_peer import COLUMNS, DETECTION, OBJECT
from benchmarks.rounds import interleave
from benchmarks.server_process import free_port, serving
from benchmarks.synthetic_detections import SyntheticDetections
from benchmarks.wrk import Asked, Load, wrk

CONNECTIONS, CONNECTIONS_OF_PAGES = 8, 20
SECONDS = 3.0

LIST = (
    "query($name: String!) { object(name: $name) { name lightCurve "
    f"{{ detections {{ {' '.join(DETECTION)} }} }} }} }}"
)
COLUMN_LIST = (
    f"query($name: String!) {{ object(name: $name) {{ name lightCurve {{ columns {{ {' '.join(COLUMNS)} }} }} }} }}"
)
OBJECT_ONLY = f"query($name: String!) {{ object(name: $name) {{ {' '.join(OBJECT)} }} }}"
PAGE = f"""query($name: String!) {{ object(name: $name) {{
  id {" ".join(OBJECT)} survey stellar healpix nonDetectionCount
  bandStatistics {{ band detectionCount magnitudeMean magnitudeMin magnitudeSigma riseRate }}
  lightCurve {{ detections {{ {" ".join(DETECTION)} hasStamps }} nonDetections {{ mjd band limitingMagnitude }} }}
  classifications {{ classifier version class probability probabilities {{ class probability ranking }} }}
  features {{ name band value }}
  stamps {{ candid mjd band science: stamp(kind: SCIENCE) {{ pngUrl fitsUrl }}
    template: stamp(kind: TEMPLATE) {{ pngUrl fitsUrl }} difference: stamp(kind: DIFFERENCE) {{ pngUrl fitsUrl }} }}
  links {{ name url }}
}} }}"""
PEER_LIST = (
    "query($name: String!) { objectByName(name: $name) { name detectionsByObjectId(orderBy: [TS_ASC, CANDID_ASC]) "
    f"{{ nodes {{ {' '.join(DETECTION)} }} }} }} }}"
)
PEER_OBJECT = f"query($name: String!) {{ objectByName(name: $name) {{ {' '.join(OBJECT)} }} }}"


class Served(NamedTuple):
    """A server that runs."""

    address: str
    pid: int


class Question(NamedTuple):
    """A question to a server, and how to find in its answer what all of them say."""

    address: str
    asked: Asked
    told: Callable[[Any], Any]
    connections: int = CONNECTIONS


def run(plan: Plan) -> Section:
    detections, archive = SyntheticDetections(plan.detections, SEED), packet_archive()
    url = api_database(plan.databases, detections, plan.detections, archive)
    with ExitStack() as running:
        ours = running.enter_context(arrayan_server(url, archive)).address
        rest = running.enter_context(rest_server(url)).address
        notes = [_note(plan)]
        try:
            peer = running.enter_context(postgraphile(url))
        except BenchmarkUnavailable as reason:
            peer = None
            notes.append(f"PostGraphile was not measured: {reason}")
        questions = questions_to(names(detections), ours, rest, peer)
        require_same_answers(questions)
        measured = interleave(
            "api", {name: partial(_load, question) for name, question in questions.items()}, plan.rounds
        )
    return Section(name="api", figures=_figures(measured), notes=notes)


def packet_archive() -> Path:
    """Where the packets of the objects are kept between runs."""
    return Path(os.environ.get("ARRAYAN_CACHE", Path.home() / ".cache" / "arrayan")) / "bench_packets"


def _load(question: Question, number: int) -> Load:
    del number
    return wrk(question.address, question.asked, connections=question.connections, seconds=SECONDS)


@contextmanager
def arrayan_server(url: str, archive: Path) -> Iterator[Served]:
    """`arrayan serve`, in one process, without limits for a client."""
    port = free_port()
    environment = {
        **os.environ,
        "ARRAYAN_DATABASE_URL": url,
        "ARRAYAN_ARCHIVE_URL": str(archive),
        # All questions come from one address here.
        "ARRAYAN_CLIENT_COST_PER_MINUTE": "0",
        "ARRAYAN_CLIENT_CONCURRENCY": "0",
    }
    command = [str(Path(sys.executable).with_name("arrayan")), "serve", "--port", str(port)]
    with serving(command, port, environment=environment) as pid:
        yield Served(f"http://127.0.0.1:{port}", pid)


@contextmanager
def rest_server(url: str) -> Iterator[Served]:
    """The routes of benchmarks/rest_peer.py, in one process."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "benchmarks.rest_peer:app", "--port", str(port)]
    quiet = ["--loop", "uvloop", "--http", "httptools", "--log-level", "warning", "--no-access-log"]
    with serving([*command, *quiet], port, environment={**os.environ, "BENCH_DATABASE_URL": url}) as pid:
        yield Served(f"http://127.0.0.1:{port}", pid)


def questions_to(all_names: Sequence[str], ours: str, rest: str, peer: str | None = None) -> Mapping[str, Question]:
    """The questions to each server, by address; a peer's is named after its kind and a comma."""

    def posted(query: str) -> Asked:
        return Asked(
            "POST", "/graphql", [json.dumps({"query": query, "variables": {"name": name}}) for name in all_names]
        )

    def got(path: str) -> Asked:
        return Asked("GET", "", [path.format(name) for name in all_names])

    questions = {
        "list": Question(ours, posted(LIST), lambda told: told["data"]["object"]["lightCurve"]["detections"]),
        "list, rest": Question(rest, got("/objects/{}/light-curve"), lambda told: told["detections"]),
        "columns": Question(
            ours, posted(COLUMN_LIST), lambda told: told["data"]["object"]["lightCurve"]["columns"]
        ),
        "columns, rest": Question(rest, got("/objects/{}/columns"), lambda told: told["columns"]),
        "object": Question(ours, posted(OBJECT_ONLY), lambda told: told["data"]["object"]),
        "object, rest": Question(rest, got("/objects/{}"), lambda told: told),
        "page": Question(ours, posted(PAGE), _page, CONNECTIONS_OF_PAGES),
    }
    if peer is not None:
        questions["list, postgraphile"] = Question(
            peer, posted(PEER_LIST), lambda told: told["data"]["objectByName"]["detectionsByObjectId"]["nodes"]
        )
        questions["object, postgraphile"] = Question(
            peer, posted(PEER_OBJECT), lambda told: told["data"]["objectByName"]
        )
    return questions


def _page(told: Any) -> Any:
    """All parts of a page must be there."""
    page = told["data"]["object"]
    parts = ("bandStatistics", "classifications", "features", "links")
    if not all(page[part] for part in parts) or not page["stamps"]["science"]["pngUrl"]:
        raise RuntimeError(f"a part of the page is missing: {told}"[:500])
    return len(page["lightCurve"]["detections"])


def require_same_answers(questions: Mapping[str, Question]) -> None:
    """Raise RuntimeError where servers answer differently."""
    for kind in ("list", "columns", "object"):
        answers = {
            name: _first_answers(question) for name, question in questions.items() if name.partition(",")[0] == kind
        }
        first, *others = answers.values()
        if not all(_same(first, other) for other in others):
            raise RuntimeError(f"the servers answer differently: {answers}"[:2000])
    _first_answers(questions["page"])
    say("api: all servers give the same answers")


def _first_answers(question: Question, number: int = 3) -> list[Any]:
    answers = []
    for line in question.asked.lines[:number]:
        is_get = question.asked.method == "GET"
        request = urllib.request.Request(
            question.address + (line if is_get else question.asked.path),
            None if is_get else line.encode(),
            {"Content-Type": "application/json", "Accept": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as response:
            told = json.load(response)
            try:
                answers.append(question.told(told))
            except (KeyError, TypeError) as error:
                raise RuntimeError(f"{question.address} answers {told}"[:1000]) from error
    return answers


def _same(ours: Any, theirs: Any) -> bool:
    """Whether two answers say the same; PostGraphile gives 32-bit floats with the digits that they need alone."""
    if isinstance(ours, dict):
        return ours.keys() == theirs.keys() and all(_same(value, theirs[key]) for key, value in ours.items())
    if isinstance(ours, list):
        return len(ours) == len(theirs) and all(map(_same, ours, theirs))
    if isinstance(ours, float) and isinstance(theirs, float | int):
        return isclose(ours, theirs, rel_tol=1e-14) or bool(np.float32(ours) == np.float32(theirs))
    return bool(ours == theirs)


def _figures(measured: Mapping[str, Sequence[Load]]) -> list[Figure]:
    def beside(kind: str, peer: str, goal: Goal | None = None) -> list[Figure]:
        if f"{kind}, {peer}" not in measured:
            return []
        return [
            Figure(
                name=f"api, {kind}",
                unit="req/s",
                ours=[load.requests_per_second for load in measured[kind]],
                peer_name=peer,
                peer=[load.requests_per_second for load in measured[f"{kind}, {peer}"]],
                goal=goal,
            )
        ]

    pages = measured["page"]
    return [
        *beside("list", "rest", Goal(">=", 0.8)),
        *beside("list", "postgraphile", Goal(">=", 2.5)),
        *beside("columns", "rest", Goal(">=", 0.8)),
        *beside("object", "postgraphile", Goal(">=", 0.8)),
        *beside("object", "rest"),
        Figure(
            name=f"api, page of an object, p95 with {CONNECTIONS_OF_PAGES} clients",
            unit="ms",
            ours=[load.p95 for load in pages],
            peer_name="what it should be",
            peer=[100.0] * len(pages),
            goal=Goal("<=", 1.0),
        ),
        Figure(name="api, page of an object", unit="req/s", ours=[load.requests_per_second for load in pages]),
    ]


def _note(plan: Plan) -> str:
    packages = ", ".join(f"{name} {version}" for name, version in PACKAGES.items())
    return (
        f"light curves of 500 detections among {plan.detections}, lists of {len(DETECTION)} fields, {len(COLUMNS)} "
        f"columns; {CONNECTIONS} connections, {SECONDS:g} s a round; one process a server; {packages}."
    )
