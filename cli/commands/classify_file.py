"""arrayan classify file."""

from collections.abc import Sequence
from pathlib import Path

import click

from classify.gathering import GatheredAlerts
from classify.light_curve_tables import GatheredTables
from classify.registry import load_classifiers
from classify.tables import classified_rows, require_writable, write_table
from cli.progress import progress_bar
from cli.survey_option import chosen_survey, survey_option
from domain.dead_letter import DeadLetter
from ingest.decoding import decode
from ingest.sources.files import RawFile, find_files, read_files, total_bytes
from surveys.survey import Survey

MESSAGES_SHOWN = 10


@click.command("file")
@click.argument(
    "paths",
    nargs=-1,
    required=True,
    metavar="PATH...",
    type=click.Path(exists=True, readable=True, allow_dash=True, path_type=Path),
)
@click.option(
    "-o",
    "--output",
    required=True,
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Table to write: .csv or .parquet.",
)
@click.option("--classifier", "names", multiple=True, metavar="NAME", help="Only this classifier; may be repeated.")
@survey_option()
@click.option(
    "--light-curves",
    is_flag=True,
    help="The paths are tables of detections (.csv or .parquet), of the survey given with --survey.",
)
def file(
    paths: tuple[Path, ...], output: Path, names: tuple[str, ...], survey: str | None, light_curves: bool
) -> None:
    """Classify packets, or light curves, without a database.

    All alerts of an object count, from whichever of the files, folders and archives; answers are those that a
    broker would give after the last of them. The table has one row per object and classifier: the most probable
    class, the probability of each class, and the reason where there is no answer.
    """
    require_writable(output)
    classifiers = load_classifiers(names)
    if not classifiers:
        raise click.ClickException("there is no classifier in this release")
    chosen = chosen_survey(survey)
    gathered = _tables(paths, chosen) if light_curves else _alerts(paths, chosen)
    with progress_bar("Classifying", len(gathered) * len(classifiers)) as advance:
        rows = []
        for row in classified_rows(gathered, classifiers):
            rows.append(row)
            advance(len(rows), f"{len(rows)} answers")
    write_table(output, rows, classifiers)
    failed = sum("failure" in row for row in rows)
    click.echo(f"{output}: {len(rows)} rows of {len(gathered)} objects, {failed} of them without an answer.")


def _alerts(paths: Sequence[Path], survey: Survey | None) -> GatheredAlerts:
    gathered = GatheredAlerts()
    files = find_files(paths)
    unreadable: list[DeadLetter] = []
    with progress_bar("Reading alerts", total_bytes(files)) as advance:
        for read in read_files(files):
            for item in decode(read.source, read.content, survey) if isinstance(read, RawFile) else (read.letter,):
                if isinstance(item, DeadLetter):
                    unreadable.append(item)
                else:
                    gathered.add(item)
            advance(read.consumed_bytes, f"{len(gathered)} objects")
    for letter in unreadable[:MESSAGES_SHOWN]:
        click.echo(f"{letter.origin}: {letter.message}", err=True)
    if unreadable:
        click.echo(f"{len(unreadable)} packets could not be read.", err=True)
    return gathered


def _tables(paths: Sequence[Path], survey: Survey | None) -> GatheredTables:
    if survey is None:
        raise click.UsageError("say whose light curves they are: --survey")
    gathered = GatheredTables(survey.name)
    for path in find_files(paths):
        gathered.add(path)
    return gathered
