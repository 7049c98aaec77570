"""A catalogue of many rows: how fast it loads from a file, and cones over it, by us and by q3c.

Loading is all of `arrayan catalog add`: reading the file, sorting, indexing, attaching. A cone is timed in the
server, from its start to its last row, by EXPLAIN ANALYZE without a clock per node: the statement that the endpoint
prepares, with a generic plan, and the one that a user of q3c would prepare, over the same partition.
"""

import asyncio
import json
import tempfile
import time
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import psycopg

from benchmarks.figure import BenchmarkUnavailable, Figure, Goal, Section
from benchmarks.plan import Plan
from benchmarks.progress import say
from benchmarks.rounds import interleave
from benchmarks.synthetic_objects import OBJECT_COLUMNS, Places, object_rows, places
from catalogs.open_table import open_table
from catalogs.roles import Named, find_roles
from catalogs.sources import SourceReader
from domain.catalog import CatalogColumn, CatalogDescription
from domain.sky import Position, healpix, position
from storage.catalog_load import CatalogLoad, SourceRows
from storage.catalog_matches import match_at_ingest, match_new_objects
from storage.catalogs import around_parameters, sources_around, sources_around_statement
from storage.copying import Staging
from storage.database import connect
from storage.reader import Reader
from storage.tables import sky_object
from storage.target_matches import catalog_matches

SEED = 20250701
ROWS_AT_ONCE = 500_000
CONES = 300
CSV_PART = 10
"""The CSV file has the tenth part of the rows."""
NEW_OBJECTS, BATCH = 8_000, 1_000
TARGETS = 100_000
RADII = {"1.5 arcsec": 1.5, "30 arcsec": 30.0, "2 arcmin": 120.0}
COLUMNS = ("phot_g_mean_mag", "bp_rp", "parallax")
Q3C = (
    "SELECT source_id, ra, dec, values, q3c_dist(ra, dec, $1, $2) AS distance FROM catalog_source_{number} "
    "WHERE q3c_radial_query(ra, dec, $1, $2, $3) ORDER BY distance LIMIT 1000"
)


def run(plan: Plan) -> Section:
    count = plan.catalog_rows
    sky = places(count, SEED)
    part = Places(sky.ra[: count // CSV_PART], sky.dec[: count // CSV_PART])
    with tempfile.TemporaryDirectory() as folder, plan.databases.passing("catalog") as url:
        files = {"CSV": _written(Path(folder), "csv", part), "Parquet": _written(Path(folder), "parquet", sky)}
        seconds, numbers, figures = {}, {}, []
        for kind, path in files.items():
            seconds[kind], numbers[kind] = _load(url, path, kind)
            rows = len(part.ra) if kind == "CSV" else count
            figures.append(Figure(name=f"load {rows} rows of {kind}", unit="rows/s", ours=[rows / seconds[kind]]))
        number = numbers["Parquet"]
        size = _sizes(url, number)
        figures += [*_at_ingest(url, sky), *_cones(url, number, sky, plan.rounds)]
        figures += asyncio.run(_by_reader(url, sky))
    return Section(
        name="catalog",
        figures=figures,
        notes=[f"Loading {count} rows of Parquet took {seconds['Parquet']:.0f} s. {size}"],
    )


def _written(folder: Path, kind: str, sky: Places) -> Path:
    """The catalogue as a file, rows in no order."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet as pq

    random = np.random.default_rng([SEED, 1])
    count = len(sky.ra)
    path = folder / f"catalog.{kind}"
    schema = pa.schema(
        [("source_id", pa.int64()), ("ra", pa.float64()), ("dec", pa.float64())]
        + [(name, pa.float32()) for name in COLUMNS]
    )
    writer: Any = (pq.ParquetWriter if kind == "parquet" else pyarrow.csv.CSVWriter)(path, schema)
    with writer:
        for start in range(0, count, ROWS_AT_ONCE):
            part = slice(start, min(count, start + ROWS_AT_ONCE))
            width = part.stop - part.start
            columns = [random.integers(2**50, 2**62, width), sky.ra[part], sky.dec[part]]
            columns += [random.normal(15, 3, width).round(4).astype(np.float32) for _ in COLUMNS]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
    return path


def _load(url: str, path: Path, name: str) -> tuple[float, int]:
    """Seconds, and the number of the partition."""
    say(f"loading {path.name}")
    with connect(url, role="bench") as connection:
        begin = time.perf_counter()
        table = open_table(path)
        reader = SourceReader(table, find_roles(table, Named()), COLUMNS)
        told = CatalogDescription(name, "", 1.5, False, tuple(CatalogColumn(column, "mag") for column in COLUMNS))
        with CatalogLoad(connection, told) as loading:
            for part in reader.read():
                loading.add(SourceRows(part.ids, part.ra, part.dec, part.values))
            say(f"  read after {time.perf_counter() - begin:.0f} s")
            catalog = loading.finish(0)
        return time.perf_counter() - begin, catalog.catalog_id


def _sizes(url: str, number: int) -> str:
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "SELECT pg_size_pretty(pg_total_relation_size(%s::regclass)), "
            "pg_size_pretty(pg_total_relation_size(%s::regclass))",
            (f"catalog_source_{number}", f"catalog_overlap_{number}"),
        ).fetchone()
    assert row is not None
    return f"Sources with their index take {row[0]}, the list beside cells {row[1]}."


def _cones(url: str, number: int, sky: Places, rounds: int) -> list[Figure]:
    with psycopg.connect(url, autocommit=True) as connection:
        try:
            connection.execute("CREATE EXTENSION IF NOT EXISTS q3c")
        except psycopg.Error as error:
            raise BenchmarkUnavailable(f"the server has no q3c to compare with: {error}") from error
        connection.execute(f"CREATE INDEX ON catalog_source_{number} (q3c_ang2ipix(ra, dec))")
        connection.execute(f"VACUUM (ANALYZE) catalog_source_{number}")
        connection.execute("SET plan_cache_mode = force_generic_plan")
        connection.execute("SET jit = off")
        types = "(int[], float8[], float8[], bigint[], bigint[], text[], float8, bigint)"
        statement = sources_around_statement()
        names = ("place", "ra", "dec", "first", "last", "names", "haversine", "most")
        for place, name in enumerate(names, 1):
            statement = statement.replace(f"%({name})s", f"${place}")
        connection.execute(f"PREPARE ours {types} AS {statement}".encode())
        connection.execute(("PREPARE q3c (float8, float8, float8) AS " + Q3C.format(number=number)).encode())
        found: list[Figure] = []
        for title, radius in RADII.items():

            def ours(turn: int, radius: float = radius) -> list[float]:
                return [_ours(connection, center, radius, names) for center in _centers(sky, turn)]

            def peer(turn: int, radius: float = radius) -> list[float]:
                return [_by_q3c(connection, center, radius) for center in _centers(sky, turn)]

            measured = interleave(f"cone {title}", {"ours": ours, "q3c": peer}, rounds)
            found.append(
                Figure(
                    name=f"cone {title}, p50 in the server",
                    unit="ms",
                    ours=[median(times) for times in measured["ours"]],
                    peer_name="q3c",
                    peer=[median(times) for times in measured["q3c"]],
                    goal=Goal("<=", 1.0),
                )
            )
        return found


def _centers(sky: Places, turn: int) -> list[Position]:
    chosen = np.random.default_rng([SEED, 7, turn]).integers(0, len(sky.ra), CONES)
    return [position(float(sky.ra[index]), float(sky.dec[index])) for index in chosen]


def _ours(connection: psycopg.Connection, center: Position, radius: float, names: tuple[str, ...]) -> float:
    values = around_parameters([center], radius_arcsec=radius, names=["Parquet"], most=1000)
    return _explained(connection, f"ours({', '.join(['%s'] * len(names))})", [values[name] for name in names])


def _by_q3c(connection: psycopg.Connection, center: Position, radius: float) -> float:
    return _explained(connection, "q3c(%s, %s, %s)", [center.ra, center.dec, radius / 3600])


def _explained(connection: psycopg.Connection, call: str, values: list[Any]) -> float:
    with psycopg.ClientCursor(connection) as cursor:
        row = cursor.execute(
            f"EXPLAIN (ANALYZE, TIMING off, FORMAT json) EXECUTE {call}".encode(), values
        ).fetchone()
    assert row is not None
    told = row[0] if isinstance(row[0], list) else json.loads(row[0])
    return float(told[0]["Execution Time"])


def _at_ingest(url: str, sky: Places) -> list[Figure]:
    """What the one statement adds to each alert of an object that is new: most alerts are of known ones."""
    random = np.random.default_rng([SEED, 9])
    chosen = random.integers(0, len(sky.ra), NEW_OBJECTS)
    rows = list(islice(object_rows(NEW_OBJECTS, SEED), NEW_OBJECTS))
    moved = zip(rows, sky.ra[chosen].tolist(), sky.dec[chosen].tolist(), strict=True)
    placed = [(*row[:3], ra, dec, int(healpix(ra, dec)), *row[6:]) for row, ra, dec in moved]
    staging = Staging(sky_object, OBJECT_COLUMNS)
    with connect(url, role="bench") as connection:
        staging.append(connection, placed)
        connection.execute("ANALYZE object")
        ids = [row[0] for row in placed]
        added = {"without a catalogue": _matching(connection, ids)}
        match_at_ingest(connection, "Parquet")
        added["with one"] = _matching(connection, ids)
        row = connection.execute("SELECT count(DISTINCT object_id) FROM catalog_match").fetchone()
    assert row == (NEW_OBJECTS,)
    return [
        Figure(name=f"matching at ingest, {name}, per new object", unit="ms", ours=times)
        for name, times in added.items()
    ]


def _matching(connection: psycopg.Connection, ids: list[int]) -> list[float]:
    """Milliseconds per object, batch by batch; the first ones, in which the statement is planned, left out."""
    times = []
    for start in range(0, len(ids), BATCH):
        begin = time.perf_counter()
        with connection.transaction():
            match_new_objects(connection, ids[start : start + BATCH])
        times.append(1000 * (time.perf_counter() - begin) / BATCH)
    return times[len(times) // 2 :]


async def _by_reader(url: str, sky: Places) -> list[Figure]:
    """A question as the endpoint asks it: ranges, the way there and back, values decoded. And many at once."""
    reader = Reader(url, connections=1, statement_timeout_seconds=60)
    await reader.open()
    try:
        times = []
        for center in _centers(sky, 99):
            begin = time.perf_counter()
            await sources_around(reader, [center], radius_arcsec=1.5, names=["Parquet"], most=1000)
            times.append(1000 * (time.perf_counter() - begin))
        begin = time.perf_counter()
        targets = slice(0, TARGETS)
        async for _ in catalog_matches(
            reader, "Parquet", sky.ra[targets], sky.dec[targets], radius_arcsec=1.5, most=1
        ):
            pass
        together = time.perf_counter() - begin
    finally:
        await reader.close()
    return [
        Figure(name="cone 1.5 arcsec, p50 by the endpoint's reader", unit="ms", ours=[median(times)]),
        Figure(name=f"{min(TARGETS, len(sky.ra))} targets matched", unit="s", ours=[together]),
    ]
