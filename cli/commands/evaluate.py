"""arrayan evaluate."""

from pathlib import Path

import click

HELD_OUT_SEED = 77_000
"""Of the simulated night for the table of simulated alerts: no seed of training is near."""


@click.group()
def evaluate() -> None:
    """Say how good a classifier is, on labelled data."""


@evaluate.command("early")
@click.option(
    "--data",
    "folders",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    required=True,
    help="Folder of alerts with a labels.csv, with a stamps.parquet, or of simulated nights. May be given again.",
)
@click.option(
    "--simulated",
    type=click.IntRange(0),
    default=1500,
    show_default=True,
    help="Alerts to simulate for the third table, where the folders hold none.",
)
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON.")
def evaluate_early(folders: tuple[Path, ...], simulated: int, as_json: bool) -> None:
    """Precision, recall, F1 and calibration of the early classifier, for real ZTF, other and simulated alerts.

    The three tables are never merged: scores on simulated alerts say nothing about the sky.
    """
    from classify.evaluation.early import Siblings, evaluate
    from classify.training.early_examples import EarlySet, examples_in, is_simulated, joined, simulated_examples

    examples = EarlySet.of(examples_in(folders))
    if simulated and not is_simulated(examples).any():
        examples = joined([examples, EarlySet.of(simulated_examples(simulated, HELD_OUT_SEED))])
    found = evaluate(examples, Siblings())
    click.echo(found.text())
    if as_json:
        click.echo(found.json_line())


@evaluate.command("late")
@click.option(
    "--data",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Folder with objects.parquet and lightcurves.parquet.",
)
@click.option(
    "--model",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=None,
    help="Folder that `arrayan train late` wrote; the model that comes with Arrayán when left out.",
)
@click.option(
    "--simulated", type=click.IntRange(0), default=60, show_default=True, help="Objects of each class to simulate."
)
@click.option("--json", "as_json", is_flag=True, help="End with one line of JSON.")
def evaluate_late(folder: Path, model: Path | None, simulated: int, as_json: bool) -> None:
    """Precision, recall, F1 and calibration of the late classifier, for real ZTF, other and simulated objects.

    The three tables are never merged: scores on simulated objects say nothing about the sky.
    """
    from classify.classifiers.late import MODEL
    from classify.evaluation import late
    from classify.evaluation.late_report import json_line, report_text
    from classify.training.late_siblings import load_models
    from classify.training.late_study import load_study

    used = MODEL if model is None else model
    report = late.evaluate_late(
        folder, load_models(used), simulated, load_study(used), lambda text: click.echo(text, err=True)
    )
    click.echo(report_text(report))
    if as_json:
        click.echo(json_line(report))
