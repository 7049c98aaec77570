"""arrayan evaluate late."""

from pathlib import Path

import click


@click.command("late")
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

    models = load_models(MODEL if model is None else model)
    report = late.evaluate_late(folder, models, simulated, lambda text: click.echo(text, err=True))
    click.echo(report_text(report))
    if as_json:
        click.echo(json_line(report))
