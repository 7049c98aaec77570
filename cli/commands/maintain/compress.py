"""arrayan maintain compress."""

import json
from datetime import UTC, datetime, timedelta

import click
from psycopg import Connection

from cli.amounts import told_size
from cli.commands.maintain.options import (
    closed_for_option,
    database_to_maintain,
    database_to_read,
    days,
    dry_run_option,
    json_option,
    tell_in_vain,
)
from cli.progress import progress_bar
from runtime.settings import load_settings
from storage.chunks import Chunk, chunks_until, has_hypertables, prepare_compression
from storage.chunks import compress as compress_chunk
from storage.database import describe_server

COMPLETE_EDITION = "timescale"


@click.command()
@closed_for_option
@dry_run_option
@json_option
def compress(closed_for: timedelta, dry_run: bool, as_json: bool) -> None:
    """Compress closed chunks, where the server's TimescaleDB has its own licence.

    The Apache edition and plain PostgreSQL cannot; nothing of Arrayán needs it. Late rows may still come into a
    compressed chunk, more slowly.
    """
    opened = database_to_read if dry_run else database_to_maintain
    with opened(load_settings()) as connection:
        if (reason := _why_not(connection)) is not None:
            tell_in_vain(reason, as_json=as_json)
            return
        found = chunks_until(connection, datetime.now(UTC) - closed_for)
        chunks = [chunk for chunk in found if not chunk.is_compressed]
        if not dry_run:
            _compress_all(connection, chunks)
    if as_json:
        told = [{"chunk": str(chunk), "size_bytes": chunk.size_bytes} for chunk in chunks]
        click.echo(json.dumps({"dry_run": dry_run, "chunks": told}))
        return
    for chunk in chunks:
        click.echo(f"{chunk!s:<42} {told_size(chunk.size_bytes):>9}")
    if not chunks:
        click.echo(f"Nothing to do: every chunk that has been closed for {days(closed_for)} is compressed.")
    elif dry_run:
        click.echo(f"{len(chunks)} chunks would be compressed. Nothing is done: this was a dry run.")
    else:
        click.echo(f"{len(chunks)} chunks compressed.")


def _why_not(connection: Connection) -> str | None:
    server = describe_server(connection)
    if server.timescaledb is None or not has_hypertables(connection):
        return "compression is TimescaleDB's, and light curves are plain tables here"
    if server.timescaledb_license != COMPLETE_EDITION:
        return f"this TimescaleDB has the {server.timescaledb_license} licence, which has no compression"
    return None


def _compress_all(connection: Connection, chunks: list[Chunk]) -> None:
    prepare_compression(connection)
    done = 0
    with progress_bar("Compressing", sum(chunk.size_bytes for chunk in chunks)) as advance:
        for chunk in chunks:
            advance(done, str(chunk))
            compress_chunk(connection, chunk)
            done += chunk.size_bytes
            advance(done, str(chunk))
