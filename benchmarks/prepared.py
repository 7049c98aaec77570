"""The databases that are filled once: a million objects, and some million detections in two kinds of table."""

from collections.abc import Mapping

import psycopg

from benchmarks.databases import BenchDatabases
from benchmarks.figure import BenchmarkUnavailable
from benchmarks.progress import say
from benchmarks.synthetic_detections import SyntheticDetections
from benchmarks.synthetic_objects import OBJECT_COLUMNS, Discoverer, batches, by_exposure, object_rows, scattered
from storage.alert_store import DETECTION_KEY, DETECTION_ROWS
from storage.copying import Staging, insert_missing
from storage.tables import sky_object

SEED = 20250601
OBJECTS_DATABASE, DETECTIONS_DATABASE, LIGHT_CURVES_DATABASE = "objects", "detections", "light_curves"
ROWS_AT_ONCE = 50_000
OBJECTS = 1_000_000
"""As many as cones are searched among unless somebody wants another number."""

OBJECT_ROWS = Staging(sky_object, OBJECT_COLUMNS)


DISCOVERIES: Mapping[str, Discoverer] = {"by_exposure": by_exposure, "scattered": scattered}


def objects_database(databases: BenchDatabases, count: int, discovery: str) -> str:
    """URL of a database with `count` objects, in the table as one of DISCOVERIES finds them, and q3c's index on
    them beside ours. One for each count and order is kept."""

    def fill(url: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            _require_q3c(connection)
            indexes = _drop_indexes(connection)
            done = 0
            for rows in batches(object_rows(count, SEED, DISCOVERIES[discovery]), ROWS_AT_ONCE):
                OBJECT_ROWS.append(connection, rows)
                done += len(rows)
                say(f"  {done} of {count} objects")
            for definition in [*indexes, "CREATE INDEX object_q3c ON object (q3c_ang2ipix(ra, dec))"]:
                connection.execute(definition.encode())

    name = f"{OBJECTS_DATABASE}_{discovery}_{count}"
    return databases.kept(name, f"{count} objects of seed {SEED}, {discovery}, with q3c", fill)


def _drop_indexes(connection: psycopg.Connection) -> list[str]:
    """Without its indexes, a table takes rows ten times as fast. How to make them again; those of keys stay."""
    found = connection.execute(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = 'object'::regclass AND NOT indisunique"
    ).fetchall()
    for name, _ in found:
        connection.execute(f"DROP INDEX {name}".encode())
    return [definition for _, definition in found]


def detections_database(databases: BenchDatabases, detections: SyntheticDetections, rows: int) -> str:
    """URL of a database with about `rows` detections."""

    def fill(url: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            done = 0
            for batch in detections.history():
                with connection.transaction():
                    DETECTION_ROWS.copy(connection, batch)
                    insert_missing(connection, DETECTION_ROWS, DETECTION_KEY)
                done += len(batch)
                say(f"  {done} of {rows} detections")

    return databases.kept(DETECTIONS_DATABASE, _contents(rows), fill)


def light_curves_database(databases: BenchDatabases, detections: SyntheticDetections, rows: int) -> str:
    """URL of a database with the same detections, and all of them again in the table `plain_detection`.

    That one is no hypertable; its columns, key, index and order of rows are those of `detection`.
    """
    detections_database(databases, detections, rows)

    def fill(url: str) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("CREATE TABLE plain_detection (LIKE detection INCLUDING ALL)")
            connection.execute("INSERT INTO plain_detection SELECT * FROM detection ORDER BY ts")

    contents = f"{_contents(rows)}, twice"
    return databases.kept(LIGHT_CURVES_DATABASE, contents, fill, template=DETECTIONS_DATABASE)


def _contents(rows: int) -> str:
    return f"{rows} detections of seed {SEED}"


def _require_q3c(connection: psycopg.Connection) -> None:
    try:
        connection.execute("CREATE EXTENSION q3c")
    except psycopg.Error as error:
        raise BenchmarkUnavailable(f"the server has no q3c to compare with: {error}") from error
