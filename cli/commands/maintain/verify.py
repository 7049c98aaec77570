"""arrayan maintain verify."""

import json

import click

from cli.commands.maintain.options import database_to_read, json_option
from cli.progress import progress_bar
from runtime.settings import load_settings
from storage.archive_verification import verify_archive
from storage.packet_archive import PacketArchive

SHOWN = 20


@click.command()
@json_option
def verify(as_json: bool) -> None:
    """Read the packet of every alert in the archive, and say which are not there.

    A packet must lie where the index says, whole, of its length and between the markers of its file, and its stamps
    within it. Ends with 1 when something is damaged. It only reads, and may run beside everything else.
    """
    settings = load_settings()
    with database_to_read(settings) as connection, progress_bar("Verifying", None) as advance:
        verified = verify_archive(connection, PacketArchive(settings.packet_archive), advance)
    damaged = sum(damage.alerts for damage in verified.damages)
    if as_json:
        damages = [damage._asdict() for damage in verified.damages]
        click.echo(
            json.dumps({"files": verified.files, "alerts": verified.alerts, "damaged": damaged, "damages": damages})
        )
    else:
        for damage in verified.damages[:SHOWN]:
            click.echo(f"{damage.file}: {damage.alerts:,} alerts, {damage.reason}")
        click.echo(f"{verified.alerts:,} alerts in {verified.files:,} files: {damaged:,} cannot be read.")
    if damaged:
        raise click.exceptions.Exit(1)
