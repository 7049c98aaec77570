"""One object's 500 detections: our reading of a hypertable beside a bare driver on a plain table.

Ours is the public function: pool, window, all chunks, rows made into detections and grouped by object. The
peer is one psycopg connection without a pool and without asyncio, a prepared statement, binary rows, left as
tuples. The asynchronous peer tells how much of the difference is asyncio's.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial
from time import perf_counter
from typing import Any, NamedTuple

import psycopg
from psycopg import AsyncConnection, Connection

from benchmarks.event_loop import runner
from benchmarks.figure import Figure, Goal, Section
from benchmarks.plan import Plan
from benchmarks.prepared import SEED, light_curves_database
from benchmarks.readers import open_reader
from benchmarks.rounds import interleave
from benchmarks.synthetic_detections import LONG_LIGHT_CURVE_ROWS, SyntheticDetections
from benchmarks.timing import Percentiles, ask_each, percentiles
from domain.light_curve import StoredDetection
from storage.light_curves import detections_of
from storage.reader import Reader

KEYS_PER_ROUND = 200
COLUMNS = ", ".join(StoredDetection._fields)
PLAIN = f"SELECT {COLUMNS} FROM plain_detection WHERE object_id = %s ORDER BY ts, candid"
HYPERTABLE = PLAIN.replace("plain_detection", "detection")
SETTINGS = "-c plan_cache_mode=force_generic_plan -c jit=off"


class Read(NamedTuple):
    """How long the keys of a round took, and what was read."""

    times: Percentiles
    curves: Sequence[Sequence[Any]]


def run(plan: Plan) -> Section:
    detections = SyntheticDetections(plan.detections, SEED)
    url = light_curves_database(plan.databases, detections, plan.detections)
    keys = detections.long_object_ids

    def keys_of(number: int) -> list[int]:
        start = number * KEYS_PER_ROUND
        return [keys[index % len(keys)] for index in range(start, start + KEYS_PER_ROUND)]

    with (
        runner() as loop,
        open_reader(loop, url) as reader,
        psycopg.connect(url, autocommit=True, options=SETTINGS) as bare,
    ):
        asynchronous = loop.run(AsyncConnection.connect(url, autocommit=True, options=SETTINGS))
        measured = interleave(
            "light curve",
            {
                "public": lambda number: _asked(loop, keys_of(number), partial(_public, reader)),
                "psycopg": lambda number: _bare(bare, PLAIN, keys_of(number)),
                "psycopg, hypertable": lambda number: _bare(bare, HYPERTABLE, keys_of(number)),
                "psycopg async": lambda number: _asked(loop, keys_of(number), partial(_bare_async, asynchronous)),
            },
            plan.rounds,
        )
        loop.run(asynchronous.close())
    _require_same_rows(measured)
    return Section(name="light_curve", figures=_figures(measured), notes=[_note(plan)])


def _asked(loop: asyncio.Runner, keys: Sequence[int], ask: Callable[[int], Awaitable[Sequence[Any]]]) -> Read:
    return Read(*loop.run(ask_each(keys, ask)))


async def _public(reader: Reader, key: int) -> Sequence[Any]:
    return (await detections_of(reader, [key]))[key]


async def _bare_async(connection: AsyncConnection, key: int) -> Sequence[Any]:
    async with connection.cursor(binary=True) as cursor:
        await cursor.execute(PLAIN, (key,), prepare=True)
        return await cursor.fetchall()


def _bare(connection: Connection, statement: str, keys: Sequence[int]) -> Read:
    seconds, curves = [], []
    for key in keys:
        started = perf_counter()
        with connection.cursor(binary=True) as cursor:
            rows = cursor.execute(statement, (key,), prepare=True).fetchall()
        seconds.append(perf_counter() - started)
        curves.append(rows)
    return Read(percentiles(seconds), curves)


def _require_same_rows(measured: Mapping[str, Sequence[Read]]) -> None:
    first, *others = ([read.curves for read in rounds] for rounds in measured.values())
    if any(other != first for other in others):
        raise RuntimeError("the tables hold different light curves")
    if any(len(curve) != LONG_LIGHT_CURVE_ROWS for curves in first for curve in curves):
        raise RuntimeError(f"a light curve has not {LONG_LIGHT_CURVE_ROWS} rows")


def _figures(measured: Mapping[str, Sequence[Read]]) -> list[Figure]:
    def figure(name: str, ours: str, peer: str, goal: Goal | None = None, percentile: str = "p50") -> Figure:
        return Figure(
            name=f"light curve, {name}",
            unit="ms",
            ours=[getattr(read.times, percentile) for read in measured[ours]],
            peer_name=f"{peer}, plain table",
            peer=[getattr(read.times, percentile) for read in measured[peer]],
            goal=goal,
        )

    return [
        figure("p50", "public", "psycopg", Goal("<=", 1.5)),
        figure("p95", "public", "psycopg", percentile="p95"),
        figure("p50, beside asyncio", "public", "psycopg async"),
        figure("p50, only the hypertable", "psycopg, hypertable", "psycopg"),
    ]


def _note(plan: Plan) -> str:
    return (
        f"{KEYS_PER_ROUND} objects a round, each with {LONG_LIGHT_CURVE_ROWS} detections over seven years among "
        f"{plan.detections} in all. All variants read the same rows."
    )
