"""arrayan maintain status."""

import json
from collections.abc import Sequence
from datetime import timedelta

import click

from cli.amounts import told_size
from cli.commands.maintain.archive import survey_as_json
from cli.commands.maintain.cluster import unclustered
from cli.commands.maintain.options import closed_for_option, database_to_read, grace_option, json_option
from runtime.settings import load_settings
from storage.archive_compaction import ArchiveSurvey, survey_archive
from storage.chunks import Chunk, chunks_until
from storage.database import describe_server
from storage.packet_archive import PacketArchive
from storage.table_sizes import TableSize, table_sizes


@click.command()
@closed_for_option
@grace_option
@json_option
def status(closed_for: timedelta, grace: timedelta, as_json: bool) -> None:
    """Say how large tables, chunks and archive are, and what there is to do.

    Numbers of rows are those of the server's statistics: about right, and none before it has any.
    """
    settings = load_settings()
    with database_to_read(settings) as connection:
        server = describe_server(connection)
        tables = table_sizes(connection)
        chunks = chunks_until(connection)
        to_cluster = unclustered(connection, closed_for)
        survey = survey_archive(connection, PacketArchive(settings.packet_archive), grace)
    if as_json:
        click.echo(
            json.dumps(
                {
                    "server": str(server),
                    "tables": [table._asdict() for table in tables],
                    "chunks": [_chunk_as_json(chunk) for chunk in chunks],
                    "archive": survey_as_json(survey),
                    "to_cluster": [str(chunk) for chunk in to_cluster],
                }
            )
        )
        return
    click.echo(f"Database         {server}")
    _tell_tables(tables)
    _tell_chunks(chunks)
    click.echo(f"\nPacket archive   {settings.packet_archive}")
    _tell_archive(survey)
    _tell_work(to_cluster, survey)


def _tell_tables(tables: Sequence[TableSize]) -> None:
    click.echo(f"\n{'TABLE':<20} {'ROWS, ABOUT':>15} {'SIZE':>10}")
    for table in tables:
        rows = "?" if table.rows is None else f"{table.rows:,}"
        click.echo(f"{table.name:<20} {rows:>15} {told_size(table.size_bytes):>10}")


def _tell_chunks(chunks: Sequence[Chunk]) -> None:
    if chunks:
        click.echo(f"\n{'CHUNK':<42} {'SIZE':>10}")
    for chunk in chunks:
        state = "compressed" if chunk.is_compressed else "clustered" if chunk.is_clustered else ""
        click.echo(f"{chunk!s:<42} {told_size(chunk.size_bytes):>10}  {state}".rstrip())


def _tell_archive(survey: ArchiveSurvey) -> None:
    for name, files in (
        ("Small, settled", [file for group in survey.small for file in group]),
        ("Unused, noted", survey.unused),
        ("Orphans", survey.orphans),
    ):
        size = sum(file.size_bytes for file in files)
        click.echo(f"{name:<16} {len(files):>12,} files {told_size(size):>10}")
    click.echo(f"{'All':<16} {survey.files:>12,} files {told_size(survey.size_bytes):>10}")
    if survey.missing:
        click.echo(f"{'Missing':<16} {len(survey.missing):>12,} files, which alerts name!")


def _tell_work(to_cluster: Sequence[Chunk], survey: ArchiveSurvey) -> None:
    click.echo("")
    if to_cluster:
        size = sum(chunk.size_bytes for chunk in to_cluster)
        click.echo(f"`arrayan maintain cluster` would rewrite {len(to_cluster)} chunks, {told_size(size)}.")
    if survey.small or survey.removable:
        click.echo(
            f"`arrayan maintain archive` would put {sum(map(len, survey.small)):,} files together and remove "
            f"{len(survey.removable):,}."
        )
    if not (to_cluster or survey.small or survey.removable):
        click.echo("Nothing to do.")


def _chunk_as_json(chunk: Chunk) -> dict[str, object]:
    return {
        "table": chunk.table,
        "since": chunk.since.isoformat(),
        "until": chunk.until.isoformat(),
        "size_bytes": chunk.size_bytes,
        "is_clustered": chunk.is_clustered,
        "is_compressed": chunk.is_compressed,
    }
