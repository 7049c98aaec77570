"""Whether what is stored can be read and written: asked by whatever watches a server or a worker."""

import anyio.to_thread
import psycopg

from domain.errors import ArrayanError
from storage.database import connect, require_current_tables, wrong_revision
from storage.packet_archive import AVRO_MAGIC, ArchiveUnavailable, PacketArchive
from storage.reader import Reader

PATIENCE_SECONDS = 2
"""Whoever asks this comes again soon, and must not wait."""


def writing_problem(url: str) -> str | None:
    """Why a worker cannot write to a database now; None when it can."""
    try:
        with connect(url, role="readiness", timeout_seconds=PATIENCE_SECONDS) as connection:
            require_current_tables(connection)
    except (ArrayanError, psycopg.Error) as error:
        return " ".join(str(error).split()) or type(error).__name__
    return None


async def tables_problem(reader: Reader) -> str | None:
    """What is wrong with the tables; None when they are this release's. Raises DatabaseUnavailable."""
    try:
        rows = await reader.rows("SELECT version_num FROM alembic_version")
    except psycopg.errors.UndefinedTable:
        rows = []
    return wrong_revision(rows[0][0] if rows else None)


async def archive_problem(reader: Reader, archive: PacketArchive) -> str | None:
    """Why the newest file of the packet archive cannot be read; None when it can, or when there is none yet.

    Raises DatabaseUnavailable.
    """
    rows = await reader.rows("SELECT archive_file FROM alert ORDER BY ingested_at DESC LIMIT 1")
    if not rows:
        return None
    try:
        begin = await anyio.to_thread.run_sync(archive.read, rows[0][0], 0, len(AVRO_MAGIC), abandon_on_cancel=True)
    except ArchiveUnavailable as error:
        return str(error)
    return None if begin == AVRO_MAGIC else f"{rows[0][0]} of the packet archive is no Avro container"
