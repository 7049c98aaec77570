"""Files that are kept for some hours: what people sent to be worked on, and what came of it.

They are in the database, so that every process of a server, and every server of a database, finds them. Who keeps
one gets an identifier made by chance, and nobody can list them.
"""

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import psycopg
from psycopg.types.json import Json
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from domain.errors import ArrayanError
from storage.database import DatabaseUnavailable

log = logging.getLogger(__name__)

KEPT = timedelta(hours=6)
REMOVED_EVERY_SECONDS = 300.0
MOST_BYTES = 2_000_000_000
"""Of all files together."""
CONNECTIONS = 4
WAIT_SECONDS = 10.0
PARTS_AT_ONCE = 8


class NoRoom(ArrayanError):
    """There is no room for another file until some have expired."""


class NotKept(ArrayanError):
    """No file has this identifier, or none any more."""


class PassingFile(NamedTuple):
    """A file that is kept: what its writer said of it, how many parts it has, and until when it is there."""

    file_id: str
    head: Mapping[str, Any]
    parts: int
    expires_at: datetime


class PassingFileWriter:
    """A file that is being written, part by part. What is in `head` at the end is kept with it."""

    def __init__(self, connection: psycopg.AsyncConnection, file_id: str) -> None:
        self._connection = connection
        self.file_id = file_id
        self.head: Mapping[str, Any] = {}
        self.size = 0
        self._parts = 0

    async def add(self, contents: Sequence[bytes]) -> None:
        """Add some parts."""
        async with self._connection.cursor().copy(
            "COPY passing_file_part (file_id, number, content) FROM STDIN (FORMAT binary)"
        ) as copy:
            copy.set_types(("text", "int4", "bytea"))
            for content in contents:
                await copy.write_row((self.file_id, self._parts, content))
                self._parts += 1
                self.size += len(content)


class PassingFileStore:
    """Where the files are. It must be opened before use."""

    def __init__(self, url: str) -> None:
        self._pool = AsyncConnectionPool(
            url,
            min_size=0,
            max_size=CONNECTIONS,
            open=False,
            timeout=WAIT_SECONDS,
            kwargs={"application_name": "arrayan passing files", "prepare_threshold": None},
        )

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[None]:
        """Be ready, and remove what has expired now and then, until the end of the context."""
        await self._pool.open()
        removing = asyncio.create_task(self._remove_now_and_then())
        try:
            yield
        finally:
            removing.cancel()
            await asyncio.gather(removing, return_exceptions=True)
            await self._pool.close()

    async def _remove_now_and_then(self) -> None:
        while True:
            try:
                await self.remove_expired()
            except (DatabaseUnavailable, psycopg.Error) as error:
                log.warning("passing_files_not_removed error=%s", error)
            await asyncio.sleep(REMOVED_EVERY_SECONDS)

    @asynccontextmanager
    async def writing(self, made_of: str | None = None) -> AsyncIterator[PassingFileWriter]:
        """Write a file, which is there when the context ends well, and for KEPT from its beginning; what is made of
        another file goes when that goes. Raises NoRoom, NotKept, DatabaseUnavailable."""
        await self.remove_expired()
        async with self._connection() as connection:
            writer = PassingFileWriter(connection, await _begin(connection, made_of))
            yield writer
            await connection.execute(
                "UPDATE passing_file SET head = %s, size = %s WHERE file_id = %s",
                (Json(writer.head), writer.size, writer.file_id),
            )

    async def find(self, file_id: str) -> PassingFile:
        """A file by its identifier. Raises NotKept, DatabaseUnavailable."""
        async with self._connection() as connection:
            found = await connection.execute(
                "SELECT file_id, head, (SELECT count(*) FROM passing_file_part p WHERE p.file_id = f.file_id), "
                "expires_at FROM passing_file f WHERE file_id = %s AND head IS NOT NULL AND expires_at > now()",
                (file_id,),
            )
            row = await found.fetchone()
        if row is None:
            raise NotKept("It is not here, or no longer.")
        return PassingFile._make(row)

    async def parts(self, file_id: str, numbers: Sequence[int]) -> AsyncIterator[bytes]:
        """Parts of a file, in the order of their numbers. No connection is held while they are used. Raises NotKept
        when the file has gone, DatabaseUnavailable."""
        for start in range(0, len(numbers), PARTS_AT_ONCE):
            wanted = list(numbers[start : start + PARTS_AT_ONCE])
            async with self._connection() as connection:
                cursor = connection.cursor(binary=True)
                await cursor.execute(
                    "SELECT content FROM passing_file_part WHERE file_id = %s AND number = ANY(%s) ORDER BY number",
                    (file_id, wanted),
                )
                contents = [content for (content,) in await cursor.fetchall()]
            if len(contents) != len(wanted):
                raise NotKept("It is not here any longer.")
            for content in contents:
                yield content

    async def remove(self, file_id: str) -> None:
        """Remove a file at once, with what was made of it."""
        async with self._connection() as connection:
            await connection.execute("DELETE FROM passing_file WHERE file_id = %s", (file_id,))

    async def remove_expired(self) -> None:
        """Remove what may not be kept any longer."""
        async with self._connection() as connection:
            # What somebody is removing, or making something of, is left to the next time: nobody waits for it.
            await connection.execute(
                "DELETE FROM passing_file WHERE file_id IN "
                "(SELECT file_id FROM passing_file WHERE expires_at < now() FOR UPDATE SKIP LOCKED)"
            )

    @asynccontextmanager
    async def _connection(self) -> AsyncIterator[psycopg.AsyncConnection]:
        try:
            async with self._pool.connection() as connection:
                yield connection
        except (psycopg.OperationalError, PoolTimeout) as error:
            raise DatabaseUnavailable("the database does not answer") from error


async def _begin(connection: psycopg.AsyncConnection, made_of: str | None) -> str:
    file_id = secrets.token_hex(16)
    found = await connection.execute("SELECT coalesce(sum(size), 0) FROM passing_file")
    (size,) = await found.fetchone() or (0,)
    if size >= MOST_BYTES:
        raise NoRoom("There is no room for more tables until some of those that are kept expire: try again later")
    if made_of is None:
        await connection.execute(
            "INSERT INTO passing_file (file_id, size, expires_at) VALUES (%s, 0, now() + %s)", (file_id, KEPT)
        )
        return file_id
    made = await connection.execute(
        "INSERT INTO passing_file (file_id, made_of, size, expires_at) "
        "SELECT %s, file_id, 0, expires_at FROM passing_file WHERE file_id = %s AND expires_at > now() "
        "FOR KEY SHARE",
        (file_id, made_of),
    )
    if made.rowcount == 0:
        raise NotKept("It is not here, or no longer.")
    return file_id
