"""Objects in a cone, nearest first: our search beside q3c's on the same table.

Ours is the public function: ranges computed in Python, a result of each row, which makes an object of it when it
is looked at. The peer is the statement that a user of q3c writes, prepared, with a generic plan; its rows are left
as they come. In one more pair we look at every object; in another neither side sorts or makes anything of its rows.

Every search has a connection of its own, and with it a server process that runs nothing else: what one statement
does to the memory of its process is no affair of the others. q3c has two. Its plan has a hundred index scans, for
which the process asks the system for 1.4 MB of memory and gives it back, in every execution: 340 page faults (by
/proc/PID/stat), which take most of its time. A process that once had a large piece of memory keeps what it has, for
so the allocator of the C library learns, and q3c is several times as fast in it. Both are shown: as it is after
connecting, which the goals are about, and at its best.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np

from benchmarks.event_loop import runner
from benchmarks.figure import Figure, Goal, Section
from benchmarks.memory import hold_in_memory
from benchmarks.plan import Plan
from benchmarks.prepared import OBJECTS, SEED, objects_database
from benchmarks.readers import open_reader
from benchmarks.rounds import interleave
from benchmarks.synthetic_objects import Places, places
from benchmarks.timing import Percentiles, ask_each
from domain.object_filter import ObjectFilter
from domain.sky import Cone, cone, position
from runtime.collector import spare_the_collector
from storage.objects import COLUMNS, Placed, cone_search
from storage.reader import Reader, Rows
from storage.regions import RANGES, haversine_expression, region_parameters

LIMIT = 1_000_000
CENTER_OFFSET_DEGREES = 0.3 / 3600

NEAREST_BY_Q3C = (
    f"SELECT {COLUMNS}, q3c_dist(o.ra, o.dec, %(ra)s, %(dec)s) AS distance FROM object o "
    "WHERE q3c_radial_query(o.ra, o.dec, %(ra)s, %(dec)s, %(radius)s) "
    "ORDER BY distance, o.object_id LIMIT %(limit)s"
)
UNSORTED_BY_Q3C = f"SELECT {COLUMNS} FROM object o WHERE q3c_radial_query(o.ra, o.dec, %(ra)s, %(dec)s, %(radius)s)"
UNSORTED_BY_HEALPIX = (
    f"SELECT {COLUMNS} FROM {RANGES} JOIN object o ON o.hpx BETWEEN range.first AND range.last "
    f"WHERE range.whole OR {haversine_expression('o')} <= %(haversine)s"
)


class Size(NamedTuple):
    """Cones of one radius: how many are searched in a round, and what the ratio of the medians should be."""

    name: str
    radius_arcsec: float
    cones: int
    goal: Goal | None


SIZES = (
    Size("1 arcsec", 1.0, 200, Goal("<=", 0.2)),
    Size("1 arcmin", 60.0, 200, Goal("<=", 0.2)),
    Size("1 deg", 3600.0, 60, Goal("<=", 0.7)),
    Size("5 deg", 18_000.0, 24, Goal("<=", 1.0)),
)
GROWTH = Goal("<=", 1.2)
"""Of the time of the smallest cones, from OBJECTS objects to more."""

INDEXES = ("ix_object_hpx", "object_q3c")
KEEP_MEMORY = "SELECT length(repeat('x', 30000000))"
"""Has the server process allocate 30 MB at once, and free them: from then on it keeps its memory."""


class Searched(NamedTuple):
    """How long the cones of a round took, what was in each (a hash of the keys), and how much in all."""

    times: Percentiles
    found: Sequence[int]
    objects: int


Search = Callable[[Cone], Awaitable[Sequence[Any]]]


def run(plan: Plan) -> Section:
    url = objects_database(plan.databases, plan.objects, plan.discovery)
    figures: list[Figure] = []
    compared = objects = 0
    spare_the_collector()  # as the server does it
    with runner() as loop, ExitStack() as connections:
        searches = {
            name: partial(search, connections.enter_context(open_reader(loop, url)))
            for name, search in SEARCHES.items()
        }
        hold_in_memory(url, "object", *INDEXES)
        loop.run(searches[Q3C_AT_ITS_BEST].args[0].rows(KEEP_MEMORY))
        for size in SIZES:
            measured = _measure(loop, size, searches, plan)
            figures += _figures(size, measured)
            compared += size.cones * plan.rounds
            objects += _require_same_objects(measured)
        figures += _growth(loop, searches["public"], plan, connections)
    return Section(
        name="cone",
        figures=figures,
        notes=[
            f"{plan.objects} objects {plan.discovery}, cones around random ones. All searches found the same "
            f"objects in each of {compared} cones, {objects} objects together."
        ],
    )


def _growth(loop: asyncio.Runner, among_all: Search, plan: Plan, connections: ExitStack) -> list[Figure]:
    """The smallest cones among as many objects as were asked for, beside those among OBJECTS."""
    if plan.objects <= OBJECTS:
        return []
    among_fewer = partial(_public, connections.enter_context(open_reader(loop, _fewer(plan))))
    hold_in_memory(_fewer(plan), "object", *INDEXES)
    size = SIZES[0]

    measured = interleave(
        f"cone {size.name}, growth",
        {
            "all": partial(_search_all, loop, size, plan.objects, among_all),
            "fewer": partial(_search_all, loop, size, OBJECTS, among_fewer),
        },
        plan.rounds,
    )
    return [
        Figure(
            name=f"cone {size.name}, p50, among {plan.objects:,}",
            unit="ms",
            ours=[searched.times.p50 for searched in measured["all"]],
            peer_name=f"among {OBJECTS:,}",
            peer=[searched.times.p50 for searched in measured["fewer"]],
            goal=GROWTH,
        )
    ]


def _fewer(plan: Plan) -> str:
    return objects_database(plan.databases, OBJECTS, plan.discovery)


async def _public(reader: Reader, region: Cone) -> list[Placed]:
    return await cone_search(reader, region, ObjectFilter(), limit=LIMIT)


async def _public_looked_at(reader: Reader, region: Cone) -> list[Placed]:
    found = await _public(reader, region)
    for placed in found:
        _ = placed.object
    return found


async def _nearest_by_q3c(reader: Reader, region: Cone) -> Rows:
    return await reader.rows(NEAREST_BY_Q3C, {**_q3c_values(region), "limit": LIMIT})


async def _unsorted_by_healpix(reader: Reader, region: Cone) -> Rows:
    return await reader.rows(UNSORTED_BY_HEALPIX, region_parameters(region))


async def _unsorted_by_q3c(reader: Reader, region: Cone) -> Rows:
    return await reader.rows(UNSORTED_BY_Q3C, _q3c_values(region))


Q3C_AT_ITS_BEST = "q3c at its best"
SEARCHES: Mapping[str, Callable[[Reader, Cone], Awaitable[Sequence[Any]]]] = {
    "public": _public,
    "looked at": _public_looked_at,
    "q3c": _nearest_by_q3c,
    Q3C_AT_ITS_BEST: _nearest_by_q3c,
    "unsorted": _unsorted_by_healpix,
    "q3c unsorted": _unsorted_by_q3c,
}


def _q3c_values(region: Cone) -> dict[str, float]:
    return {"ra": region.center.ra, "dec": region.center.dec, "radius": region.radius_arcsec / 3600}


def _measure(
    loop: asyncio.Runner, size: Size, searches: Mapping[str, Search], plan: Plan
) -> dict[str, list[Searched]]:
    variants = {name: partial(_search_all, loop, size, plan.objects, search) for name, search in searches.items()}
    return interleave(f"cone {size.name}", variants, plan.rounds)


def _search_all(loop: asyncio.Runner, size: Size, objects: int, search: Search, number: int) -> Searched:
    times, answers = loop.run(ask_each(_cones(size, number, objects), search))
    keys = [frozenset(row[0] for row in answer) for answer in answers]
    return Searched(times, list(map(hash, keys)), sum(map(len, keys)))


@cache
def _places(objects: int) -> Places:
    return places(objects, SEED)


def _cones(size: Size, number: int, objects: int) -> list[Cone]:
    """Cones around random objects, others in every round."""
    random = np.random.default_rng([SEED, round(size.radius_arcsec), number])
    ra, dec = _places(objects)
    chosen = random.integers(0, objects, size.cones)
    offset = random.uniform(-CENTER_OFFSET_DEGREES, CENTER_OFFSET_DEGREES, size.cones)
    return [
        cone(position(float(ra[index]), max(-90.0, min(90.0, float(dec[index] + shift)))), size.radius_arcsec)
        for index, shift in zip(chosen, offset, strict=True)
    ]


def _figures(size: Size, measured: Mapping[str, Sequence[Searched]]) -> list[Figure]:
    def figure(name: str, ours: str, peer: str, percentile: str, goal: Goal | None = None) -> Figure:
        return Figure(
            name=f"cone {size.name}, {name}",
            unit="ms",
            ours=[getattr(searched.times, percentile) for searched in measured[ours]],
            peer_name=peer,
            peer=[getattr(searched.times, percentile) for searched in measured[peer]],
            goal=goal,
        )

    return [
        figure("p50", "public", "q3c", "p50", size.goal),
        figure("p95", "public", "q3c", "p95"),
        figure("p50", "public", Q3C_AT_ITS_BEST, "p50"),
        figure("every object looked at, p50", "looked at", "q3c", "p50"),
        figure("bare rows unsorted, p50", "unsorted", "q3c unsorted", "p50"),
    ]


def _require_same_objects(measured: Mapping[str, Sequence[Searched]]) -> int:
    """The objects found by every variant together. Raises when two variants answer differently."""
    for number, searched in enumerate(zip(*measured.values(), strict=True), 1):
        differing = sum(len(set(found)) > 1 for found in zip(*(one.found for one in searched), strict=True))
        if differing:
            raise RuntimeError(f"{differing} cones of round {number} have different objects by HEALPix and by q3c")
    return sum(searched.objects for searched in next(iter(measured.values())))
