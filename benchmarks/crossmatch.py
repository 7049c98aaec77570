"""A table of targets matched with the objects: one statement for all of them, beside one cone search for each.

The peer is what a client without `crossmatch` does: our own prepared cone search, position after position, on the
same connection and without any HTTP between.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from time import perf_counter
from typing import NamedTuple

import numpy as np

from benchmarks.event_loop import runner
from benchmarks.figure import Figure, Goal, Section
from benchmarks.plan import Plan
from benchmarks.prepared import SEED, objects_database
from benchmarks.readers import open_reader
from benchmarks.rounds import interleave
from benchmarks.synthetic_objects import places
from domain.object_filter import ObjectFilter
from domain.sky import Position, cone
from storage.crossmatch import crossmatch
from storage.objects import Placed, cone_search
from storage.reader import Reader

POSITIONS = 10_000
RADIUS_ARCSEC = 2.0
ASKED_ALONE = 1_000


class Matched(NamedTuple):
    """Milliseconds for POSITIONS positions, and the objects that were found."""

    milliseconds: float
    objects: Sequence[int | None]


def run(plan: Plan) -> Section:
    url = objects_database(plan.databases, plan.objects, plan.discovery)
    with runner() as loop, open_reader(loop, url) as reader:
        measured = interleave(
            "crossmatch",
            {
                "at once": partial(_at_once, loop, reader, plan.objects),
                "one by one": partial(_one_by_one, loop, reader, plan.objects),
            },
            plan.rounds,
        )
    for whole, alone in zip(measured["at once"], measured["one by one"], strict=True):
        if whole.objects[:ASKED_ALONE] != alone.objects:
            raise RuntimeError("the crossmatch and the cone searches found different objects")
    return Section(
        name="crossmatch",
        figures=[
            Figure(
                name=f"crossmatch of {POSITIONS} positions, 2 arcsec",
                unit="ms",
                ours=[matched.milliseconds for matched in measured["at once"]],
                peer_name="cone searches",
                peer=[matched.milliseconds for matched in measured["one by one"]],
                goal=Goal("<=", 0.2),
            )
        ],
        notes=[
            f"{plan.objects} objects {plan.discovery}; half of the positions lie within an arcsecond of one, half "
            f"anywhere. The peer asks for {ASKED_ALONE} of them, and its time is taken "
            f"{POSITIONS // ASKED_ALONE} times."
        ],
    )


def _at_once(loop: asyncio.Runner, reader: Reader, objects: int, number: int) -> Matched:
    positions = _positions(objects, number)
    started = perf_counter()
    found = loop.run(crossmatch(reader, positions, radius_arcsec=RADIUS_ARCSEC, nearest=1, where=ObjectFilter()))
    return Matched((perf_counter() - started) * 1000, list(map(_first, found)))


def _one_by_one(loop: asyncio.Runner, reader: Reader, objects: int, number: int) -> Matched:
    positions = _positions(objects, number)[:ASKED_ALONE]

    async def ask() -> list[list[Placed]]:
        return [
            await cone_search(reader, cone(place, RADIUS_ARCSEC), ObjectFilter(), limit=1) for place in positions
        ]

    started = perf_counter()
    found = loop.run(ask())
    return Matched((perf_counter() - started) * 1000 * POSITIONS / ASKED_ALONE, list(map(_first, found)))


def _first(found: Sequence[Placed]) -> int | None:
    return found[0].object.object_id if found else None


def _positions(objects: int, number: int) -> list[Position]:
    """Half beside an object, half anywhere, in turn; others in every round."""
    random = np.random.default_rng([SEED, number])
    known = places(objects, SEED)
    chosen = random.integers(0, objects, POSITIONS)
    beside = np.arange(POSITIONS) % 2 == 0
    ra = np.where(beside, known.ra[chosen], random.uniform(0, 360, POSITIONS))
    dec = np.where(
        beside,
        np.clip(known.dec[chosen] + random.uniform(-1, 1, POSITIONS) / 3600, -90, 90),
        np.degrees(np.arcsin(random.uniform(-1, 1, POSITIONS))),
    )
    return [Position(*place) for place in zip(ra.tolist(), dec.tolist(), strict=True)]
