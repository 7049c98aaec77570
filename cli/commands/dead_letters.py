"""arrayan dead-letters."""

from pathlib import Path

import click

from cli.stores import alert_store, running_database, writing_connection
from ingest.retry import Outcome, retry
from runtime.settings import load_settings
from storage.dead_letters import get_dead_letter, list_dead_letters, payload_of, unresolved_ids


@click.group("dead-letters")
def dead_letters() -> None:
    """Packets that could not be stored: list them, look at one, try them again.

    Each is kept whole, with the reason and the place it came from.
    """


@dead_letters.command("list")
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Most letters to list.")
@click.option("--all", "include_resolved", is_flag=True, help="Also those that a retry has stored.")
def list_(limit: int, include_resolved: bool) -> None:
    """List dead letters, newest first."""
    with running_database(load_settings()) as url, writing_connection(url, "dead-letters") as connection:
        letters = list_dead_letters(connection, limit=limit, include_resolved=include_resolved)
    if not letters:
        click.echo("No dead letters.")
    for letter in letters:
        resolved = " (stored since)" if letter.resolved_at else ""
        click.echo(
            f"{letter.id:>6}  {letter.reason:<20} {letter.origin.source}{resolved}\n        {letter.message}"
        )


@dead_letters.command()
@click.argument("letter_id", metavar="ID", type=int)
@click.option(
    "--payload",
    "payload_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the packet's bytes to this file.",
)
def show(letter_id: int, payload_file: Path | None) -> None:
    """Show one dead letter; with --payload, take its bytes out."""
    with running_database(load_settings()) as url, writing_connection(url, "dead-letters") as connection:
        letter = get_dead_letter(connection, letter_id)
        payload = payload_of(connection, letter_id) if payload_file is not None else None
    if letter is None:
        raise click.ClickException(f"there is no dead letter {letter_id}: `arrayan dead-letters list` shows them")
    for name, value in (
        ("Reason", f"{letter.reason}: {letter.message}"),
        ("Survey", letter.survey or "unknown"),
        ("Source", letter.origin.source),
        ("Partition, offset", f"{letter.origin.partition}, {letter.origin.offset}"),
        ("Bytes", f"{letter.payload_size:,}"),
        ("First seen", f"{letter.first_seen_at:%Y-%m-%d %H:%M:%S %Z}"),
        ("Last seen", f"{letter.last_seen_at:%Y-%m-%d %H:%M:%S %Z} ({letter.times_seen} times in all)"),
        ("Stored since", f"{letter.resolved_at:%Y-%m-%d %H:%M:%S %Z}" if letter.resolved_at else "no"),
    ):
        click.echo(f"{name:<18} {value}")
    if payload_file is not None and payload is not None:
        payload_file.write_bytes(payload)
        click.echo(f"{'Written to':<18} {payload_file}")


@dead_letters.command("retry")
@click.argument("letter_ids", metavar="[ID...]", type=int, nargs=-1)
@click.option("--all", "everything", is_flag=True, help="Every letter that waits.")
def retry_(letter_ids: tuple[int, ...], everything: bool) -> None:
    """Decode and store dead letters again, one, some or --all."""
    if bool(letter_ids) == everything:
        raise click.UsageError("give the ids to try again, or --all")
    settings = load_settings()
    with running_database(settings) as url, writing_connection(url, "dead-letters") as connection:
        store = alert_store(connection, settings)
        ids = list(unresolved_ids(connection)) if everything else letter_ids
        results = [retry(connection, store, letter_id) for letter_id in ids]
    for result in results:
        click.echo(f"{result.letter_id:>6}  {result.outcome}{': ' if result.message else ''}{result.message}")
    stored = sum(result.outcome is Outcome.STORED for result in results)
    click.echo(f"{stored} of {len(results)} stored.")
