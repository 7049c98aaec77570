"""Reading for the endpoint: a pool of connections that cannot write."""

import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import psycopg
from psycopg import AsyncConnection, AsyncCursor
from psycopg.rows import TupleRow, tuple_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from domain.errors import ArrayanError
from storage.database import DatabaseUnavailable
from storage.number_arrays import FloatArrayLoader, read_arrays_quickly
from storage.read_role import put_on_read_role
from storage.snapshots import Snapshots

log = logging.getLogger(__name__)

Parameters = Sequence[Any] | Mapping[str, Any]
Rows = list[tuple[Any, ...]]
Columns = Mapping[str, Sequence[Any]]
"""Values of some rows by the name of the column, all of them as long as each other and in the same order."""


class PoolState(NamedTuple):
    """Connections in use, idle, and at most; and the questions that wait for one."""

    used: int
    idle: int
    most: int
    waiting: int


POOL_WAIT_SECONDS = 10.0
DOWNLOADS_AT_ONCE = 4


class StatementTimeout(ArrayanError):
    """A query took longer than an answer may take."""


PLAN_ONCE, PLAN_WITH_VALUES = "force_generic_plan", "force_custom_plan"


class ReadingConnection(AsyncConnection[TupleRow]):
    """A connection with the cursor that its statements are run by, one after the other: making one for each would
    take as long as some statements do."""

    plans_once: bool | None = True
    """Whether statements are planned without their values, or None where that is not known. It goes for those that
    are not prepared, too, so that the server has to be told."""

    async def plan(self, *, once: bool) -> None:
        """Let the next statement be planned once and for all, or with its values. Asks the server when that
        changes."""
        if self.plans_once is not once:
            self.plans_once = None  # should this be cut short
            await self.execute(f"SET plan_cache_mode = {PLAN_ONCE if once else PLAN_WITH_VALUES}", prepare=False)
            self.plans_once = once

    @cached_property
    def reading(self) -> AsyncCursor[TupleRow]:
        cursor = self.cursor(binary=True, row_factory=tuple_row)
        read_arrays_quickly(cursor)
        return cursor

    @cached_property
    def reading_arrays(self) -> AsyncCursor[TupleRow]:
        """Gives arrays of floats as arrays of numpy."""
        cursor = self.cursor(binary=True, row_factory=tuple_row)
        read_arrays_quickly(cursor, floats=FloatArrayLoader)
        return cursor


class Reader:
    """Runs statements on pooled, read-only connections. One line of the log per statement, at DEBUG."""

    def __init__(
        self, url: str, *, connections: int, statement_timeout_seconds: float, downloads: int = DOWNLOADS_AT_ONCE
    ) -> None:
        self._url = url
        self._timeout_seconds = statement_timeout_seconds
        self.snapshots = Snapshots(url, connections=downloads, statement_timeout_seconds=statement_timeout_seconds)
        """For long reading, on connections of its own."""
        self._pool: AsyncConnectionPool[ReadingConnection] = AsyncConnectionPool(
            url,
            connection_class=ReadingConnection,
            min_size=1,
            max_size=connections,
            open=False,
            timeout=POOL_WAIT_SECONDS,
            configure=put_on_read_role,
            kwargs={
                "autocommit": True,
                "application_name": "arrayan api",
                "prepare_threshold": 0,
                "options": " ".join(
                    f"-c {name}={value}"
                    for name, value in {
                        "default_transaction_read_only": "on",
                        "statement_timeout": int(statement_timeout_seconds * 1000),
                        # Fixed statements are planned once; planning would cost more than a cone search.
                        "plan_cache_mode": PLAN_ONCE,
                        "jit": "off",
                    }.items()
                ),
            },
        )

    async def open(self) -> None:
        """Connect. Raises DatabaseUnavailable."""
        try:
            await self._pool.open(wait=True, timeout=POOL_WAIT_SECONDS)
        except PoolTimeout as error:
            raise DatabaseUnavailable("cannot reach the database") from error
        await self.snapshots.open()

    async def close(self) -> None:
        """Give all connections back."""
        await self.snapshots.close()
        await self._pool.close()

    def pool_state(self) -> PoolState:
        """How busy the connections are; any thread may ask."""
        told = self._pool.get_stats()
        idle, size = told["pool_available"], told["pool_size"]
        return PoolState(max(0, size - idle), idle, told["pool_max"], told.get("requests_waiting", 0))

    async def rows(
        self, statement: str, parameters: Parameters = (), *, prepare: bool = True, arrays: bool = False
    ) -> Rows:
        """All rows of a statement, as tuples.

        A statement made for one question (`prepare=False`) is planned with its values. With `arrays`, arrays of
        floats without nulls are arrays of numpy, otherwise lists. Raises StatementTimeout, DatabaseUnavailable.
        """
        log.debug("statement sql=%s", statement)
        try:
            connection = await self._pool.getconn()
            try:
                await connection.plan(once=prepare)
                cursor = connection.reading_arrays if arrays else connection.reading
                await cursor.execute(statement, parameters, prepare=prepare)
                return await cursor.fetchall()
            finally:
                await self._pool.putconn(connection)
        except psycopg.errors.QueryCanceled as error:
            raise StatementTimeout(
                f"the query took longer than {self._timeout_seconds:g} seconds: ask for less at once"
            ) from error
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise DatabaseUnavailable("the database does not answer") from error

    async def notices(self, channel: str, poll_seconds: float) -> AsyncGenerator[bool, None]:
        """At once, and then whenever somebody notifies a channel (True) or nobody did for so long (False).

        Listens on a connection of its own. Raises DatabaseUnavailable, also from a server that has no notices.
        """
        try:
            async with await psycopg.AsyncConnection.connect(
                self._url, autocommit=True, application_name="arrayan api events"
            ) as connection:
                await connection.execute(psycopg.sql.SQL("LISTEN {}").format(psycopg.sql.Identifier(channel)))
                yield True
                while True:
                    heard = False
                    async for _ in connection.notifies(timeout=poll_seconds, stop_after=1):
                        heard = True
                    yield heard
        except psycopg.Error as error:
            raise DatabaseUnavailable("the database tells nothing of new events") from error
