"""arrayan classify."""

import json
from collections.abc import Iterator, Sequence

import click
from psycopg import Connection

from classify.counting import begin_counting
from classify.registry import load_classifier, load_classifiers
from classify.worker import STORE, kind_of, make_current, make_known
from cli.classify_progress import classify_progress
from cli.classify_worker import classify_objects
from cli.commands.classify_file import file
from cli.metrics_port import metrics_served
from cli.readiness import readiness_of
from cli.stores import running_database, writing_connection
from cli.stream_logging import log_to_standard_error
from domain.classification import WhyUnanswered
from runtime.metrics import CLASSIFY
from runtime.readiness import Readiness
from runtime.settings import load_settings
from runtime.shutdown import shutdown_by_signals
from storage.classification_state import ObjectState, states_of_object
from storage.classification_work import (
    SetAside,
    deferred_work,
    failed_work,
    queue_existing,
    retry_failed,
    waiting_work,
)
from storage.classifiers import registered_names
from storage.classifiers import retire as retire_classifier

MOMENT = "%Y-%m-%d %H:%M:%S %Z"


@click.group()
def classify() -> None:
    """Run the classifiers on what waits for them, see what waits, and queue more.

    Alerts make the work: their first stamps for early classifiers, light curves as they grow for late ones.
    """


@classify.command()
@click.option("--classifier", "names", multiple=True, metavar="NAME", help="Only this classifier; may be repeated.")
@click.option("--once", is_flag=True, help="End when nothing is left to do, instead of waiting for more.")
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON on standard output.")
def run(names: tuple[str, ...], once: bool, as_json: bool) -> None:
    """Classify what waits, until Ctrl-C or SIGTERM.

    Start as many as you like: they share the work. Nothing is lost however one ends, and nothing is answered
    twice. While the database is away, it waits and tries again.
    """
    settings = load_settings()
    log_to_standard_error(settings)
    classifiers = load_classifiers(names)
    if not classifiers:
        raise click.ClickException("there is no classifier in this release")
    with running_database(settings) as url:
        with writing_connection(url, "classify") as connection:
            for classifier in classifiers:
                make_known(connection, classifier)
        begin_counting(classifier.name for classifier in classifiers)
        readiness = Readiness(STORE)
        readiness.found(STORE)
        with (
            metrics_served(settings, readiness_of(url, readiness), CLASSIFY),
            shutdown_by_signals() as shutdown,
            classify_progress() as tell,
        ):
            done = classify_objects(
                settings, url, classifiers, shutdown, once=once, on_progress=tell, readiness=readiness
            )
    if as_json:
        click.echo(json.dumps(done._asdict()))
        return
    click.echo(f"{done.answered} answers stored, {done.failed} objects could not be classified.")
    if done.deferred:
        click.echo(f"{done.deferred} objects wait for more detections: `arrayan classify deferred`.")
    if done.failed:
        click.echo("See `arrayan classify failures`.")


@classify.command()
@click.option("--json", "as_json", is_flag=True, help="One line of JSON.")
def status(as_json: bool) -> None:
    """Say what waits for each classifier, and since when.

    What failed waits to change or to be retried: `arrayan classify failures` lists it with the reasons. What needs
    more detections is asked about again as it grows, and nothing is wrong with it: `arrayan classify deferred`. For
    a single object there is `arrayan classify why`.
    """
    with running_database(load_settings()) as url, writing_connection(url, "status") as connection:
        waiting = waiting_work(connection)
    if as_json:
        click.echo(json.dumps([{**one._asdict(), "since": one.since and one.since.isoformat()} for one in waiting]))
        return
    if not waiting:
        click.echo("Nothing waits.")
    for one in waiting:
        since = f", the oldest since {one.since:{MOMENT}}" if one.since else ""
        click.echo(
            f"{one.classifier:<12} {one.waiting:,} wait ({one.claimed:,} in work), {one.failed:,} failed, "
            f"{one.deferred:,} need more detections{since}"
        )


_limit = click.option(
    "--limit", type=click.IntRange(1), default=50, show_default=True, help="Most objects to list."
)
_of_one = click.option("--classifier", metavar="NAME", help="Only of this classifier.")
_json = click.option("--json", "as_json", is_flag=True, help="One line of JSON.")


@classify.command()
@_limit
@_of_one
@_json
def failures(limit: int, classifier: str | None, as_json: bool) -> None:
    """List objects that could not be classified, newest first, with the reason of each.

    They are tried again when the object changes, or with `arrayan classify retry`.
    """
    with running_database(load_settings()) as url, writing_connection(url, "classify") as connection:
        _require_known(connection, classifier)
        found = failed_work(connection, limit, classifier)
    _list(found, "No failures.", as_json)


@classify.command()
@_limit
@_of_one
@_json
def deferred(limit: int, classifier: str | None, as_json: bool) -> None:
    """List objects of which there is too little yet, newest first, with what is missing.

    Nothing is wrong with them, and nothing is to be done: they are asked about again as they grow.
    """
    with running_database(load_settings()) as url, writing_connection(url, "classify") as connection:
        _require_known(connection, classifier)
        found = deferred_work(connection, limit, classifier)
    _list(found, "No object waits for more detections.", as_json)


def _list(found: Sequence[SetAside], nothing: str, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps([{**one._asdict(), "at": one.at.isoformat()} for one in found]))
        return
    if not found:
        click.echo(nothing)
    for one in found:
        click.echo(f"{one.classifier:<12} {one.object_name:<24} {one.at:{MOMENT}}  {_line(one.reason)}")


def _line(reason: str | None) -> str:
    """A reason without line breaks: exceptions may have some."""
    return " ".join((reason or "").split())


def _require_known(connection: Connection, name: str | None) -> None:
    """Refuse a name that no classifier here has, rather than find nothing of it."""
    names = registered_names(connection)
    if name is not None and name not in names:
        raise click.ClickException(
            f"no classifier named {name!r} is registered here; there are: {', '.join(names) or 'none'}"
        )


@classify.command()
@click.argument("name", metavar="OBJECT")
def why(name: str) -> None:
    """Say of an object why each classifier has answered for it, or has not.

    OBJECT is its name, as the survey gave it.
    """
    with running_database(load_settings()) as url, writing_connection(url, "classify") as connection:
        found = states_of_object(connection, name)
    if found is None:
        raise click.ClickException(f"no object is named {name!r}")
    if not found:
        click.echo("No classifier is registered here: `arrayan classify run` registers them.")
    for one in found:
        for line in _said_of(one):
            click.echo(f"{one.classifier:<12} {line}")


def _said_of(one: ObjectState) -> Iterator[str]:
    """Lines for people, what is now before what was."""
    since = f"{one.since:{MOMENT}}" if one.since else ""
    if one.work is WhyUnanswered.FAILED:
        yield f"failed on {since}: {_line(one.reason)}"
    elif one.work is WhyUnanswered.DEFERRED:
        yield f"needs more detections since {since}: {_line(one.reason)}"
    elif one.work is WhyUnanswered.WAITING:
        yield f"{'is in work' if one.is_claimed else 'waits'}, queued on {since}"
    elif one.missing is not None:
        yield f"never asked: {one.why_never_asked}"
    if one.answered_at is not None:
        yield (
            f"{one.answered_version} answered on {one.answered_at:{MOMENT}}: {one.class_}, "
            f"probability {one.probability:.3f}"
        )


@classify.command()
@click.argument("name", metavar="CLASSIFIER")
@click.option("--all", "anew", is_flag=True, help="Also objects that the current version has answered for.")
def queue(name: str, anew: bool) -> None:
    """Queue every object that a classifier can answer for: after a new version, say.

    Those that the current version has answered for are left out, unless --all is given. What failed, or needs more
    detections, is asked about again.
    """
    classifier = load_classifier(name)
    with running_database(load_settings()) as url, writing_connection(url, "classify") as connection:
        make_current(connection, classifier)
        queued = queue_existing(connection, name, kind_of(classifier.needs), anew=anew)
    click.echo(f"{queued} objects queued for {name} {classifier.version}.")


@classify.command()
@click.argument("name", metavar="CLASSIFIER")
def retry(name: str) -> None:
    """Let objects that could not be classified be tried again."""
    with running_database(load_settings()) as url, writing_connection(url, "classify") as connection:
        _require_known(connection, name)
        again = retry_failed(connection, name)
    click.echo(f"{again} objects will be tried again.")


@classify.command()
@click.argument("name", metavar="CLASSIFIER")
def retire(name: str) -> None:
    """Queue no more work for a classifier, and forget what waits for it; its answers stay.

    Running it again undoes this.
    """
    with running_database(load_settings()) as url, writing_connection(url, "classify") as connection:
        _require_known(connection, name)
        forgotten = retire_classifier(connection, name)
    click.echo(f"{name} gets no more work; {forgotten} waiting objects were forgotten.")


classify.add_command(file)
