"""Detections into a filled hypertable: our idempotent path beside psql's `\\copy`, which is not idempotent.

Both write the same rows into databases that are copies of one another. Ours starts from tuples, as decoding
leaves them, and commits every 5,000; psql starts from a binary file and commits once.
"""

import tempfile
from collections.abc import Sequence
from time import perf_counter
from typing import IO, NamedTuple

from psycopg import Connection, sql

from benchmarks import psql
from benchmarks.figure import Figure, Goal, Section
from benchmarks.plan import Plan
from benchmarks.prepared import DETECTIONS_DATABASE, SEED, detections_database
from benchmarks.rounds import interleave
from benchmarks.synthetic_detections import SyntheticDetections
from domain.tally import CountedDetection
from storage.alert_store import BETTER_DETECTION, DETECTION_KEY, DETECTION_ROWS
from storage.copying import Row, merge
from storage.database import connect

ROWS_PER_ROUND = 100_000
ROWS_PER_BATCH = 5_000

RETURNED = (*CountedDetection._fields, "dubious")
"""What storage.alert_store asks for of the rows inserted, for the summaries."""


class Speed(NamedTuple):
    """Rows per second: written for the first time, and written again (None where that cannot be done)."""

    first: float
    again: float | None


def run(plan: Plan) -> Section:
    detections = SyntheticDetections(plan.detections, SEED)
    psql.version()
    detections_database(plan.databases, detections, plan.detections)
    with (
        plan.databases.passing("write_ours", template=DETECTIONS_DATABASE) as our_url,
        plan.databases.passing("write_peer", template=DETECTIONS_DATABASE) as peer_url,
        connect(our_url, role="bench") as connection,
    ):
        speeds = interleave(
            "write",
            {
                "ours": lambda number: _our_speed(connection, detections.night(number, ROWS_PER_ROUND)),
                "psql": lambda number: _psql_speed(peer_url, detections.night(number, ROWS_PER_ROUND)),
            },
            plan.rounds,
        )
        _require_equal(our_url, peer_url)
    ours = [speed.first for speed in speeds["ours"]]
    again = [speed.again for speed in speeds["ours"] if speed.again is not None]
    peer = [speed.first for speed in speeds["psql"]]
    return Section(
        name="write",
        figures=[
            Figure(
                name="write, new detections",
                unit="rows/s",
                ours=ours,
                peer_name="psql \\copy binary",
                peer=peer,
                goal=Goal(">=", 0.6),
            ),
            Figure(name="write, the same again", unit="rows/s", ours=again, peer_name="the first time", peer=ours),
        ],
        notes=[
            f"{ROWS_PER_ROUND} rows a round into a hypertable with {plan.detections} rows; ours commits every "
            f"{ROWS_PER_BATCH}, psql once. The two tables held the same rows at the end. {psql.version()}."
        ],
    )


def _our_speed(connection: Connection, rows: Sequence[Row]) -> Speed:
    return Speed(len(rows) / _merge_seconds(connection, rows), len(rows) / _merge_seconds(connection, rows))


def _merge_seconds(connection: Connection, rows: Sequence[Row]) -> float:
    started = perf_counter()
    for start in range(0, len(rows), ROWS_PER_BATCH):
        with connection.transaction():
            batch = rows[start : start + ROWS_PER_BATCH]
            merge(connection, DETECTION_ROWS, batch, DETECTION_KEY, BETTER_DETECTION, RETURNED)
    return perf_counter() - started


def _psql_speed(url: str, rows: Sequence[Row]) -> Speed:
    with tempfile.TemporaryFile() as file:
        _pack(url, rows, file)
        file.seek(0)
        return Speed(len(rows) / psql.copy_seconds(url, "detection", DETECTION_ROWS.columns, file), None)


def _pack(url: str, rows: Sequence[Row], file: IO[bytes]) -> None:
    """Rows in the format of COPY BINARY, made by the server out of a temporary table."""
    with connect(url, role="bench") as connection, connection.transaction(), connection.cursor() as cursor:
        DETECTION_ROWS.copy(connection, rows)
        statement = sql.SQL("COPY {} TO STDOUT (FORMAT BINARY)").format(DETECTION_ROWS.identifier)
        with cursor.copy(statement) as copy:
            for part in copy:
                file.write(part)


def _require_equal(*urls: str) -> None:
    """Both wrote the same rows, or the comparison means nothing."""
    found = set()
    for url in urls:
        with connect(url, role="bench") as connection:
            found.add(
                connection.execute(
                    "SELECT count(*), sum(hashtextextended(detection::text, 0)) FROM detection"
                ).fetchone()
            )
    if len(found) != 1:
        raise RuntimeError(f"the tables differ: {found}")
