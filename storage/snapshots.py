"""Long reading: statements that all see the database as it was at one moment, row after row as they are wanted.

They have connections of their own, few and opened when needed, so that downloads never take those of the endpoint.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, LiteralString, TypeVar

import psycopg
from anyio import CancelScope
from psycopg import AsyncConnection
from psycopg.rows import tuple_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from domain.errors import ArrayanError
from storage.database import DatabaseUnavailable
from storage.read_role import put_on_read_role

log = logging.getLogger(__name__)

Result = TypeVar("Result")

ROWS_AT_ONCE = 2000
CURSOR_NAME = "rows"
IDLE_SECONDS = 60
"""Whoever takes nothing for so long is let go."""
WAIT_SECONDS = 5.0

BEGIN: LiteralString = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class TooManyDownloads(ArrayanError):
    """All connections for downloads are taken."""


class ReadingTimeout(ArrayanError):
    """A step of a long reading took longer than a statement may."""


class Snapshot:
    """A read-only transaction that does not see what others write meanwhile."""

    def __init__(self, connection: AsyncConnection[Any], timeout_seconds: float) -> None:
        self._connection = connection
        self._timeout_seconds = timeout_seconds

    async def rows(self, statement: str, parameters: Any) -> list[tuple[Any, ...]]:
        """All rows of a statement. Raises ReadingTimeout, DatabaseUnavailable."""
        log.debug("statement sql=%s", statement)
        with _plain_errors(self._timeout_seconds):
            async with self._connection.cursor(binary=True, row_factory=tuple_row) as cursor:
                await cursor.execute(statement, parameters, prepare=False)
                return await cursor.fetchall()

    async def batches(self, statement: str, parameters: Any) -> AsyncGenerator[list[tuple[Any, ...]], None]:
        """The rows of a statement, some thousand at a time; the database makes the next when they are asked for.

        Raises ReadingTimeout, DatabaseUnavailable.
        """
        log.debug("statement sql=%s", statement)
        cursor = self._connection.cursor(CURSOR_NAME, binary=True, row_factory=tuple_row)
        with _plain_errors(self._timeout_seconds):
            try:
                await _cancelled_once(cursor.execute(statement, parameters))
                while batch := await _cancelled_once(cursor.fetchmany(ROWS_AT_ONCE)):
                    yield batch
            finally:
                with CancelScope(shield=True):
                    await cursor.close()


class Snapshots:
    """Gives out snapshots, at most so many at once."""

    def __init__(self, url: str, *, connections: int, statement_timeout_seconds: float) -> None:
        self._timeout_seconds = statement_timeout_seconds
        options = {
            "default_transaction_read_only": "on",
            "statement_timeout": int(statement_timeout_seconds * 1000),
            "idle_in_transaction_session_timeout": IDLE_SECONDS * 1000,
            "cursor_tuple_fraction": 1.0,  # all rows will be read
            "jit": "off",
        }
        self._pool = AsyncConnectionPool(
            url,
            min_size=0,
            max_size=connections,
            open=False,
            timeout=WAIT_SECONDS,
            configure=put_on_read_role,
            kwargs={
                "autocommit": True,
                "application_name": "arrayan take-out",
                "prepare_threshold": None,
                "options": " ".join(f"-c {name}={value}" for name, value in options.items()),
            },
        )

    async def open(self) -> None:
        """Be ready; connections are made when they are needed."""
        await self._pool.open(wait=False)

    async def close(self) -> None:
        """Give all connections back."""
        await self._pool.close()

    @asynccontextmanager
    async def take(self) -> AsyncIterator[Snapshot]:
        """The database as it is now, until the end. Raises TooManyDownloads, DatabaseUnavailable."""
        with _plain_errors(self._timeout_seconds):
            async with self._pool.connection() as connection:
                await connection.execute(BEGIN)
                try:
                    yield Snapshot(connection, self._timeout_seconds)
                finally:
                    if not connection.closed:
                        await connection.execute("ROLLBACK")


async def _cancelled_once(work: Coroutine[Any, Any, Result]) -> Result:
    """The result of a statement. A cancellation reaches it once, so that the driver has time to end it in the
    server: scopes of anyio would cancel that, too."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        task.cancel()
        with CancelScope(shield=True):
            await asyncio.wait([task])
        raise


@contextmanager
def _plain_errors(timeout_seconds: float) -> Iterator[None]:
    try:
        yield
    except psycopg.errors.QueryCanceled as error:
        raise ReadingTimeout(
            f"the database worked longer than {timeout_seconds:g} seconds on it: ask for less at once"
        ) from error
    except PoolTimeout as error:
        raise TooManyDownloads("all connections for downloads are taken: try again in a minute") from error
    except psycopg.OperationalError as error:
        raise DatabaseUnavailable("the database does not answer") from error
