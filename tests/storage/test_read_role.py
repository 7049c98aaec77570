"""The endpoint reads by a role that cannot write."""

import uuid

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from storage.read_role import READ_ROLE, make_read_role
from storage.reader import Reader

WRITES = [
    "INSERT INTO night (survey, night) VALUES ('ZTF', '2026-01-01')",
    "UPDATE object SET ra = 0",
    "DELETE FROM detection",
    "TRUNCATE api_token",
    "DROP TABLE object",
    "CREATE TABLE other (a int)",
    "ALTER TABLE object ADD COLUMN other int",
    "COPY object TO '/tmp/arrayan_other'",
]


def reader_of(url: str) -> Reader:
    return Reader(url, connections=1, statement_timeout_seconds=30)


async def attempt(url: str, statement: str) -> str:
    """What the database says to a statement that begins with the right to write."""
    reader = reader_of(url)
    await reader.open()
    try:
        async with reader._pool.connection() as connection:
            await connection.execute("SET default_transaction_read_only = off")
            await connection.execute(statement.encode())
    except psycopg.Error as error:
        return type(error).__name__
    finally:
        await reader.close()
    return "done"


@pytest.mark.anyio
@pytest.mark.parametrize("statement", WRITES)
async def test_writing_fails_even_where_the_transaction_would_let_it(
    read_role_database: str, statement: str
) -> None:
    assert await attempt(read_role_database, statement) == "InsufficientPrivilege"


@pytest.mark.anyio
async def test_everything_is_read_also_tables_that_come_later(read_role_database: str) -> None:
    with psycopg.connect(read_role_database, autocommit=True) as connection:
        assert make_read_role(connection)  # again
        connection.execute("CREATE TABLE IF NOT EXISTS later (a int)")
    reader = reader_of(read_role_database)
    await reader.open()
    try:
        assert await reader.rows("SELECT current_user") == [(READ_ROLE,)]
        for table in ("object", "detection", "later", "api_token"):
            assert await reader.rows(f"SELECT * FROM {table}") == []
    finally:
        await reader.close()


@pytest.mark.anyio
async def test_without_the_role_the_user_reads_as_before(any_database_url: str) -> None:
    reader = reader_of(any_database_url)
    await reader.open()
    try:
        assert await reader.rows("SELECT current_user = session_user") == [(True,)]
    finally:
        await reader.close()


def test_a_user_who_may_not_make_roles_is_told(any_database_url: str) -> None:
    user = f"arrayan_test_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(any_database_url, autocommit=True) as connection:
        connection.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(user)))
        try:
            connection.execute(SQL("SET ROLE {}").format(Identifier(user)))
            assert not make_read_role(connection)
            connection.execute("RESET ROLE")
        finally:
            connection.execute(SQL("DROP ROLE {}").format(Identifier(user)))


@pytest.fixture(scope="module")
def read_role_database(module_database_url: str) -> str:
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        assert make_read_role(connection)
    return module_database_url


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"
