"""Files that are kept for some hours: found by whoever knows them, and gone with what they were made of."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import psycopg
import pytest

from storage.passing_files import NoRoom, NotKept, PassingFileStore


@asynccontextmanager
async def stores(url: str) -> AsyncIterator[tuple[PassingFileStore, PassingFileStore]]:
    """Two, as two processes of a server have them."""
    one, other = PassingFileStore(url), PassingFileStore(url)
    async with one.opened(), other.opened():
        yield one, other


def run(url: str, act: Callable[[PassingFileStore, PassingFileStore], Awaitable[None]]) -> None:
    async def acting() -> None:
        async with stores(url) as (one, other):
            await act(one, other)

    asyncio.run(acting())


async def written(store: PassingFileStore, contents: list[bytes], made_of: str | None = None) -> str:
    async with store.writing(made_of) as writer:
        await writer.add(contents[:1])
        await writer.add(contents[1:])
        writer.head = {"letters": sum(map(len, contents))}
        return writer.file_id


async def contents_of(store: PassingFileStore, file_id: str, numbers: list[int]) -> list[bytes]:
    return [part async for part in store.parts(file_id, numbers)]


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url) as connection:
        connection.execute(statement.encode())


def test_a_file_is_kept_found_elsewhere_and_removed(database_url: str) -> None:
    async def act(one: PassingFileStore, other: PassingFileStore) -> None:
        contents = [bytes([number]) * 1000 for number in range(20)]
        file_id = await written(one, contents)
        found = await other.find(file_id)
        assert (found.head, found.parts) == ({"letters": 20_000}, 20)
        assert await contents_of(other, file_id, list(range(20))) == contents
        assert await contents_of(other, file_id, [3, 17]) == [contents[3], contents[17]]
        made = await written(other, [b"made"], file_id)
        assert (await one.find(made)).expires_at == found.expires_at
        await one.remove(file_id)
        for gone in (file_id, made, "unknown"):
            with pytest.raises(NotKept):
                await other.find(gone)
        with pytest.raises(NotKept):
            await contents_of(other, made, [0])
        with pytest.raises(NotKept):
            await written(one, [b"made"], file_id)

    run(database_url, act)


def test_what_is_not_finished_or_has_expired_is_not_there(any_database_url: str) -> None:
    async def act(one: PassingFileStore, other: PassingFileStore) -> None:
        writing = one.writing()
        writer = await writing.__aenter__()
        await writer.add([b"half"])
        await writing.__aexit__(ValueError, ValueError("broken"), None)
        with pytest.raises(NotKept):
            await other.find(writer.file_id)
        file_id = await written(one, [b"x"])
        execute(any_database_url, "UPDATE passing_file SET expires_at = now() - interval '1 second'")
        with pytest.raises(NotKept):
            await other.find(file_id)
        async with await psycopg.AsyncConnection.connect(any_database_url) as busy:
            await busy.execute("SELECT FROM passing_file FOR KEY SHARE")
            await other.remove_expired()  # waits for nobody
        await other.remove_expired()
        with psycopg.connect(any_database_url) as connection:
            row = connection.execute("SELECT count(*) FROM passing_file_part").fetchone()
        assert row == (0,)

    run(any_database_url, act)


def test_there_is_an_end_to_the_room(any_database_url: str) -> None:
    async def act(one: PassingFileStore, other: PassingFileStore) -> None:
        await written(one, [b"x"])
        execute(any_database_url, "UPDATE passing_file SET size = 2000000000")
        with pytest.raises(NoRoom, match="try again later"):
            await written(other, [b"y"])

    run(any_database_url, act)
