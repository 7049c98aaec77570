"""A table of 100,000 rows on the crossmatch page, as a browser's script asks: sent, matched with objects, shown,
taken out. The server is `arrayan serve` in a process of its own; there is no peer.
"""

import json
import os
import sys
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

import httpx
import numpy as np

from benchmarks.figure import Figure, Section
from benchmarks.plan import Plan
from benchmarks.prepared import SEED, objects_database
from benchmarks.server_process import free_port, serving
from benchmarks.synthetic_objects import places

ROWS = 100_000
RADIUS_ARCSEC = 2.0
LONGEST_SECONDS = 300.0


class Taken(NamedTuple):
    """Seconds of each step, in the order of `STEPS`."""

    read: float
    first_sign: float
    matched: float
    shown: float
    file: float


STEPS = (
    "sent and read",
    "from the click to the first sign of progress",
    "from the click to the result",
    "a page of the result",
    "the result as CSV",
)


def run(plan: Plan) -> Section:
    url = objects_database(plan.databases, plan.objects, plan.discovery)
    content = _table(plan.objects)
    port = free_port()
    environment = {
        **os.environ,
        "ARRAYAN_DATABASE_URL": url,
        "ARRAYAN_PORT": str(port),
        "ARRAYAN_CLIENT_COST_PER_MINUTE": "0",
    }
    command = [str(Path(sys.executable).with_name("arrayan")), "serve"]
    with serving(command, port, environment=environment), _client(port) as client:
        rounds = [_taken(client, content) for _ in range(plan.rounds + 1)][1:]
    return Section(
        name="crossmatch_table",
        figures=[
            Figure(name=name, unit="s", ours=list(values))
            for name, values in zip(STEPS, zip(*rounds, strict=True), strict=True)
        ],
        notes=[
            f"{ROWS} rows of {len(content) / 1e6:.1f} MB of CSV with seven columns, {plan.objects} objects; half "
            f"of the rows lie within an arcsecond of one; nearest matches within {RADIUS_ARCSEC:g} arcsec"
        ],
    )


def _client(port: int) -> httpx.Client:
    return httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=LONGEST_SECONDS)


def _taken(client: httpx.Client, content: bytes) -> Taken:
    begin = perf_counter()
    table = client.post("/match", files={"table": ("targets.csv", content)}).headers["Location"]
    read = perf_counter()
    first, line = None, ""
    asked = {"radius": str(RADIUS_ARCSEC)}
    with client.stream("POST", table, data=asked, headers={"Accept": "application/x-ndjson"}) as answer:
        for line in answer.iter_lines():  # noqa: B007
            first = first or perf_counter()
    matched = perf_counter()
    result = json.loads(line)["location"]
    client.get(result, params={"show": "matched", "page": "400"}).raise_for_status()
    shown = perf_counter()
    rows = client.get(f"{result}/rows.csv").raise_for_status().headers["Arrayan-Rows"]
    file = perf_counter()
    if rows != str(ROWS):
        raise RuntimeError(f"{rows} rows came back of {ROWS}")
    client.post(f"{table}/delete")
    return Taken(read - begin, (first or matched) - read, matched - read, shown - matched, file - shown)


def _table(objects: int) -> bytes:
    """Half of the rows beside an object, half anywhere, in turn."""
    random = np.random.default_rng([SEED, 7])
    known, chosen = places(objects, SEED), random.integers(0, objects, ROWS)
    beside = np.arange(ROWS) % 2 == 0
    ra = np.where(beside, known.ra[chosen], random.uniform(0, 360, ROWS))
    dec = np.where(
        beside,
        np.clip(known.dec[chosen] + random.uniform(-1, 1, ROWS) / 3600, -90, 90),
        np.degrees(np.arcsin(random.uniform(-1, 1, ROWS))),
    )
    lines = [
        f"SN2026{number:06d},{ra:.6f},{dec:.6f},{15 + number % 7:.2f},0.02,candidate {number},{number % 3}"
        for number, (ra, dec) in enumerate(zip(ra.tolist(), dec.tolist(), strict=True))
    ]
    return "\n".join(["target,ra,dec,mag,mag_err,note,flag", *lines]).encode()
