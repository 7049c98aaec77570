"""arrayan ingest kafka."""

import functools
import logging
import re
import secrets

import click

from cli.ingest_report import tell
from cli.kafka_options import bootstrap_option, group_option, named_topics, topics_option
from cli.metrics_port import metrics_served
from cli.readiness import readiness_of
from cli.stores import running_database, writing_connection
from cli.stream import follow
from cli.stream_logging import log_to_standard_error
from cli.survey_option import chosen_survey, survey_option
from ingest.counting import begin_counting
from ingest.decoding import decode
from ingest.patient_store import OUTAGES, STORE
from ingest.report import IngestReport
from ingest.sources.kafka import KAFKA
from runtime.kafka import KafkaConnection, Topics
from runtime.metrics import INGEST
from runtime.readiness import Readiness
from runtime.settings import load_settings
from storage.ingest_runs import begin_run, finish_run

log = logging.getLogger(__name__)


@click.command("kafka")
@topics_option("Topics to read, by name.")
@click.option(
    "--pattern", metavar="REGEX", help="Topics to read: all whose whole name matches, also those that come later."
)
@group_option()
@bootstrap_option()
@survey_option()
@click.option(
    "--from",
    "begin",
    type=click.Choice(["earliest", "latest"]),
    default="earliest",
    show_default=True,
    help="Where a new group begins in topics that are there already. Later topics are read from their beginning.",
)
@click.option("--stop-at-end", is_flag=True, help="End when everything is read that was there at the start.")
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON on standard output.")
def kafka(
    topics: str | None,
    pattern: str | None,
    group: str,
    bootstrap: str | None,
    survey: str | None,
    begin: str,
    stop_at_end: bool,
    as_json: bool,
) -> None:
    """Take in alerts from Kafka, until Ctrl-C or SIGTERM.

    Start as many as there are partitions: the members of a group share them. Offsets are committed after the
    database has committed, so that nothing is lost however this ends, and nothing is stored twice. While the
    database or Kafka is away, it waits and tries again.

    ZTF, whose topics change every night: --pattern 'ztf_[0-9]{8}_programid1'
    """
    settings = load_settings()
    chosen = _chosen_topics(topics, pattern)
    brokers = KafkaConnection.of(settings, bootstrap)
    log_to_standard_error(settings)
    with running_database(settings) as url:
        with writing_connection(url, "ingest") as connection:
            run = begin_run(connection, f"kafka {chosen}", f"kafka {group} {secrets.token_hex(8)}")
        begin_counting()
        readiness = Readiness(STORE, KAFKA)
        readiness.found(STORE)
        with metrics_served(settings, readiness_of(url, readiness), INGEST):
            report = follow(
                settings,
                url,
                brokers,
                group,
                chosen,
                functools.partial(decode, survey=chosen_survey(survey)),
                begin_at_latest=begin == "latest",
                stop_at_end=stop_at_end,
                readiness=readiness,
            )
        _note_end(url, run, report)
    tell(report, as_json=as_json)


def _note_end(url: str, run: int, report: IngestReport) -> None:
    """A database that is away now costs the note, and not a good end: what was stored is stored."""
    try:
        with writing_connection(url, "ingest") as connection:
            finish_run(
                connection,
                run,
                stored=report.stored,
                duplicates=report.duplicates,
                dead_letters=report.dead_letters,
            )
    except OUTAGES as error:
        log.warning("run_not_noted error=%s", " ".join(str(error).split()))


def _chosen_topics(names: str | None, pattern: str | None) -> Topics:
    if (names is None) == (pattern is None):
        raise click.UsageError("give --topics or --pattern")
    if names is not None:
        return named_topics(names)
    assert pattern is not None
    try:
        re.compile(pattern)
    except re.error as error:
        raise click.BadParameter(
            f"{pattern!r} is no regular expression: {error}", param_hint="--pattern"
        ) from error
    return Topics(pattern=pattern)
