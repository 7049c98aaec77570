"""arrayan train late."""

from pathlib import Path

import click

MODEL = Path("classify/models/late")


@click.command("late")
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
    "--study",
    is_flag=True,
    help="Also train without one survey at a time, on simulated objects alone, with other features; print it.",
)
def train_late(folder: Path, output: Path, seed: int, simulated: int, rounds: int | None, study: bool) -> None:
    """Train the late classifier on labelled light curves and simulated ones.

    Takes about ten minutes of one core; with --study, twenty more. docs/models/late.md describes the recipe.
    """
    from classify.training import late, late_study, late_table

    def say(text: str) -> None:
        click.echo(text, err=True)

    used = late.ROUNDS if rounds is None else rounds
    table = late_table.build_table(folder, simulated, seed, lambda name, count: say(f"{count:6d}  {name}"))
    models = late.train_late(table, seed, used, say)
    models.save(output)
    click.echo(f"{output}: version {late.VERSION}, {len(table)} light curves")
    if study:
        for line in late_study.study(table, seed, used, say):
            click.echo(line)
