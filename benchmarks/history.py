"""A broker that has run for seven years: objects with their detections and the summaries that follow from them.

Detections lie in the order of time, scattered over all objects, as after years of nights. Keys and indexes are
made when all rows are there, which takes a tenth of the time and leaves what inserting leaves.
"""

from string import ascii_lowercase
from typing import NamedTuple

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import Connection

from benchmarks.databases import BenchDatabases
from benchmarks.history_totals import Totals
from benchmarks.packed_rows import Columns, copy_columns, timestamps
from benchmarks.progress import say
from benchmarks.synthetic_detections import counts_adding_up
from benchmarks.synthetic_objects import FIRST_MJD, LAST_MJD, places
from domain.sky import healpix
from surveys.ztf import object_id

DATABASE = "history"
SEED = 20250701
ROWS_AT_ONCE = 500_000
FIRST_CANDID = 1_000_000_000_000_000_000
MUCH_MEMORY = "-c work_mem=1GB -c maintenance_work_mem=1GB"
BANDS = np.array([b"g", b"r", b"i"])

KEYS = "ALTER TABLE detection DROP CONSTRAINT pk_detection; DROP INDEX ix_detection_hpx"
KEYS_AGAIN = (
    "ALTER TABLE detection ADD CONSTRAINT pk_detection PRIMARY KEY (object_id, ts, candid)",
    "CREATE INDEX ix_detection_hpx ON detection (hpx)",
)


class KnownObjects(NamedTuple):
    """Objects of the history, by number."""

    names: list[str]
    ra: NDArray[np.float64]
    dec: NDArray[np.float64]


def known_objects(count: int) -> KnownObjects:
    """The same for the same count."""
    ra, dec = places(count, SEED)
    return KnownObjects([name_of(18, number) for number in range(count)], ra, dec)


def name_of(year: int, number: int) -> str:
    """A ZTF name, two digits of a year and seven letters."""
    letters = ""
    for _ in range(7):
        number, letter = divmod(number, len(ascii_lowercase))
        letters = ascii_lowercase[letter] + letters
    return f"ZTF{year}{letters}"


def history_database(databases: BenchDatabases, objects: int, detections: int) -> str:
    """URL of a kept database with so many objects, and about so many detections."""

    def fill(url: str) -> None:
        with psycopg.connect(
            url, autocommit=True, options="-c work_mem=1GB -c maintenance_work_mem=1GB"
        ) as session:
            for statement in KEYS.split(";"):
                session.execute(statement.encode())
            known = known_objects(objects)
            totals = _copy_detections(session, known, detections)
            for statement in KEYS_AGAIN:
                say(f"  {statement}")
                session.execute(statement.encode())
            say("  summaries")
            _copy_names(session, known)
            totals.store(session, _keys(known), known.ra, known.dec, healpix(known.ra, known.dec).astype(np.int64))

    return databases.kept(DATABASE, f"{objects} objects with {detections} detections of seed {SEED}", fill)


def _keys(known: KnownObjects) -> NDArray[np.int64]:
    return np.array([object_id(name) for name in known.names])


def _copy_detections(session: Connection, known: KnownObjects, rows: int) -> Totals:
    random = np.random.default_rng(SEED)
    whose, mjd = _in_time(len(known.names), rows, random)
    keys, totals = _keys(known), Totals(len(known.names), BANDS)
    for start in range(0, whose.size, ROWS_AT_ONCE):
        part = whose[start : start + ROWS_AT_ONCE]
        band = random.integers(0, BANDS.size, part.size)
        columns = _detections(known, keys, part, band, mjd[start : start + ROWS_AT_ONCE], start, random)
        copy_columns(session, "detection", columns)
        totals.add(part, band, columns)
        say(f"  {start + part.size} of {whose.size} detections")
    return totals


def _in_time(objects: int, rows: int, random: np.random.Generator) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Whose detection, and when, in the order of time. Every object has some, and a few have thousands."""
    counts = counts_adding_up(objects, rows, SEED)
    mjd = random.uniform(FIRST_MJD, LAST_MJD, int(counts.sum()))
    order = np.argsort(mjd)
    return np.repeat(np.arange(objects), counts)[order], mjd[order]


def _detections(
    known: KnownObjects,
    keys: NDArray[np.int64],
    whose: NDArray[np.int64],
    band: NDArray[np.int64],
    mjd: NDArray[np.float64],
    start: int,
    random: np.random.Generator,
) -> Columns:
    size = whose.size
    jitter = random.normal(0, 0.1 / 3600, (2, size))
    ra = (known.ra[whose] + jitter[0] / np.cos(np.radians(known.dec[whose]))) % 360.0
    dec = np.clip(known.dec[whose] + jitter[1], -90, 90)
    magnitude = random.uniform(15, 20.5, size).astype(np.float32)
    flux = 10 ** (0.4 * (31.4 - magnitude.astype(float)))
    error = random.uniform(0.02, 0.2, size)
    candid = FIRST_CANDID + start + np.arange(size)
    truth = np.ones(size, bool)
    return {
        "object_id": keys[whose],
        "ts": timestamps(mjd),
        "candid": candid,
        "parent_candid": candid,
        "mjd": mjd,
        "ra": ra,
        "dec": dec,
        "hpx": healpix(ra, dec).astype(np.int64),
        "apparent_magnitude": magnitude.astype(float),
        "apparent_magnitude_error": error * 0.8,
        "apparent_magnitude_error_extended": error * 0.9,
        "flux": flux,
        "flux_error": flux * error,
        "magnitude": magnitude,
        "magnitude_error": error.astype(np.float32),
        "limiting_magnitude": random.uniform(19.5, 21, size).astype(np.float32),
        "real_bogus": random.uniform(0.5, 1, size).astype(np.float32),
        "deep_real_bogus": random.uniform(0.5, 1, size).astype(np.float32),
        "band": BANDS[band],
        "is_positive": random.uniform(0, 1, size) < 0.7,
        "corrected": truth,
        "dubious": ~truth,
        "stellar": ~truth,
        "has_stamps": truth,
    }


def _copy_names(session: Connection, known: KnownObjects) -> None:
    session.execute("CREATE TEMPORARY TABLE given_name (object_id bigint, name text)")
    with session.cursor() as cursor, cursor.copy("COPY given_name FROM STDIN") as copy:
        for name in known.names:
            copy.write_row((object_id(name), name))
