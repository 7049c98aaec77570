"""Options that the commands for Kafka share."""

from collections.abc import Callable
from typing import Any

import click

from runtime.kafka import Topics

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]


def group_option() -> Decorator:
    return click.option("--group", required=True, help="Consumer group; its members share the partitions.")


def bootstrap_option() -> Decorator:
    return click.option(
        "--bootstrap",
        metavar="HOST:PORT",
        help="Broker to begin with.  [default: ARRAYAN_KAFKA_BOOTSTRAP, else 127.0.0.1:9092]",
    )


def topics_option(text: str, *, required: bool = False) -> Decorator:
    return click.option("--topics", metavar="NAME[,NAME...]", required=required, help=text)


def named_topics(names: str) -> Topics:
    """Topics from a list with commas. Raises click.BadParameter when there is none in it."""
    found = tuple(name.strip() for name in names.split(",") if name.strip())
    if not found:
        raise click.BadParameter("no topic is named", param_hint="--topics")
    return Topics(names=found)
