"""One maintenance at a time: two of them would drop, rewrite or move the same things."""

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Connection

from domain.errors import ArrayanError

LOCK_KEY = 0x61727262
"""Advisory lock ('arrb'); migrations have the one before."""


class MaintenanceUnderWay(ArrayanError):
    """Another process is at maintenance of this database."""


@contextmanager
def maintenance_lock(connection: Connection) -> Iterator[None]:
    """Hold the database's maintenance; it is free again when the connection ends. Raises MaintenanceUnderWay."""
    taken = connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK_KEY,)).fetchone()
    if taken is None or not taken[0]:
        raise MaintenanceUnderWay("another `arrayan maintain` is at work on this database: wait until it is done")
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", (LOCK_KEY,))
