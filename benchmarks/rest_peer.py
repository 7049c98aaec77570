"""What a person would write by hand instead of GraphQL: Starlette and orjson, one route a question.

It reads the same rows from the same tables through the same driver: prepared, binary, with generic plans, and only
the columns that it answers. `uvicorn benchmarks.rest_peer:app`, with the database's URL in BENCH_DATABASE_URL.
"""

import os
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
from psycopg_pool import AsyncConnectionPool
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

CONNECTIONS = 8
OPTIONS = "-c plan_cache_mode=force_generic_plan -c jit=off -c default_transaction_read_only=on"

OBJECT = {
    "name": "name",
    "ra": "ra",
    "dec": "dec",
    "detectionCount": "detection_count",
    "firstMjd": "first_mjd",
    "lastMjd": "last_mjd",
    "corrected": "corrected",
    "meanColor": "mean_color",
}
DETECTION = {
    "candid": "candid",
    "mjd": "mjd",
    "band": "band",
    "isPositive": "is_positive",
    "magnitude": "magnitude",
    "magnitudeError": "magnitude_error",
    "apparentMagnitude": "apparent_magnitude",
    "apparentMagnitudeError": "apparent_magnitude_error",
    "flux": "flux",
    "fluxError": "flux_error",
}
COLUMNS = {name: column for name, column in DETECTION.items() if name != "isPositive"}

_OBJECT = f"SELECT object_id, {', '.join(OBJECT.values())} FROM object WHERE survey = 'ZTF' AND name = %s"


def _light_curve(columns: Sequence[str]) -> str:
    return f"SELECT {', '.join(columns)} FROM detection WHERE object_id = %s ORDER BY ts, candid"


_ROWS, _COLUMNS = _light_curve(tuple(DETECTION.values())), _light_curve(tuple(COLUMNS.values()))

pool = AsyncConnectionPool(
    os.environ.get("BENCH_DATABASE_URL", ""),
    min_size=1,
    max_size=CONNECTIONS,
    open=False,
    kwargs={"autocommit": True, "prepare_threshold": 0, "options": OPTIONS},
)


async def _read(statement: str, value: object) -> list[tuple[Any, ...]]:
    async with pool.connection() as connection, connection.cursor(binary=True) as cursor:
        await cursor.execute(statement, (value,), prepare=True)
        return await cursor.fetchall()


async def object_(request: Request) -> Response:
    rows = await _read(_OBJECT, request.path_params["name"])
    return _json(dict(zip(OBJECT, rows[0][1:], strict=True)))


async def light_curve(request: Request) -> Response:
    found = await _read(_OBJECT, request.path_params["name"])
    rows = await _read(_ROWS, found[0][0])
    detections = [dict(zip(DETECTION, row, strict=True)) for row in rows]
    for one in detections:
        one["candid"] = str(one["candid"])
    return _json({"name": found[0][1], "detections": detections})


async def columns(request: Request) -> Response:
    found = await _read(_OBJECT, request.path_params["name"])
    rows = await _read(_COLUMNS, found[0][0])
    answer = dict(zip(COLUMNS, zip(*rows, strict=True), strict=True))
    answer["candid"] = tuple(map(str, answer["candid"]))
    return _json({"name": found[0][1], "columns": answer})


def _json(content: object) -> Response:
    return Response(orjson.dumps(content), media_type="application/json")


@asynccontextmanager
async def _lifespan(app: Starlette) -> AsyncIterator[None]:
    del app
    await pool.open(wait=True)
    yield
    await pool.close()


app = Starlette(
    routes=[
        Route("/objects/{name}", object_),
        Route("/objects/{name}/light-curve", light_curve),
        Route("/objects/{name}/columns", columns),
    ],
    lifespan=_lifespan,
)
