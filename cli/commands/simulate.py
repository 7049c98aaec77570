"""arrayan simulate."""

from pathlib import Path

import click

from cli.progress import progress_bar
from simulate.night import write_night


@click.command()
@click.option("--alerts", type=click.IntRange(1), default=2000, show_default=True, help="Number of alerts.")
@click.option(
    "--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed gives the same night."
)
@click.option(
    "-o",
    "--output",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    default=Path("night.tar.gz"),
    show_default=True,
    help="Archive to write; what is behind each alert goes beside it, as .truth.csv.",
)
def simulate(alerts: int, seed: int, output: Path) -> None:
    """Write a simulated night of ZTF alerts, with stamps, histories, limits and forced photometry.

    Supernovae, variable stars, active galaxies, asteroids and bogus, on a sky of which everything is known.
    Their names begin with ZTF00, so that none can be taken for a real object.
    """
    with progress_bar("Simulating a night", alerts) as advance:
        summary = write_night(
            output, alerts=alerts, seed=seed, on_progress=lambda done, _total: advance(done, f"{done} alerts")
        )
    classes = ", ".join(f"{count} {name}" for name, count in summary.alerts_by_class.items())
    click.echo(
        f"{output}: {summary.alerts} alerts of {summary.objects} objects in the night of {summary.date} "
        f"({classes}), {summary.file_bytes / 1e6:.1f} MB.\n{summary.truth}: what is behind each."
    )
