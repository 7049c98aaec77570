"""Rows into tables that may have them already: COPY into a temporary table, then merge.

This is the fastest idempotent path there is (docs/performance.md): the driver packs rows in C, and the server
compares keys once.
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from psycopg import Connection, sql
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import dialect as postgresql_dialect
from sqlalchemy.types import TypeEngine

Row = Sequence[Any]

_DIALECT = postgresql_dialect()  # type: ignore[no-untyped-call]


class Staging:
    """A temporary copy of some of a table's columns, emptied at every commit."""

    def __init__(self, table: Table, columns: Sequence[str], name: str | None = None) -> None:
        self.table = table
        self.columns = tuple(columns)
        self.name = name or f"stage_{table.name}"
        self._types = [_copy_type(table.c[column].type) for column in columns]

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.name)

    @property
    def column_list(self) -> sql.Composed:
        return sql.SQL(", ").join(map(sql.Identifier, self.columns))

    def copy(self, connection: Connection, rows: Iterable[Row]) -> int:
        """Fill the staging table with rows in the order of `columns`; how many there were."""
        connection.execute(
            sql.SQL(
                "CREATE TEMPORARY TABLE IF NOT EXISTS {stage} ON COMMIT DELETE ROWS AS "
                "SELECT {columns} FROM {table} WITH NO DATA"
            ).format(stage=self.identifier, columns=self.column_list, table=sql.Identifier(self.table.name))
        )
        return self._copy(connection, self.identifier, rows)

    def append(self, connection: Connection, rows: Iterable[Row]) -> int:
        """Put rows straight into the table, which has none of their keys yet; how many there were."""
        return self._copy(connection, sql.Identifier(self.table.name), rows)

    def _copy(self, connection: Connection, target: sql.Identifier, rows: Iterable[Row]) -> int:
        statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT BINARY)").format(target, self.column_list)
        with connection.cursor() as cursor:
            with cursor.copy(statement) as copy:
                copy.set_types(self._types)
                for row in rows:
                    copy.write_row(row)
            return cursor.rowcount


def _copy_type(column_type: TypeEngine[Any]) -> str:
    """The name by which the driver knows a column's type; a collation is none of its business."""
    name = column_type.compile(_DIALECT).lower().partition(" collate ")[0]
    return _COPY_TYPES.get(name, name)


_COPY_TYPES = {
    "bigint": "int8",
    "integer": "int4",
    "smallint": "int2",
    "double precision": "float8",
    "real": "float4",
    "boolean": "bool",
    "timestamp with time zone": "timestamptz",
    "integer[]": "int4[]",
    "real[]": "float4[]",
    "double precision[]": "float8[]",
    "numeric": "numeric",
}


ANY_UNIQUE_KEY = ()
"""Of a table with several unique keys: two writers of one new row may meet in any of them, and one that is not
named in ON CONFLICT raises."""


class Merged(NamedTuple):
    """What a merge did: the columns asked for of every row it inserted, and whose rows it overwrote."""

    inserted: list[Row]
    rewritten: set[int]


NOTHING_MERGED = Merged([], set())


def merge(
    connection: Connection,
    staging: Staging,
    rows: Sequence[Row],
    key: Sequence[str],
    better: sql.SQL,
    returning: Sequence[str] = ("object_id",),
) -> Merged:
    """Insert rows, or overwrite the stored rows of the same key that they are better than.

    `better` is that of replace_worse, and false for a row beside itself. Stored rows are looked for only when
    a key was there already: among rows that are all new there is nothing to find.
    """
    if not rows:
        return NOTHING_MERGED
    count = staging.copy(connection, rows)
    inserted = insert_missing(connection, staging, key, returning)
    if len(inserted) == count:
        return Merged(inserted, set())
    return Merged(inserted, set(replace_worse(connection, staging, key, better)))


def insert_missing(
    connection: Connection, staging: Staging, key: Sequence[str], returning: Sequence[str] = ("object_id",)
) -> list[Row]:
    """Insert staged rows whose key is not there yet; the columns asked for of every row inserted."""
    target = sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Identifier, key))) if key else sql.SQL("")
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {columns} FROM {stage} "
        "ON CONFLICT {target} DO NOTHING RETURNING {returning}"
    ).format(
        table=sql.Identifier(staging.table.name),
        columns=staging.column_list,
        stage=staging.identifier,
        target=target,
        returning=sql.SQL(", ").join(map(sql.Identifier, returning)),
    )
    with connection.cursor(binary=True) as cursor:
        return list(cursor.execute(statement).fetchall())


def replace_worse(connection: Connection, staging: Staging, key: Sequence[str], better: sql.SQL) -> list[int]:
    """Overwrite stored rows that a staged row of the same key is better than; their object_ids.

    `better` compares `new` (staged) with `old` (stored).

    A staged row is looked up through the key's index, whatever the planner believes: from a plain UPDATE ... FROM
    it reads whole chunks, or each staged row for each stored one when tonight's rows are not in its statistics
    yet. Such a subquery cannot be joined to the table that an UPDATE names, hence an INSERT that always conflicts.
    """
    others = [column for column in staging.columns if column not in key]
    columns = [column.name for column in staging.table.columns]
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {values} FROM {stage} new "
        "CROSS JOIN LATERAL (SELECT * FROM {table} old WHERE {same} AND {when} AND ({better}) OFFSET 0) old "
        "ON CONFLICT ({key}) DO UPDATE SET {assignments} RETURNING object_id"
    ).format(
        table=sql.Identifier(staging.table.name),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(
            sql.Identifier("new" if column in staging.columns else "old", column) for column in columns
        ),
        stage=staging.identifier,
        same=sql.SQL(" AND ").join(sql.SQL("old.{0} = new.{0}").format(sql.Identifier(k)) for k in key),
        when=_staged_times(connection, staging) if "ts" in key else sql.SQL("true"),
        better=better,
        key=sql.SQL(", ").join(map(sql.Identifier, key)),
        assignments=_overwriting(others),
    )
    return [row[0] for row in connection.execute(statement)]


def _staged_times(connection: Connection, staging: Staging) -> sql.Composable:
    """Where `old`.ts can lie at all, as constants, by which the server leaves out chunks before it looks."""
    row = connection.execute(
        sql.SQL("SELECT min(ts)::text, max(ts)::text FROM {}").format(staging.identifier)
    ).fetchone()
    assert row is not None
    return sql.SQL("old.ts BETWEEN {}::timestamptz AND {}::timestamptz").format(*map(sql.Literal, row))


def _overwriting(columns: Sequence[str]) -> sql.Composable:
    return sql.SQL(", ").join(sql.SQL("{0} = excluded.{0}").format(sql.Identifier(column)) for column in columns)


def upsert(connection: Connection, staging: Staging, key: Sequence[str]) -> None:
    """Insert staged rows, or overwrite the stored rows of the same key."""
    others = [column for column in staging.columns if column not in key]
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {columns} FROM {stage} "
        "ON CONFLICT ({key}) DO UPDATE SET {assignments}"
    ).format(
        table=sql.Identifier(staging.table.name),
        columns=staging.column_list,
        stage=staging.identifier,
        key=sql.SQL(", ").join(map(sql.Identifier, key)),
        assignments=_overwriting(others),
    )
    connection.execute(statement)


def update_matching(connection: Connection, staging: Staging, key: Sequence[str]) -> None:
    """Overwrite stored rows with the staged rows of the same key."""
    replace_worse(connection, staging, key, sql.SQL("true"))
