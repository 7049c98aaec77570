"""arrayan maintain archive."""

import json
from collections.abc import Sequence
from datetime import timedelta

import click
from psycopg import Connection

from cli.amounts import told_size
from cli.commands.maintain.options import (
    database_to_maintain,
    database_to_read,
    dry_run_option,
    grace_option,
    json_option,
)
from cli.progress import progress_bar
from runtime.settings import load_settings
from storage.archive_compaction import (
    ArchiveSurvey,
    Compacted,
    compact,
    note_unused,
    remove_unused,
    survey_archive,
)
from storage.packet_archive import ArchiveFile, PacketArchive


@click.command()
@grace_option
@click.option(
    "--remove-orphans",
    is_flag=True,
    help="Also let go of files that no alert of this database names. Not when another database uses the archive.",
)
@dry_run_option
@json_option
def archive(grace: timedelta, remove_orphans: bool, dry_run: bool, as_json: bool) -> None:
    """Put the small files of the packet archive together, those of each day.

    A file whose packets were copied is noted as unused, and removed by a run that comes at least the grace period
    later: whoever was about to read it has done so by then. Stamps are readable at every moment. The grace
    period should be longer than the time between a backup of the database and that of the archive.

    Orphans are what a killed ingest left, or packets that came again with stamps. With --remove-orphans they are
    noted as unused and go in the same way; without it they stay.
    """
    settings = load_settings()
    packets = PacketArchive(settings.packet_archive)
    if dry_run:
        with database_to_read(settings) as connection:
            _tell_plan(survey_archive(connection, packets, grace), remove_orphans, as_json=as_json)
        return
    with database_to_maintain(settings) as connection:
        survey = survey_archive(connection, packets, grace)
        removed = remove_unused(connection, packets, survey)
        if remove_orphans:
            note_unused(connection, [file.name for file in survey.orphans])
        compacted = _compact(connection, packets, survey)
    noted = len(survey.orphans) if remove_orphans else 0
    if as_json:
        click.echo(
            json.dumps(
                {
                    "dry_run": False,
                    "removed": removed,
                    "removed_bytes": _size(survey.removable),
                    "compacted": compacted._asdict(),
                    "orphans": len(survey.orphans),
                    "orphans_noted": noted,
                    "missing": survey.missing,
                }
            )
        )
        return
    click.echo(f"{removed:,} unused files removed, {told_size(_size(survey.removable))}.")
    click.echo(f"{compacted.before:,} small files became {compacted.after:,}, with {compacted.packets:,} packets.")
    if survey.orphans:
        what = "noted: a later run removes them" if remove_orphans else "left; --remove-orphans lets them go"
        click.echo(f"{len(survey.orphans):,} orphans {what}.")
    for name in compacted.unreadable:
        click.echo(f"{name} is damaged, and left as it is: `arrayan maintain verify` says more.", err=True)
    _warn_of_missing(survey)


def _compact(connection: Connection, packets: PacketArchive, survey: ArchiveSurvey) -> Compacted:
    with progress_bar("Putting files together", sum(map(len, survey.small))) as advance:
        return compact(connection, packets, survey.small, advance)


def _tell_plan(survey: ArchiveSurvey, remove_orphans: bool, *, as_json: bool) -> None:
    small = [file for group in survey.small for file in group]
    if as_json:
        click.echo(json.dumps({"dry_run": True, **survey_as_json(survey)}))
        return
    click.echo(f"{len(survey.removable):,} unused files would be removed, {told_size(_size(survey.removable))}.")
    days, size = len(survey.small), told_size(_size(small))
    click.echo(f"{len(small):,} small files of {days:,} days would be put together, {size}.")
    if survey.orphans:
        what = "noted as unused" if remove_orphans else "left"
        click.echo(f"{len(survey.orphans):,} orphans would be {what}, {told_size(_size(survey.orphans))}.")
    _warn_of_missing(survey)
    click.echo("Nothing is done: this was a dry run.")


def survey_as_json(survey: ArchiveSurvey) -> dict[str, object]:
    """What there is in the archive, for scripts."""
    small = [file for group in survey.small for file in group]
    return {
        "files": survey.files,
        "size_bytes": survey.size_bytes,
        **{
            name: {"files": len(files), "size_bytes": _size(files)}
            for name, files in (
                ("small", small),
                ("orphans", survey.orphans),
                ("unused", survey.unused),
                ("removable", survey.removable),
            )
        },
        "missing": survey.missing,
    }


def _size(files: Sequence[ArchiveFile]) -> int:
    return sum(file.size_bytes for file in files)


def _warn_of_missing(survey: ArchiveSurvey) -> None:
    if survey.missing:
        click.echo(
            f"{len(survey.missing):,} files that alerts name are missing, the first is {survey.missing[0]}: "
            "restore them from a backup.",
            err=True,
        )
