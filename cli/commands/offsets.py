"""arrayan offsets."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import click

from cli.kafka_options import bootstrap_option, group_option, named_topics, topics_option
from cli.stream_logging import silence_client
from runtime.kafka import KafkaConnection, Partition, TopicReader
from runtime.kafka_offsets import GroupInUse, GroupOffsets, PartitionOffsets, standings
from runtime.settings import load_settings

EARLIEST, LATEST = "earliest", "latest"


@click.group("offsets")
def offsets() -> None:
    """Where a consumer group stands in Kafka: show it, or move it to read something again."""
    silence_client(load_settings())


@offsets.command()
@group_option()
@topics_option("Only these topics.  [default: all that the group has committed in]")
@bootstrap_option()
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def show(group: str, topics: str | None, bootstrap: str | None, as_json: bool) -> None:
    """Show committed and last offset of every partition, and the lag between them."""
    connection = KafkaConnection.of(load_settings(), bootstrap)
    chosen = None if topics is None else named_topics(topics)
    with GroupOffsets(connection, group) as group_offsets, TopicReader(connection) as reader:
        if chosen is not None:
            reader.require(chosen)
        found = standings(group_offsets, reader, chosen)
        members = group_offsets.members()
    if as_json:
        click.echo(json.dumps(_as_json(group, members, found)))
        return
    if not found:
        click.echo(f"The group {group} has committed nothing.")
        return
    width = max(len(str(standing.partition)) for standing in found)
    click.echo(f"{'PARTITION':<{width}}  {'COMMITTED':>12}  {'END':>12}  {'LAG':>12}")
    for standing in found:
        committed = "none" if standing.committed is None else f"{standing.committed:,}"
        click.echo(f"{standing.partition!s:<{width}}  {committed:>12}  {standing.end:>12,}  {standing.lag:>12,}")
    lag = sum(standing.lag for standing in found)
    click.echo(f"{members} consumers in the group {group}; lag {lag:,} in all.")


@offsets.command()
@group_option()
@topics_option("Topics to move in.", required=True)
@click.option(
    "--to-time",
    "target",
    metavar="TIME|earliest|latest",
    required=True,
    help="Read again what was sent since 2026-11-05T03:00 (UTC without a zone), everything, or nothing.",
)
@click.option("--dry-run", is_flag=True, help="Say what would be moved, and move nothing.")
@bootstrap_option()
def reset(group: str, topics: str, target: str, dry_run: bool, bootstrap: str | None) -> None:
    """Move a group that nobody is in, so that it reads again from some time on.

    Alerts that are stored already are counted as duplicates; nothing is stored twice.
    """
    connection = KafkaConnection.of(load_settings(), bootstrap)
    chosen = named_topics(topics)
    moment = target if target in (EARLIEST, LATEST) else _milliseconds(target)
    with GroupOffsets(connection, group) as group_offsets, TopicReader(connection) as reader:
        reader.require(chosen)
        before = standings(group_offsets, reader, chosen)
        after = _targets(reader, [standing.partition for standing in before], moment)
        if dry_run and (members := group_offsets.members()):
            raise GroupInUse(f"{members} consumers are in the group {group}: stop them first")
        if not dry_run:
            group_offsets.move(after)
    for standing in before:
        committed = "none" if standing.committed is None else f"{standing.committed:,}"
        click.echo(f"{standing.partition}: {committed} -> {after[standing.partition]:,} of {standing.end:,}")
    click.echo("Nothing is moved: this was a dry run." if dry_run else f"The group {group} is moved.")


def _targets(reader: TopicReader, partitions: Sequence[Partition], moment: str | int) -> Mapping[Partition, int]:
    if isinstance(moment, int):
        return reader.since(partitions, moment)
    return reader.begins(partitions) if moment == EARLIEST else reader.ends(partitions)


def _milliseconds(text: str) -> int:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.BadParameter(
            f"{text!r} is no time like 2026-11-05T03:00, and neither {EARLIEST} nor {LATEST}",
            param_hint="--to-time",
        ) from error
    return round((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000)


def _as_json(group: str, members: int, found: Sequence[PartitionOffsets]) -> dict[str, object]:
    return {
        "group": group,
        "members": members,
        "lag": sum(standing.lag for standing in found),
        "partitions": [
            {
                "topic": standing.partition.topic,
                "partition": standing.partition.number,
                "committed": standing.committed,
                "end": standing.end,
                "lag": standing.lag,
            }
            for standing in found
        ],
    }
