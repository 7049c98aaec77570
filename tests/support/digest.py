"""What a database holds, as one value: equal for equal contents, whatever the way there."""

from collections.abc import Mapping, Set
from types import MappingProxyType

from psycopg import Connection, sql

from storage.tables import metadata

OUR_OWN_DOINGS = {
    "alert": {"archive_file", "packet_offset", "ingested_at"},
    "dead_letter": {"id", "first_seen_at", "last_seen_at", "times_seen", "night", "sent_at"},
    "night": {"latency"},
    "event": {"serial", "ts"},
}
"""Columns that say when we stored something, and where, but not what."""
FILLED_BY_CLASSIFIERS = {
    *{"classifier", "taxonomy", "taxon", "classification_work"},
    *{"classification", "latest_classification", "feature"},
}
IGNORED_TABLES = {"ingest_run", *FILLED_BY_CLASSIFIERS}

WAY_OF_LETTERS = {"dead_letter": {"source", "partition", "offset", "message"}}
"""Where bytes were first seen, which differs when they are sent another way, and the server's words about a value
that it refuses, which name a chunk."""

Digest = dict[str, tuple[int, str]]


def digest(connection: Connection, *, without: Mapping[str, Set[str]] = MappingProxyType({})) -> Digest:
    """Number of rows and checksum of every table, without OUR_OWN_DOINGS and some more columns, by table."""
    return {
        table.name: _table_digest(
            connection,
            table.name,
            [
                c.name
                for c in table.columns
                if c.name not in OUR_OWN_DOINGS.get(table.name, set()) | without.get(table.name, set())
            ],
        )
        for table in metadata.sorted_tables
        if table.name not in IGNORED_TABLES
    }


def empty(connection: Connection) -> None:
    """Delete every row of every table."""
    names = sql.SQL(", ").join(sql.Identifier(table.name) for table in metadata.sorted_tables)
    connection.execute(sql.SQL("TRUNCATE {}").format(names))


def _table_digest(connection: Connection, table: str, columns: list[str]) -> tuple[int, str]:
    row = connection.execute(
        sql.SQL(
            "SELECT count(*), coalesce(md5(string_agg(line, chr(10) ORDER BY line COLLATE \"C\")), '') "
            "FROM (SELECT ROW({columns})::text AS line FROM {table}) lines"
        ).format(columns=sql.SQL(", ").join(map(sql.Identifier, columns)), table=sql.Identifier(table))
    ).fetchone()
    assert row is not None
    return row[0], row[1]
