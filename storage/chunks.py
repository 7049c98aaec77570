"""The parts that TimescaleDB cuts light-curve tables into, and what can be done to one of them."""

from datetime import datetime
from typing import NamedTuple

from psycopg import Connection, sql
from psycopg.rows import class_row

LIGHT_CURVE_TABLES = ("detection", "non_detection", "forced_photometry")


class Chunk(NamedTuple):
    """A part of a hypertable: the rows of `since` <= ts < `until`. The size is that of its indexes, too.

    `is_clustered` says that it was put in the order of its key once; rows that came later are not in it.
    """

    table: str
    schema: str
    name: str
    since: datetime
    until: datetime
    size_bytes: int
    is_clustered: bool
    is_compressed: bool

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name)

    def __str__(self) -> str:
        return f"{self.table} {self.since:%Y-%m-%d}..{self.until:%Y-%m-%d}"


def has_hypertables(connection: Connection) -> bool:
    """Whether the light curves are cut into chunks: found by looking, since a table made before the extension was
    there is a plain one."""
    if not _is_there(connection, "timescaledb_information.hypertables"):
        return False
    row = connection.execute(
        "SELECT count(*) FROM timescaledb_information.hypertables WHERE hypertable_schema = current_schema() "
        "AND hypertable_name = ANY(%s)",
        (list(LIGHT_CURVE_TABLES),),
    ).fetchone()
    return row is not None and row[0] == len(LIGHT_CURVE_TABLES)


def chunks_until(connection: Connection, moment: datetime | None = None) -> list[Chunk]:
    """Chunks whose rows are all older than a moment, or all; by table and time. Empty without hypertables."""
    if not has_hypertables(connection):
        return []
    with connection.cursor(row_factory=class_row(Chunk)) as cursor:
        return cursor.execute(
            "SELECT hypertable_name AS table, chunk_schema AS schema, chunk_name AS name, range_start AS since, "
            "range_end AS until, "
            "pg_total_relation_size(format('%%I.%%I', chunk_schema, chunk_name)) AS size_bytes, "
            "coalesce((SELECT indisclustered FROM pg_index WHERE indisprimary "
            "AND indrelid = format('%%I.%%I', chunk_schema, chunk_name)::regclass), false) AS is_clustered, "
            "coalesce(is_compressed, false) AS is_compressed "
            "FROM timescaledb_information.chunks WHERE hypertable_schema = current_schema() "
            "AND hypertable_name = ANY(%(tables)s) "
            "AND (%(moment)s::timestamptz IS NULL OR range_end <= %(moment)s) "
            "ORDER BY array_position(%(tables)s, hypertable_name::text), range_start",
            {"tables": list(LIGHT_CURVE_TABLES), "moment": moment},
        ).fetchall()


def count_rows_of(connection: Connection, chunk: Chunk) -> int:
    """Exact number of rows of a chunk, by reading it."""
    row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(chunk.identifier)).fetchone()
    assert row is not None
    return int(row[0])


def drop_chunks(connection: Connection, table: str, until: datetime) -> int:
    """Drop every chunk of a hypertable whose rows are all older; how many there were."""
    return len(connection.execute("SELECT drop_chunks(%s::regclass, older_than => %s)", (table, until)).fetchall())


def cluster(connection: Connection, chunk: Chunk) -> None:
    """Write a chunk anew in the order of its primary key; nobody reads or writes it meanwhile.

    PostgreSQL remembers it with the index. Its statistics and visibility map are made anew, too.
    """
    row = connection.execute(
        "SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid "
        "WHERE indisprimary AND indrelid = format('%%I.%%I', %s::text, %s::text)::regclass",
        (chunk.schema, chunk.name),
    ).fetchone()
    assert row is not None
    connection.execute(sql.SQL("CLUSTER {} USING {}").format(chunk.identifier, sql.Identifier(row[0])))
    connection.execute(sql.SQL("VACUUM (ANALYZE) {}").format(chunk.identifier))


def compress(connection: Connection, chunk: Chunk) -> None:
    """Compress a chunk, after prepare_compression. Only with TimescaleDB's own licence."""
    connection.execute(
        "SELECT compress_chunk(format('%%I.%%I', %s::text, %s::text)::regclass)", (chunk.schema, chunk.name)
    )


def prepare_compression(connection: Connection) -> None:
    """Say how tables are compressed, where nobody has: a light curve stays together, in the order of its key."""
    for table in LIGHT_CURVE_TABLES:
        measurement = "candid" if table == "detection" else "measurement_id"
        ready = connection.execute(
            "SELECT count(*) FROM timescaledb_information.compression_settings WHERE hypertable_name = %s", (table,)
        ).fetchone()
        if ready is not None and ready[0] == 0:
            connection.execute(
                sql.SQL(
                    "ALTER TABLE {} SET (timescaledb.compress, timescaledb.compress_segmentby = 'object_id', "
                    "timescaledb.compress_orderby = {})"
                ).format(sql.Identifier(table), sql.Literal(f"ts, {measurement}"))
            )


def _is_there(connection: Connection, relation: str) -> bool:
    row = connection.execute("SELECT to_regclass(%s) IS NOT NULL", (relation,)).fetchone()
    return row is not None and bool(row[0])
