"""What commands need to read and write: the database, running one if there is none, and the archive."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from psycopg import Connection

from runtime.embedded_postgres import EmbeddedPostgres
from runtime.settings import Settings
from storage.alert_store import AlertStore, Committed
from storage.database import connect, require_current_tables
from storage.migrate import migrate
from storage.packet_archive import PacketArchive
from storage.read_role import make_read_role
from storage.reader import Reader


@contextmanager
def running_database(settings: Settings) -> Iterator[str]:
    """URL of the database that the settings name, else of the embedded one, which runs meanwhile."""
    if settings.database_url is not None:
        yield settings.database_url
        return
    database = EmbeddedPostgres(settings.data_dir / "postgres")
    try:
        url = database.start()
        migrate(url)  # it is ours alone, so nobody has to be asked
        with connect(url, role="migrate") as connection:
            make_read_role(connection)
        yield url
    finally:
        database.stop()


@contextmanager
def writing_connection(url: str, role: str) -> Iterator[Connection]:
    """A connection to a database whose tables are current. Raises DatabaseUnavailable."""
    with connect(url, role=role) as connection:
        require_current_tables(connection)
        yield connection


def alert_store(
    connection: Connection, settings: Settings, on_commit: Callable[[Committed], None] | None = None
) -> AlertStore:
    """Where alerts go. `on_commit` is told of each transaction."""
    return AlertStore(connection, PacketArchive(settings.packet_archive), on_commit)


def reader_of(url: str, settings: Settings) -> Reader:
    """Where answers come from; not opened yet."""
    return Reader(
        settings.read_database_url or url,
        connections=settings.database_connections,
        statement_timeout_seconds=settings.statement_timeout_seconds,
        downloads=settings.downloads,
    )
