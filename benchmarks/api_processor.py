"""Processor time of the endpoint's process for a request, beside that of the hand-written routes.

What others do on the machine at the same time changes it much less than requests a second: it tells on a busy
machine what a change has brought.
"""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial

from benchmarks.api import (
    Question,
    arrayan_server,
    packet_archive,
    questions_to,
    require_same_answers,
    rest_server,
)
from benchmarks.api_database import api_database, names
from benchmarks.consumers import processor_seconds
from benchmarks.figure import Figure, Goal, Section
from benchmarks.plan import Plan
from benchmarks.prepared import SEED
from benchmarks.rounds import interleave
from benchmarks.synthetic_detections import SyntheticDetections
from benchmarks.wrk import wrk

SECONDS = 2.0
GOALS = {"list": Goal("<=", 1.25), "columns": Goal("<=", 1.25), "object": None, "page": None}


def run(plan: Plan) -> Section:
    detections, archive = SyntheticDetections(plan.detections, SEED), packet_archive()
    url = api_database(plan.databases, detections, plan.detections, archive)
    with ExitStack() as running:
        ours = running.enter_context(arrayan_server(url, archive))
        rest = running.enter_context(rest_server(url))
        questions = questions_to(names(detections), ours.address, rest.address)
        require_same_answers(questions)
        pids = {ours.address: ours.pid, rest.address: rest.pid}
        measured = interleave(
            "api_processor",
            {
                name: partial(_milliseconds_a_request, question, pids[question.address])
                for name, question in questions.items()
            },
            plan.rounds,
        )
    return Section(name="api_processor", figures=_figures(measured))


def _milliseconds_a_request(question: Question, pid: int, number: int) -> float:
    del number
    before = processor_seconds([pid])
    load = wrk(question.address, question.asked, connections=question.connections, seconds=SECONDS)
    return (processor_seconds([pid]) - before) / load.requests * 1000


def _figures(measured: Mapping[str, Sequence[float]]) -> list[Figure]:
    return [
        Figure(
            name=f"api, {kind}, processor time",
            unit="ms",
            ours=measured[kind],
            peer_name="rest" if f"{kind}, rest" in measured else "",
            peer=measured.get(f"{kind}, rest", ()),
            goal=goal,
        )
        for kind, goal in GOALS.items()
    ]
