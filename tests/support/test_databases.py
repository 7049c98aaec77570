"""The tests' own databases keep apart, and nothing of them stays."""

import psycopg
import pytest
from psycopg import errors
from psycopg.sql import SQL, Identifier

from tests.support.databases import Backend, TestDatabases


def test_each_database_is_migrated_and_alone(backend: Backend, databases: TestDatabases) -> None:
    with databases.fresh(backend) as first, databases.fresh(backend) as second:
        with psycopg.connect(first) as connection:
            connection.execute("CREATE TABLE only_here (word text)")
        with psycopg.connect(second) as connection:
            found = connection.execute("SELECT to_regclass('detection'), to_regclass('only_here')").fetchone()
    assert found == ("detection", None)


def test_database_is_dropped_even_when_a_connection_was_forgotten(
    backend: Backend, databases: TestDatabases
) -> None:
    with databases.fresh(backend) as url:
        forgotten = psycopg.connect(url)
    forgotten.close()
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(url)


def test_timescaledb_backend_has_hypertables_and_the_embedded_one_plain_tables(
    backend: Backend, database_url: str
) -> None:
    with psycopg.connect(database_url) as connection:
        try:
            rows = connection.execute("SELECT hypertable_name FROM timescaledb_information.hypertables")
            hypertables = {name for (name,) in rows}
        except errors.UndefinedTable:
            hypertables = set()
    assert ("detection" in hypertables) == (backend.name == "timescaledb")


def test_next_session_drops_what_a_killed_one_left_and_spares_the_living(backend: Backend) -> None:
    killed, living, later = TestDatabases(), TestDatabases(), TestDatabases()
    for session in (killed, living, later):  # one server for the three of them
        vars(session)[backend.name] = backend
    try:
        with living.fresh(backend):
            make_database(backend, f"{killed.token}1")
            with later.empty(backend):
                names = database_names(backend)
    finally:
        for session in (living, later):
            session.close()
    assert [name for name in names if name.startswith(killed.token)] == []
    assert [name for name in names if name.startswith(living.token)] != []


def make_database(backend: Backend, name: str) -> None:
    with psycopg.connect(backend.admin_url or "", autocommit=True) as connection:
        connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))


def database_names(backend: Backend) -> list[str]:
    with psycopg.connect(backend.admin_url or "") as connection:
        return [name for (name,) in connection.execute("SELECT datname FROM pg_database")]
