"""How large the tables are."""

from typing import NamedTuple

from psycopg import Connection

from storage.chunks import chunks_until
from storage.tables import metadata

_PARTITIONS = (
    "SELECT whole.relname, part.relname FROM pg_inherits JOIN pg_class whole ON whole.oid = inhparent "
    "JOIN pg_class part ON part.oid = inhrelid "
    "WHERE whole.relkind = 'p' AND whole.relnamespace = current_schema()::regnamespace"
)


class TableSize(NamedTuple):
    """A table with its indexes, chunks and partitions. `rows` is what the server's statistics say; None when it
    has none."""

    name: str
    rows: int | None
    size_bytes: int


def table_sizes(connection: Connection) -> list[TableSize]:
    """Every table of ours, the largest first."""
    parts = {table.name: [f'"{table.name}"'] for table in metadata.sorted_tables}
    for chunk in chunks_until(connection):
        parts[chunk.table].append(f'"{chunk.schema}"."{chunk.name}"')
    for name, partition in connection.execute(_PARTITIONS):
        parts[name].append(f'"{partition}"')
    sizes = [_size(connection, name, relations) for name, relations in parts.items()]
    return sorted(sizes, key=lambda table: (-table.size_bytes, table.name))


def _size(connection: Connection, name: str, relations: list[str]) -> TableSize:
    row = connection.execute(
        "SELECT sum(reltuples) FILTER (WHERE reltuples >= 0)::bigint, "
        "coalesce(sum(pg_total_relation_size(oid)), 0)::bigint "
        "FROM pg_class WHERE oid = ANY(%s::regclass[])",
        (relations,),
    ).fetchone()
    assert row is not None
    return TableSize(name, *row)
