"""arrayan train."""

import os
from pathlib import Path

import click


class TrainingUnavailable(click.ClickException):
    """The extra is not installed."""

    def __init__(self) -> None:
        super().__init__("training needs TensorFlow: pip install 'arrayan[train]'")


@click.group()
def train() -> None:
    """Train a classifier anew: the same data and seed give the same model."""


@train.command("early")
@click.option(
    "--data",
    "folders",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    multiple=True,
    required=True,
    help="Folder of real alerts with a labels.csv, or with a stamps.parquet. May be given again.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, writable=True, path_type=Path),
    default=Path("early-model"),
    show_default=True,
    help="Folder for the model, its siblings of the cross-validation and their description.",
)
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed gives the same model."
)
@click.option("--nights", type=click.IntRange(1), default=None, help="Simulated nights of 2,400 alerts.")
def train_early(folders: tuple[Path, ...], output: Path, seed: int, nights: int | None) -> None:
    """Train the early classifier on simulated nights, then with real alerts among them.

    Takes about ten minutes of one core and 4 GB. docs/models/early.md describes the recipe.
    """
    try:
        from classify.training import early
    except ImportError as error:
        raise TrainingUnavailable from error
    recipe = early.Recipe(seed=seed) if nights is None else early.Recipe(seed=seed, nights=nights)
    early.make_repeatable()
    early.train(folders, output, recipe, lambda said: click.echo(said, err=True))
    click.echo(f"{output}: version {early.VERSION}")


@train.command("late")
@click.option(
    "--data",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Folder with objects.parquet and lightcurves.parquet.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, writable=True, path_type=Path),
    default=Path("late-model"),
    show_default=True,
    help="Folder for the model and its siblings.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed, the same model.")
@click.option(
    "--simulated", type=click.IntRange(1), default=1000, show_default=True, help="Simulated objects per class."
)
@click.option("--rounds", type=click.IntRange(1), default=None, help="Boosting rounds of each model.")
@click.option(
    "--jobs", type=click.IntRange(1), default=None, help="Processes; one per core when left out. Changes no model."
)
@click.option(
    "--study", is_flag=True, help="Also train without one survey at a time, for `arrayan evaluate late` to show."
)
def train_late(
    folder: Path, output: Path, seed: int, simulated: int, rounds: int | None, jobs: int | None, study: bool
) -> None:
    """Train the late classifier on labelled light curves and simulated ones.

    Takes some minutes on two cores; with --study, twice as long. docs/models/late.md describes the recipe.
    """
    from classify.training import late, late_study, late_table

    def say(text: str) -> None:
        click.echo(text, err=True)

    used, processes = rounds or late.ROUNDS, jobs or os.cpu_count() or 1
    table = late_table.build_table(
        folder, simulated, seed, lambda name, count: say(f"{count:6d}  {name}"), processes
    )
    models = late.train_late(table, seed, used, say, processes)
    models.save(output)
    if study:
        late_study.study(table, models, used, say, processes).save(output)
    click.echo(f"{output}: version {late.VERSION}, {len(table.to_train)} light curves to learn from")
