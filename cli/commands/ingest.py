"""arrayan ingest."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from cli.commands.ingest_kafka import kafka
from cli.ingest_report import tell
from cli.metrics_port import metrics_served
from cli.night import take_in
from cli.readiness import readiness_of
from cli.stores import running_database, writing_connection
from cli.survey_option import chosen_survey, survey_option
from runtime.metrics import INGEST
from runtime.settings import load_settings


class PathsOrStream(click.Command):
    """Takes paths, unless the first word names a kind of stream: `./kafka` is a file of that name."""

    streams: Mapping[str, click.Command] = {kafka.name or "": kafka}

    def make_context(
        self, info_name: str | None, args: list[str], parent: click.Context | None = None, **extra: Any
    ) -> click.Context:
        if args and (stream := self.streams.get(args[0])):
            return stream.make_context(f"{info_name} {args[0]}", args[1:], parent, **extra)
        return super().make_context(info_name, args, parent, **extra)

    def format_usage(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        super().format_usage(context, formatter)
        for name in self.streams:
            formatter.write_usage(f"{context.command_path} {name}", "[OPTIONS]")

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Streams"):
            formatter.write_dl([(name, stream.get_short_help_str(80)) for name, stream in self.streams.items()])
        formatter.write(f"\n  `{context.command_path} kafka --help` says more; a file named kafka is ./kafka.\n")


@click.command(cls=PathsOrStream)
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="PATH...",
    type=click.Path(exists=True, readable=True, allow_dash=True, path_type=Path),
)
@survey_option()
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON on standard output.")
def ingest(paths: tuple[Path, ...], survey: str | None, as_json: bool) -> None:
    """Take in alerts from files, folders and tar archives (plain or compressed); `-` is standard input.

    Alerts that are there already are counted as duplicates, so the same night can be given again. What cannot
    be read becomes a dead letter with its reason and its bytes: see `arrayan dead-letters list`.
    """
    settings = load_settings()
    with (
        running_database(settings) as url,
        writing_connection(url, "ingest") as connection,
        metrics_served(settings, readiness_of(url), INGEST),
    ):
        report = take_in(connection, settings, paths, chosen_survey(survey))
    tell(report, as_json=as_json)
