"""Rows into tables that may have some of them already.

What is there is looked up first, so that new rows go straight into the table: COPY writes them page by page, while
INSERT ... ON CONFLICT looks for each, announces it and writes it alone (docs/performance.md). Rows that overwrite
others go through a temporary table. The driver packs rows in C.
"""

from array import array
from collections.abc import Callable, Iterable, Sequence
from operator import itemgetter
from typing import Any, NamedTuple

from psycopg import Connection, sql
from sqlalchemy import Table, Text
from sqlalchemy.dialects.postgresql import REAL
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

    def places(self, columns: Sequence[str]) -> list[int]:
        """Where these columns are in a row."""
        return [self.columns.index(column) for column in columns]

    def as_stored(self, rows: Sequence[Row], columns: Sequence[str]) -> list[Row]:
        """These columns of some rows as the table gives them back: 32-bit floats rounded, text without a class."""
        values = [
            _stored_values(self.table.c[column].type, [row[place] for row in rows])
            for column, place in zip(columns, self.places(columns), strict=True)
        ]
        return list(zip(*values, strict=True))

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


def _stored_values(column_type: TypeEngine[Any], values: Sequence[Any]) -> Sequence[Any]:
    if isinstance(column_type, REAL):
        known = iter(array("f", [value for value in values if value is not None]).tolist())
        return [None if value is None else next(known) for value in values]
    if isinstance(column_type, Text):
        return [None if value is None else str(value) for value in values]
    return values


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


class Rank(NamedTuple):
    """Which of two rows of one key is the better one: for which `of` gives less, from its values of `columns`."""

    columns: Sequence[str]
    of: Callable[..., Any]


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
    rank: Rank,
    returning: Sequence[str] = ("object_id",),
) -> Merged:
    """Insert rows, or overwrite the stored rows of the same key that they are better than.

    The caller holds what keeps others from writing rows of these keys: what is stored is looked up first. The first
    column of the key is an object's, the second one of few values in a batch, such as the time.
    """
    if not rows:
        return NOTHING_MERGED
    key_of = itemgetter(*staging.places(key))
    rank_of = _ranking(staging, rank)
    best: dict[Row, Row] = {}
    for row in rows:
        held = best.setdefault(key_of(row), row)
        if held is not row and rank_of(row) < rank_of(held):
            best[key_of(row)] = row
    stored = _stored_ranks(connection, staging, list(best), key, rank)
    new = [row for one, row in best.items() if one not in stored] if stored else list(best.values())
    staging.append(connection, new)
    better = [best[key] for key, held in stored.items() if key in best and rank_of(best[key]) < held]
    if better:
        staging.copy(connection, better)
        upsert(connection, staging, key)
    object_of = itemgetter(*staging.places(key[:1]))
    return Merged(staging.as_stored(new, returning), set(map(object_of, better)))


def _ranking(staging: Staging, rank: Rank) -> Callable[[Row], Any]:
    places = staging.places(rank.columns)
    return lambda row: rank.of(*[row[place] for place in places])


def _stored_ranks(
    connection: Connection, staging: Staging, keys: Sequence[Row], key: Sequence[str], rank: Rank
) -> dict[Row, Any]:
    """Ranks of the rows that the table has of these objects, in the span of the keys' second column; by key.

    The planner is not to see the objects: it would weigh each of thousands, and might rather read whole chunks.
    """
    seconds = [one[1] for one in keys]
    statement = sql.SQL(
        "SELECT {columns} FROM {table} "
        "WHERE {first} = ANY((SELECT %s::bigint[])::bigint[]) AND {second} BETWEEN {least} AND {most}"
    ).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, [*key, *rank.columns])),
        table=sql.Identifier(staging.table.name),
        first=sql.Identifier(key[0]),
        second=sql.Identifier(key[1]),
        # Constants, by which the server leaves out chunks before it looks.
        least=sql.Literal(min(seconds)),
        most=sql.Literal(max(seconds)),
    )
    width = len(key)
    with connection.cursor(binary=True) as cursor:
        cursor.execute(statement, (array_text({one[0] for one in keys}),))
        return {row[:width]: rank.of(*row[width:]) for row in cursor}


def array_text(numbers: Iterable[int]) -> str:
    """An array as the server reads it. The driver, which looks at each number in turn, takes 15 times as long."""
    return "{" + ",".join(map(str, numbers)) + "}"


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


def update_matching(connection: Connection, staging: Staging, key: Sequence[str]) -> None:
    """Overwrite stored rows with the staged rows of the same key.

    A staged row is looked up through the key's index, whatever the planner believes: from a plain UPDATE ... FROM
    it reads whole chunks, or each staged row for each stored one when tonight's rows are not in its statistics
    yet. Such a subquery cannot be joined to the table that an UPDATE names, hence an INSERT that always conflicts.
    """
    others = [column for column in staging.columns if column not in key]
    columns = [column.name for column in staging.table.columns]
    statement = sql.SQL(
        "INSERT INTO {table} ({columns}) SELECT {values} FROM {stage} new "
        "CROSS JOIN LATERAL (SELECT * FROM {table} old WHERE {same} AND {when} OFFSET 0) old "
        "ON CONFLICT ({key}) DO UPDATE SET {assignments}"
    ).format(
        table=sql.Identifier(staging.table.name),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(
            sql.Identifier("new" if column in staging.columns else "old", column) for column in columns
        ),
        stage=staging.identifier,
        same=sql.SQL(" AND ").join(sql.SQL("old.{0} = new.{0}").format(sql.Identifier(k)) for k in key),
        when=_staged_times(connection, staging) if "ts" in key else sql.SQL("true"),
        key=sql.SQL(", ").join(map(sql.Identifier, key)),
        assignments=_overwriting(others),
    )
    connection.execute(statement)


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
