"""The whole archive read pixel by pixel, as it was at one moment."""

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, LiteralString, NamedTuple

from psycopg import Connection

from domain.light_curve import StoredDetection
from domain.sky import HEALPIX_ORDER
from domain.sky_object import SkyObject
from storage.database import connect, require_current_tables

ROWS_AT_ONCE = 50_000

Rows = list[tuple[Any, ...]]


class Source(NamedTuple):
    """Rows with places: the table, the columns to read behind the pixel, their order within one, and what a row
    weighs."""

    table: str
    columns: tuple[str, ...]
    order: str
    weight: LiteralString = "1"


OBJECT_SOURCE = Source("object", tuple(name for name in SkyObject._fields if name != "hpx"), "object_id")
DETECTION_SOURCE = Source("detection", StoredDetection._fields, "object_id, ts, candid")
LIGHT_CURVE_SOURCE = OBJECT_SOURCE._replace(weight="greatest(detection_count, 1)")


@contextmanager
def one_moment(url: str) -> Iterator[Connection]:
    """A connection in a transaction that reads and sees nothing of what is written meanwhile. Raises
    DatabaseUnavailable."""
    with connect(url, role="export") as connection:
        require_current_tables(connection)
        connection.execute("SET jit = off")
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            yield connection


def weights_by_pixel(connection: Connection, source: Source, order: int) -> Mapping[int, int]:
    """What the rows of every pixel of an order weigh together; pixels without any are missing."""
    shift = 2 * (HEALPIX_ORDER - order)
    found = connection.execute(
        f"SELECT hpx >> {shift} AS pixel, sum({source.weight})::bigint FROM {source.table} GROUP BY pixel"  # noqa: S608
    ).fetchall()
    return dict(found)


def rows_between(
    connection: Connection, source: Source, first: int, last: int, rows_at_once: int = ROWS_AT_ONCE
) -> Generator[Rows, None, None]:
    """The rows of a range of order-29 pixels, sorted by pixel, some at a time; the pixel comes first."""
    columns = ", ".join(("hpx", *source.columns))
    with connection.cursor("export", binary=True) as cursor:
        cursor.execute(
            f"SELECT {columns} FROM {source.table} WHERE hpx BETWEEN %s AND %s "  # noqa: S608
            f"ORDER BY hpx, {source.order}",
            (first, last),
        )
        while rows := cursor.fetchmany(rows_at_once):
            yield rows
