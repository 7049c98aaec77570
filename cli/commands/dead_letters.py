"""arrayan dead-letters."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from psycopg import Connection

from cli.dead_letter_export import export_to, letter_as_json
from cli.dead_letter_options import Moment, filter_options, selection_options
from cli.hexdump import hexdump
from cli.progress import progress_bar
from cli.stores import alert_store, running_database, writing_connection
from domain.dead_letter import StoredDeadLetter
from ingest.retry import Outcome, Retry, retry
from runtime.settings import Settings, load_settings
from storage.dead_letters import (
    LetterFilter,
    delete_resolved,
    get_dead_letter,
    letter_ids,
    list_dead_letters,
    payload_of,
)

SHOWN_BYTES = 128

json_option = click.option("--json", "as_json", is_flag=True, help="One line of JSON on standard output.")


@click.group("dead-letters")
def dead_letters() -> None:
    """Packets that could not be stored: list them, look at one, try them again.

    Each is kept whole, with the reason and the place it came from.
    """


@dead_letters.command("list")
@filter_options
@click.option("--limit", type=click.IntRange(1), default=50, show_default=True, help="Most letters to list.")
@click.option("--all", "include_resolved", is_flag=True, help="Also those that a retry has stored.")
@json_option
def list_(chosen: LetterFilter, limit: int, include_resolved: bool, as_json: bool) -> None:
    """List dead letters, newest first."""
    chosen = chosen if include_resolved else chosen._replace(resolved=False)
    with _database(load_settings()) as connection:
        letters = list_dead_letters(connection, chosen, limit=limit)
    if as_json:
        click.echo(json.dumps([letter_as_json(letter) for letter in letters]))
        return
    if not letters:
        click.echo("No dead letters.")
    for letter in letters:
        resolved = " (stored since)" if letter.resolved_at else ""
        click.echo(
            f"{letter.id:>6}  {letter.reason:<20} {_place(letter)}{resolved}\n        {_line(letter.message)}"
        )


@dead_letters.command()
@click.argument("letter_id", metavar="ID", type=int)
@click.option(
    "--payload",
    "payload_file",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the packet's bytes to this file.",
)
@click.option(
    "--bytes",
    "shown_bytes",
    type=click.IntRange(0),
    default=SHOWN_BYTES,
    show_default=True,
    help="Show so many of the packet's first bytes.",
)
@json_option
def show(letter_id: int, payload_file: Path | None, shown_bytes: int, as_json: bool) -> None:
    """Show one dead letter and how its bytes begin; with --payload, take them out."""
    with _database(load_settings()) as connection:
        letter = get_dead_letter(connection, letter_id)
        beginning = payload_of(connection, letter_id, shown_bytes) or b""
        payload = payload_of(connection, letter_id) if payload_file is not None else None
    if letter is None:
        raise _no_such_letter(letter_id)
    if payload_file is not None and payload is not None:
        payload_file.write_bytes(payload)
    if as_json:
        click.echo(json.dumps({**letter_as_json(letter), "first_bytes": beginning.hex()}))
        return
    for name, value in _facts(letter):
        click.echo(f"{name:<18} {value}")
    if beginning:
        click.echo(f"First {len(beginning):,} bytes")
        for line in hexdump(beginning):
            click.echo(f"  {line}")
    if payload_file is not None:
        click.echo(f"{'Written to':<18} {payload_file}")


@dead_letters.command("retry")
@selection_options
@json_option
def retry_(chosen: LetterFilter, as_json: bool) -> None:
    """Decode and store dead letters again: by id, those that fit a filter, or --all.

    Of letters chosen by filter or --all, those that wait. A letter is resolved when all of its bytes are stored.
    An id that no letter has is an error, after the others have been tried.
    """
    settings = load_settings()
    with _database(settings) as connection:
        store = alert_store(connection, settings)
        ids = _ids(connection, chosen, resolved=False)
        results = _each(
            "Trying again", ids, lambda letter_id: retry(connection, store, letter_id), _told_of_retries
        )
    counts = {outcome: sum(result.outcome is outcome for result in results) for outcome in Outcome}
    if as_json:
        told = [{"id": found.letter_id, "outcome": found.outcome, "message": found.message} for found in results]
        totals = {outcome.replace(" ", "_"): count for outcome, count in counts.items()}
        click.echo(json.dumps({**totals, "letters": told}))
    else:
        for found in results:
            message = f": {_line(found.message)}" if found.message else ""
            click.echo(f"{found.letter_id:>6}  {found.outcome}{message}")
        click.echo(f"{counts[Outcome.STORED]} of {len(results)} stored.")
    if unknown := [found.letter_id for found in results if found.outcome is Outcome.UNKNOWN]:
        raise _no_such_letter(*unknown)


@dead_letters.command()
@selection_options
@click.option(
    "--to",
    "target",
    type=click.Path(path_type=Path),
    required=True,
    help="A new folder, or a file that ends in .tar, .tar.gz or .tgz.",
)
@click.option("--include-resolved", is_flag=True, help="Also those that a retry has stored.")
@json_option
def export(chosen: LetterFilter, target: Path, include_resolved: bool, as_json: bool) -> None:
    """Take dead letters out: their bytes as they came, and an index of reasons and places.

    `packets/` holds one file per letter, `index.jsonl` a line of JSON for each. Nothing changes in the database.
    `arrayan ingest FOLDER/packets` takes them in again.
    """
    with _database(load_settings()) as connection, export_to(target) as add:

        def take_out(letter_id: int) -> int:
            letter, payload = get_dead_letter(connection, letter_id), payload_of(connection, letter_id)
            if letter is None or payload is None:
                return -1
            add(letter, payload)
            return len(payload)

        ids = _ids(connection, chosen, resolved=None if include_resolved else False)
        sizes = _each("Taking out", ids, take_out, lambda sizes: f"{sum(sizes):,} bytes")
    missing = [letter_id for letter_id, size in zip(ids, sizes, strict=True) if size < 0]
    found = [size for size in sizes if size >= 0]
    if as_json:
        click.echo(
            json.dumps({"to": str(target), "exported": len(found), "size_bytes": sum(found), "missing": missing})
        )
        return
    for letter_id in missing:
        click.echo(f"{letter_id:>6}  unknown")
    click.echo(f"{len(found)} letters, {sum(found):,} bytes: {target}")


@dead_letters.command()
@selection_options
@click.option("--resolved-before", type=Moment, metavar="TIME", help="Only those stored before this time (UTC).")
@click.option("--dry-run", is_flag=True, help="Say what would be deleted, and delete nothing.")
@json_option
def delete(chosen: LetterFilter, resolved_before: datetime | None, dry_run: bool, as_json: bool) -> None:
    """Delete letters that a retry has stored; their packets are in the archive since.

    A letter that waits is never deleted: it is all that is left of an alert.
    """
    with _database(load_settings()) as connection:
        if chosen.ids is not None and (waiting := letter_ids(connection, chosen._replace(resolved=False))):
            raise click.ClickException(
                f"{', '.join(map(str, waiting))}: not stored yet, and all that is left of an alert; "
                "nothing is deleted"
            )
        before = None if resolved_before is None else resolved_before.replace(tzinfo=UTC)
        ids = letter_ids(connection, chosen._replace(resolved=True, resolved_before=before))
        deleted = 0 if dry_run else sum(delete_resolved(connection, letter_id) for letter_id in ids)
    if as_json:
        click.echo(json.dumps({"dry_run": dry_run, "chosen": len(ids), "deleted": deleted}))
    elif dry_run:
        click.echo(f"{len(ids)} letters would be deleted. Nothing is deleted: this was a dry run.")
    else:
        click.echo(f"{deleted} letters deleted.")


@contextmanager
def _database(settings: Settings) -> Iterator[Connection]:
    with running_database(settings) as url, writing_connection(url, "dead-letters") as connection:
        yield connection


def _ids(connection: Connection, chosen: LetterFilter, *, resolved: bool | None) -> list[int]:
    """Those that were named, whatever they are, else those that are chosen."""
    return list(chosen.ids) if chosen.ids else letter_ids(connection, chosen._replace(resolved=resolved))


def _each(title: str, ids: list[int], act: Callable[[int], Any], say: Callable[[list[Any]], str]) -> list[Any]:
    """What came of each letter; a bar shows how far it is."""
    results: list[Any] = []
    with progress_bar(title, len(ids)) as advance:
        for letter_id in ids:
            results.append(act(letter_id))
            advance(len(results), say(results))
    return results


def _no_such_letter(*letter_ids: int) -> click.ClickException:
    named = ", ".join(map(str, letter_ids))
    return click.ClickException(f"there is no dead letter {named}: `arrayan dead-letters list` shows them")


def _told_of_retries(results: list[Retry]) -> str:
    return f"{sum(result.outcome is Outcome.STORED for result in results)} stored"


def _facts(letter: StoredDeadLetter) -> Iterator[tuple[str, str]]:
    origin = letter.origin
    yield "Reason", f"{letter.reason}: {_line(letter.message)}"
    yield "Which means", letter.reason.meaning
    yield "Survey, night", f"{letter.survey or 'unknown'}, {letter.night or 'unknown'}"
    yield "Source", _line(origin.source)
    yield "Partition, offset", f"{origin.partition}, {origin.offset}"
    if origin.sent_at is not None:
        yield "Sent at", _moment(origin.sent_at)
    yield "Bytes", f"{letter.payload_size:,}"
    yield "First seen", _moment(letter.first_seen_at)
    yield "Last seen", f"{_moment(letter.last_seen_at)} ({letter.times_seen} times in all)"
    yield "Stored since", _moment(letter.resolved_at) if letter.resolved_at else "no"


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def _place(letter: StoredDeadLetter) -> str:
    origin = letter.origin
    in_stream = "" if origin.sent_at is None else f"[{origin.partition}]@{origin.offset}"
    return f"{_line(origin.source)}{in_stream}"


def _line(words: str) -> str:
    """In one line, and without anything that a terminal would obey: names of files are whatever somebody sent."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in words)
