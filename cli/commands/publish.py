"""arrayan publish."""

import asyncio
import functools
import json
from collections.abc import Iterator
from contextlib import contextmanager

import click
from psycopg import Connection

from cli.kafka_options import bootstrap_option
from cli.metrics_port import metrics_served
from cli.readiness import readiness_of
from cli.stores import reader_of, running_database, writing_connection
from cli.stream_logging import log_to_standard_error
from publish.avro import KINDS, Encode, in_container, in_wire_format, schema_text
from publish.messages import Messages, Stream
from publish.publisher import WAY, Begin, Published, Publisher
from runtime.kafka import KafkaConnection, NewTopics, Sender
from runtime.metrics import PUBLISH
from runtime.readiness import Readiness
from runtime.settings import Settings, load_settings
from runtime.shutdown import Shutdown, shutdown_by_signals


@click.group()
def publish() -> None:
    """Send events on: every alert that is stored, every answer of a classifier."""


@publish.command()
@click.argument("kind", type=click.Choice(KINDS))
def schema(kind: str) -> None:
    """Print the Avro schema of a kind of event."""
    click.echo(schema_text(kind), nl=False)


@publish.command()
@click.option(
    "--stream",
    "streams",
    multiple=True,
    type=click.Choice([stream.value for stream in Stream]),
    help="What to send: answers by classifier, answers by class, new alerts. May be given several times.  "
    "[default: all three]",
)
@click.option("--prefix", default="arrayan", show_default=True, help="How the names of the topics begin.")
@click.option("--name", default="kafka", show_default=True, help="Under which its place is noted in the database.")
@click.option(
    "--from",
    "begin",
    type=click.Choice(["oldest", "newest"]),
    default="oldest",
    show_default=True,
    help="Where a new name begins: with the oldest event that is kept, or with what happens from now on.",
)
@click.option("--skip-missing", is_flag=True, help="Go on at the oldest event when some are gone unsent.")
@click.option("--stop-at-end", is_flag=True, help="End when everything is sent that is there.")
@click.option(
    "--partitions", type=click.IntRange(1), default=1, show_default=True, help="Partitions of topics that it makes."
)
@click.option(
    "--schema-id",
    "schema_ids",
    multiple=True,
    metavar="KIND=ID",
    help="Send in Confluent's wire format, with the id that a registry gave the schema: classified=7. Once for "
    "each kind.  [default: a container with its schema each]",
)
@bootstrap_option()
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON on standard output.")
def kafka(
    streams: tuple[str, ...],
    prefix: str,
    name: str,
    begin: str,
    skip_missing: bool,
    stop_at_end: bool,
    partitions: int,
    schema_ids: tuple[str, ...],
    bootstrap: str | None,
    as_json: bool,
) -> None:
    """Send events to Kafka topics, until Ctrl-C or SIGTERM.

    Topics are named for what is on them: arrayan.classified.early, arrayan.classified.early.SN,
    arrayan.detected.ztf. The key of a message is the id of its event. What was sent is noted after the brokers have
    it, so that nothing is lost however this ends, and some events may come twice. One process publishes a name.
    """
    settings = load_settings()
    chosen = [Stream(stream) for stream in streams] or list(Stream)
    messages = Messages(_encoding(schema_ids), chosen, prefix)
    sender = Sender(KafkaConnection.of(settings, bootstrap), NewTopics(partitions))
    log_to_standard_error(settings)
    with running_database(settings) as url:
        with writing_connection(url, "publish"):
            pass
        readiness = Readiness(WAY)
        with metrics_served(settings, readiness_of(url, readiness), PUBLISH), shutdown_by_signals() as shutdown:
            begins = Begin(begin == "newest", skip_missing)
            run = functools.partial(_published, settings, url, name, messages, sender, shutdown, readiness)
            done = asyncio.run(run(begins, stop_at_end))
    sender.close()
    if as_json:
        click.echo(json.dumps(done._asdict()))
    else:
        click.echo(f"{done.events:,} events, {done.messages:,} messages.")


async def _published(
    settings: Settings,
    url: str,
    name: str,
    messages: Messages,
    sender: Sender,
    shutdown: Shutdown,
    readiness: Readiness,
    begin: Begin,
    stop_at_end: bool,
) -> Published:
    @contextmanager
    def open_connection() -> Iterator[Connection]:
        with writing_connection(url, "publish") as connection:
            yield connection

    reader = reader_of(url, settings)
    await reader.open()
    try:
        publisher = Publisher(name, open_connection, reader, messages, sender, shutdown, readiness)
        return await publisher.run(begin, stop_at_end=stop_at_end)
    finally:
        await reader.close()


def _encoding(schema_ids: tuple[str, ...]) -> Encode:
    if not schema_ids:
        return in_container
    found: dict[str, int] = {}
    for text in schema_ids:
        kind, _, number = text.partition("=")
        if kind not in KINDS or not number.isdigit() or int(number) >= 2**32:
            raise click.BadParameter(f"{text!r} is not like classified=7", param_hint="--schema-id")
        found[kind] = int(number)
    if set(found) != set(KINDS):
        raise click.BadParameter(f"give one for each of {', '.join(KINDS)}", param_hint="--schema-id")
    return in_wire_format(found)
