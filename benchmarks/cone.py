"""Objects in a cone, nearest first: our search beside q3c's on the same table.

Ours is the public function: ranges computed in Python, rows made into objects with cursors. The peer is the
statement that a user of q3c writes, prepared, with a generic plan and on the same connection; its rows are left
as they come. In a second pair neither side sorts or makes anything of its rows. In a third, q3c has a connection
of its own: in a server process that has run nothing else, its hundred index scans often find their memory still
mapped and take half the time (docs/performance.md).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cache, partial
from typing import Any, NamedTuple

import numpy as np

from benchmarks.event_loop import runner
from benchmarks.figure import Figure, Goal, Section
from benchmarks.plan import Plan
from benchmarks.prepared import SEED, objects_database
from benchmarks.readers import open_reader
from benchmarks.rounds import interleave
from benchmarks.synthetic_objects import Places, places
from benchmarks.timing import Percentiles, ask_each
from domain.object_filter import ObjectFilter
from domain.sky import Cone, cone, position
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
    f"WHERE {haversine_expression('o')} <= %(haversine)s"
)


class Size(NamedTuple):
    """Cones of one radius: how many are searched in a round, and what the ratio of the medians should be."""

    name: str
    radius_arcsec: float
    cones: int
    goal: Goal | None


SIZES = (
    Size("1 arcsec", 1.0, 200, Goal("<=", 0.25)),
    Size("1 arcmin", 60.0, 200, Goal("<=", 0.25)),
    Size("1 deg", 3600.0, 60, Goal("<=", 0.8)),
    Size("5 deg", 18_000.0, 24, None),
)


class Searched(NamedTuple):
    """How long the cones of a round took, and what was in each: objects or bare rows."""

    times: Percentiles
    answers: Sequence[Sequence[Any]]


Search = Callable[[Cone], Awaitable[Sequence[Any]]]


def run(plan: Plan) -> Section:
    url = objects_database(plan.databases, plan.objects)
    figures: list[Figure] = []
    compared = objects = 0
    with runner() as loop, open_reader(loop, url) as shared, open_reader(loop, url) as alone:
        for size in SIZES:
            measured = _measure(loop, size, _searches(shared, alone), plan)
            figures += _figures(size, measured)
            compared += size.cones * plan.rounds
            objects += _require_same_objects(measured)
    return Section(
        name="cone",
        figures=figures,
        notes=[
            f"{plan.objects} objects, cones around random ones. All five searches found the same objects in each "
            f"of {compared} cones, {objects} objects together."
        ],
    )


def _searches(shared: Reader, alone: Reader) -> Mapping[str, Search]:
    return {
        "public": partial(_public, shared),
        "q3c": partial(_nearest_by_q3c, shared),
        "unsorted": partial(_unsorted_by_healpix, shared),
        "q3c unsorted": partial(_unsorted_by_q3c, shared),
        "q3c alone": partial(_nearest_by_q3c, alone),
    }


async def _public(reader: Reader, region: Cone) -> list[Placed]:
    return await cone_search(reader, region, ObjectFilter(), limit=LIMIT)


async def _nearest_by_q3c(reader: Reader, region: Cone) -> Rows:
    return await reader.rows(NEAREST_BY_Q3C, {**_q3c_values(region), "limit": LIMIT})


async def _unsorted_by_healpix(reader: Reader, region: Cone) -> Rows:
    return await reader.rows(UNSORTED_BY_HEALPIX, region_parameters(region))


async def _unsorted_by_q3c(reader: Reader, region: Cone) -> Rows:
    return await reader.rows(UNSORTED_BY_Q3C, _q3c_values(region))


def _q3c_values(region: Cone) -> dict[str, float]:
    return {"ra": region.center.ra, "dec": region.center.dec, "radius": region.radius_arcsec / 3600}


def _measure(
    loop: asyncio.Runner, size: Size, searches: Mapping[str, Search], plan: Plan
) -> dict[str, list[Searched]]:
    def search_all(search: Search, number: int) -> Searched:
        return Searched(*loop.run(ask_each(_cones(size, number, plan.objects), search)))

    variants = {name: partial(search_all, search) for name, search in searches.items()}
    return interleave(f"cone {size.name}", variants, plan.rounds)


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
            peer_name="q3c",
            peer=[getattr(searched.times, percentile) for searched in measured[peer]],
            goal=goal,
        )

    return [
        figure("p50", "public", "q3c", "p50", size.goal),
        figure("p95", "public", "q3c", "p95"),
        figure("p50, q3c on a connection of its own", "public", "q3c alone", "p50", size.goal),
        figure("bare rows unsorted, p50", "unsorted", "q3c unsorted", "p50"),
    ]


def _require_same_objects(measured: Mapping[str, Sequence[Searched]]) -> int:
    """The objects found by every variant together. Raises when two variants answer differently."""
    found: dict[str, list[frozenset[int]]] = {}
    for name, rounds in measured.items():
        found[name] = [
            frozenset(item.object.object_id if isinstance(item, Placed) else item[0] for item in answer)
            for searched in rounds
            for answer in searched.answers
        ]
    first, *others = found.values()
    if any(other != first for other in others):
        differing = sum(len(set(answers)) > 1 for answers in zip(*found.values(), strict=True))
        raise RuntimeError(f"{differing} cones have different objects by HEALPix and by q3c")
    return sum(map(len, first))
