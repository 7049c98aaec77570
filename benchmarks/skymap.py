"""Objects in the 90 % region of a sky map of 1,000 square degrees: what is asked after a gravitational wave.

There is no peer: the times say whether a person waits, who should not for longer than two seconds. The map is the
same in every round, so that it is unpacked in the round that warms up, as on a server that many ask about one
event.
"""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from math import log, pi, sqrt
from time import perf_counter

import numpy as np

from benchmarks.event_loop import runner
from benchmarks.figure import Figure, Goal, Section
from benchmarks.plan import Plan
from benchmarks.prepared import objects_database
from benchmarks.readers import open_reader
from benchmarks.rounds import interleave
from domain.object_filter import NEWEST_FIRST, ObjectFilter, ObjectOrder, OrderField, Range
from domain.sky import direction, pixel_directions
from domain.skymap import Skymap, SkymapFacts, SkymapLevel, skymap
from domain.skymap_file import ReadSkymap
from storage.objects import count_objects, list_objects
from storage.reader import Reader
from storage.skymaps import SkymapStore

AREA_90 = 1000.0
"""Square degrees."""
CENTER = (60.0, 25.0)
ORDER = 7
PAGE = 100
COUNTED = 1_000_000
LATELY = 60500.0
PATIENCE_MS = 2000.0


def run(plan: Plan) -> Section:
    url = objects_database(plan.databases, plan.objects, plan.discovery)
    item = _map()
    stored, _ = asyncio.run(SkymapStore(url).keep(ReadSkymap(item, SkymapFacts())))
    where = ObjectFilter(region=SkymapLevel(stored.skymap_id, 0.9))
    by_probability = [ObjectOrder(OrderField.SKYMAP_PROBABILITY)]
    with runner() as loop, open_reader(loop, url) as reader:
        questions: dict[str, Callable[[], Awaitable[object]]] = {
            "first page, newest first": partial(list_objects, reader, where, NEWEST_FIRST, limit=PAGE),
            "first page by probability": partial(list_objects, reader, where, by_probability, limit=PAGE),
            "first page by probability, seen lately": partial(
                list_objects,
                reader,
                ObjectFilter(region=where.region, last_mjd=Range(gte=LATELY)),
                by_probability,
                limit=PAGE,
            ),
            "all counted": partial(count_objects, reader, where, cap=COUNTED),
        }
        measured = interleave(
            "skymap", {name: partial(_timed, loop, question) for name, question in questions.items()}, plan.rounds
        )
        found = loop.run(_count(reader, where))
    return Section(
        name="skymap",
        figures=[
            Figure(
                name=f"sky map, {name}",
                unit="ms",
                ours=times,
                peer_name="what it should be",
                peer=[PATIENCE_MS] * len(times),
                goal=Goal("<=", 1.0),
            )
            for name, times in measured.items()
        ],
        notes=[
            f"{plan.objects} objects {plan.discovery}, {found} of them in the region: {stored.area_90:.0f} square "
            f"degrees, {len(item.ranges(0.9).first)} ranges, {int(item.inside(0.9).sum())} pixels."
        ],
    )


def _timed(loop: asyncio.Runner, question: Callable[[], Awaitable[object]], number: int) -> float:
    del number

    async def ask() -> None:
        await question()

    started = perf_counter()
    loop.run(ask())
    return (perf_counter() - started) * 1000


async def _count(reader: Reader, where: ObjectFilter) -> int:
    return await count_objects(reader, where, cap=COUNTED)


def _map() -> Skymap:
    """A bell whose 90 % region has AREA_90 square degrees."""
    pixels = np.arange(12 * 4**ORDER, dtype=np.int64)
    sigma = sqrt(AREA_90 / (2 * pi * log(10)))
    angle = np.degrees(np.arccos(np.clip(pixel_directions(pixels, ORDER) @ direction(*CENTER), -1, 1)))
    weight = np.exp(-((angle / sigma) ** 2) / 2)
    return skymap(pixels + 4 * 4**ORDER, weight / weight.sum())
