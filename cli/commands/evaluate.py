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
