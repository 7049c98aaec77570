"""Loading catalogues: rows gather in a temporary table, and appear all at once, sorted and indexed.

A temporary table is gone when its session ends, however that ends. Every load makes partitions of its own, and the
name of the catalogue moves to them in a transaction: readers see the old ones until it commits, and the new ones
after it. A load that is killed before leaves at most partitions that nobody sees; the next one takes them away.
"""

import logging
import re
import time
from collections.abc import Sequence
from types import TracebackType
from typing import NamedTuple

import numpy as np
import orjson
from numpy.typing import NDArray
from psycopg import Connection, sql

from domain.catalog import Catalog, CatalogDescription, unknown_catalog
from domain.errors import ArrayanError
from domain.sky import healpix
from domain.sky_cells import cell_order, cells_beside
from storage.catalog_cells import STORED_MARGIN_ARCSEC
from storage.catalogs import CATALOG_FIELDS, catalog_of_row

log = logging.getLogger(__name__)

LOCK_NAME = "arrayan catalog"
SORT_MEMORY = "256MB"
PARTITIONED = ("catalog_source", "catalog_overlap", "catalog_match")
WAIT_SECONDS = 0.01
READERS = (
    "SELECT virtualtransaction FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE pid <> pg_backend_pid() "
    "AND datname = current_database() AND database = datid AND state = 'active' "
    "AND relation = ANY(%s::text[]::regclass[])"
)
"""Transactions at a statement that was planned over the partitioned tables."""

PARTITION = re.compile(rf"({'|'.join(PARTITIONED)})_(\d+)")


class CatalogBusy(ArrayanError):
    """Another process loads or removes a catalogue."""


class SourceRows(NamedTuple):
    """Sources to load, one list or array per column; positions in degrees ICRS, `values` as JSON arrays."""

    ids: Sequence[str]
    ra: NDArray[np.float64]
    dec: NDArray[np.float64]
    values: Sequence[str]


class CatalogLoad:
    """One load: `add` rows, then `finish`. Nothing can be seen before, and nothing stays without it.

    Use it as a context. Raises CatalogBusy at the beginning.
    """

    def __init__(self, connection: Connection, told: CatalogDescription) -> None:
        self._connection = connection
        self._told = told
        self._reach_arcsec = told.default_radius_arcsec + STORED_MARGIN_ARCSEC
        self._order = cell_order(self._reach_arcsec)
        self.row_count = 0

    def __enter__(self) -> "CatalogLoad":
        take_turns(self._connection)
        self._drop_staging()
        self._connection.execute(
            "CREATE TEMPORARY TABLE loading_source (hpx bigint, ra float8, dec float8, source_id text, values text)"
        )
        self._connection.execute(
            "CREATE TEMPORARY TABLE loading_overlap (cell bigint, hpx bigint, ra float8, dec float8)"
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._connection.broken and not self._connection.closed:
            self._drop_staging()
            end_turn(self._connection)

    def add(self, rows: SourceRows) -> None:
        """Gather some rows."""
        if not len(rows.ids):
            return
        pixels = healpix(rows.ra, rows.dec)
        columns = (pixels.tolist(), rows.ra.tolist(), rows.dec.tolist(), rows.ids, rows.values)
        with self._connection.cursor() as cursor:
            with cursor.copy("COPY loading_source FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["int8", "float8", "float8", "text", "text"])
                write = copy.write_row
                for row in zip(*columns, strict=True):
                    write(row)
            index, cells = cells_beside(rows.ra, rows.dec, self._reach_arcsec, self._order)
            beside = (cells.tolist(), pixels[index].tolist(), rows.ra[index].tolist(), rows.dec[index].tolist())
            with cursor.copy("COPY loading_overlap FROM STDIN (FORMAT BINARY)") as copy:
                copy.set_types(["int8", "int8", "float8", "float8"])
                for place in zip(*beside, strict=True):
                    copy.write_row(place)
        self.row_count += len(rows.ids)

    def finish(self, skipped_count: int) -> Catalog:
        """Make the catalogue appear, in place of one of the same name."""
        with self._connection.transaction():
            for setting in ("work_mem", "maintenance_work_mem"):
                self._connection.execute("SELECT set_config(%s, %s, true)", (setting, SORT_MEMORY))
            row = self._connection.execute(
                "SELECT nextval(pg_get_serial_sequence('catalog', 'catalog_id'))::int"
            ).fetchone()
            assert row is not None
            (catalog_id,) = row
            self._make_partitions(catalog_id)
        self._wait_for_readers_without_them()
        with self._connection.transaction():
            catalog = self._name(catalog_id, skipped_count)
        remove_unnamed(self._connection)
        return catalog

    def _make_partitions(self, catalog_id: int) -> None:
        number = sql.Literal(catalog_id)
        for table, index, fill in (
            (
                "catalog_source",
                "hpx",
                "INSERT INTO {partition} (hpx, ra, dec, catalog_id, source_id, values) "
                "SELECT hpx, ra, dec, {number}, source_id, values FROM loading_source ORDER BY hpx",
            ),
            (
                "catalog_overlap",
                "cell",
                "INSERT INTO {partition} (cell, hpx, ra, dec, catalog_id) "
                "SELECT cell, hpx, ra, dec, {number} FROM loading_overlap ORDER BY cell",
            ),
            ("catalog_match", None, None),
        ):
            names = {
                "partition": sql.Identifier(f"{table}_{catalog_id}"),
                "table": sql.Identifier(table),
                "number": number,
                "check": sql.Identifier(f"{table}_{catalog_id}_only"),
            }
            self._run(
                "CREATE TABLE {partition} (LIKE {table} INCLUDING DEFAULTS, "
                "CONSTRAINT {check} CHECK (catalog_id = {number}))",
                names,
            )
            if fill is not None:
                self._run(fill, names)
            if index is not None:
                self._run("CREATE INDEX ON {partition} (" + index + ")", names)
            self._run("ANALYZE {partition}", names)
        for table in PARTITIONED:
            names = {
                "partition": sql.Identifier(f"{table}_{catalog_id}"),
                "table": sql.Identifier(table),
                "number": number,
                "check": sql.Identifier(f"{table}_{catalog_id}_only"),
            }
            self._run("ALTER TABLE {table} ATTACH PARTITION {partition} FOR VALUES IN ({number})", names)
            self._run("ALTER TABLE {partition} DROP CONSTRAINT {check}", names)

    def _wait_for_readers_without_them(self) -> None:
        """A statement looks into the partitions that were there when it was planned, and sees what was committed
        when it began a moment later. Until the last that was planned without the new partitions has ended, the
        name must not move: it would find nothing."""
        readers = self._readers()
        while readers:
            time.sleep(WAIT_SECONDS)
            readers &= self._readers()

    def _readers(self) -> set[str]:
        return {name for (name,) in self._connection.execute(READERS, (list(PARTITIONED),)).fetchall()}

    def _run(self, statement: str, names: dict[str, sql.Composable]) -> None:
        self._connection.execute(sql.SQL(statement).format(**names))

    def _name(self, catalog_id: int, skipped_count: int) -> Catalog:
        told = self._told
        columns = orjson.dumps([column._asdict() for column in told.columns]).decode()
        self._connection.execute("DELETE FROM catalog WHERE name = %s", (told.name,))
        row = self._connection.execute(
            "INSERT INTO catalog (catalog_id, name, description, default_radius_arcsec, at_ingest, cell_order, "  # noqa: S608
            "row_count, skipped_count, columns) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) "
            f"RETURNING {CATALOG_FIELDS}",
            (
                catalog_id,
                told.name,
                told.description,
                told.default_radius_arcsec,
                told.at_ingest,
                self._order,
                self.row_count,
                skipped_count,
                columns,
            ),
        ).fetchone()
        assert row is not None
        return catalog_of_row(row)

    def _drop_staging(self) -> None:
        self._connection.execute("DROP TABLE IF EXISTS pg_temp.loading_source, pg_temp.loading_overlap")


def stored_catalogs(connection: Connection) -> list[Catalog]:
    """Every catalogue, by name."""
    rows = connection.execute(f"SELECT {CATALOG_FIELDS} FROM catalog ORDER BY name").fetchall()  # noqa: S608
    return [catalog_of_row(row) for row in rows]


def stored_catalog(connection: Connection, name: str) -> Catalog:
    """A catalogue by its name. Raises UnknownCatalog."""
    known = {catalog.name: catalog for catalog in stored_catalogs(connection)}
    if name not in known:
        raise unknown_catalog(name, list(known))
    return known[name]


def remove_catalog(connection: Connection, name: str) -> Catalog:
    """Let a catalogue disappear with everything stored of it. Raises UnknownCatalog, CatalogBusy."""
    take_turns(connection)
    try:
        catalog = stored_catalog(connection, name)
        connection.execute("DELETE FROM catalog WHERE name = %s", (name,))
        remove_unnamed(connection)
    finally:
        end_turn(connection)
    return catalog


def remove_unnamed(connection: Connection) -> int:
    """Remove the partitions of catalogues that are no more; how many there were.

    Readers that still use them are waited for, and others go on. A process that is killed here leaves partitions
    that nobody can see; the next load or removal takes them away.
    """
    rows = connection.execute(
        "SELECT part.relname, whole.relname, coalesce(inherits.inhdetachpending, false) FROM pg_class part "
        "LEFT JOIN pg_inherits inherits ON inherits.inhrelid = part.oid "
        "LEFT JOIN pg_class whole ON whole.oid = inherits.inhparent "
        "WHERE part.relkind = 'r' AND part.relnamespace = current_schema()::regnamespace "
        "AND part.relname ~ %s "
        "AND substring(part.relname FROM '\\d+$')::int NOT IN (SELECT catalog_id FROM catalog)",
        (f"^{PARTITION.pattern}$",),
    ).fetchall()
    for part, whole, is_pending in rows:
        names = {"part": sql.Identifier(part), "whole": sql.Identifier(whole or part)}
        if whole is not None:
            how = "FINALIZE" if is_pending else "CONCURRENTLY"
            connection.execute(sql.SQL("ALTER TABLE {whole} DETACH PARTITION {part} " + how).format(**names))
        connection.execute(sql.SQL("DROP TABLE {part}").format(**names))
    if rows:
        log.info("catalog_partitions_removed count=%d", len(rows))
    return len(rows)


def take_turns(connection: Connection) -> None:
    """Begin to change catalogues, alone. Raises CatalogBusy."""
    row = connection.execute("SELECT pg_try_advisory_lock(hashtext(%s))", (LOCK_NAME,)).fetchone()
    if row != (True,):
        raise CatalogBusy("another process loads or removes a catalogue: wait until it is done")


def end_turn(connection: Connection) -> None:
    """Let others change catalogues."""
    connection.execute("SELECT pg_advisory_unlock(hashtext(%s))", (LOCK_NAME,))
