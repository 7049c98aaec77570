"""arrayan export."""

from pathlib import Path

import click

from cli.hats_export import export as export_catalogs
from cli.hats_export import plan_export, require_free
from cli.progress import progress_bar
from cli.stores import running_database
from runtime.settings import load_settings
from storage.sky_export import one_moment

NAMES = ("objects", "detections", "light_curves")


@click.command()
@click.option(
    "--hats",
    "target",
    required=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder to make, with a HATS catalogue in a folder of its own for each of them.",
)
@click.option(
    "--catalog",
    "names",
    multiple=True,
    type=click.Choice(NAMES),
    help="Only this catalogue; may be repeated.  [default: all]",
)
@click.option(
    "--rows-per-partition",
    type=click.IntRange(min=1),
    default=1_000_000,
    show_default=True,
    help="A HEALPix pixel with more rows (of light curves: detections) is cut into four.",
)
def export(target: Path, names: tuple[str, ...], rows_per_partition: int) -> None:
    """Take the whole archive out as HATS catalogues, which LSDB reads.

    `objects` has a row for every object, `detections` one for every detection with the key of its object, and
    `light_curves` objects with detections, non-detections and forced photometry nested in each row. They are
    the database at one moment, whatever is taken in meanwhile.

    The folder appears when everything is in it. An export that is cut short leaves `<folder>.unfinished`, which
    the next one removes.
    """
    require_free(target)
    settings = load_settings()
    chosen = [name for name in NAMES if not names or name in names]
    with running_database(settings) as url, one_moment(url) as connection:
        plans = plan_export(connection, chosen, rows_per_partition)
        with progress_bar("Taking out", sum(plan.weight for plan in plans)) as advance:
            done = export_catalogs(connection, plans, target, advance)
    for name, rows, files in done:
        click.echo(f"{target / name}: {rows:,} rows in {files:,} files.")
