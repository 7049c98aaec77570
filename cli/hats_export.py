"""The whole archive as HATS catalogues: read pixel by pixel, written beside their place, put there when whole."""

import shutil
from collections.abc import Callable, Sequence
from contextlib import closing
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import click
from psycopg import Connection

from cli.progress import Advance
from storage.light_curves import read_light_curve_rows
from storage.sky_export import (
    DETECTION_SOURCE,
    LIGHT_CURVE_SOURCE,
    OBJECT_SOURCE,
    Rows,
    Source,
    rows_between,
    weights_by_pixel,
)
from takeout.archive_catalogs import CATALOGS
from takeout.column import Row
from takeout.hats import Catalog, CatalogWriter
from takeout.healpix_partitions import Partition, partitions_of

FINEST_ORDER = 11
"""Pixels of 1.7 arcmin: smaller ones would hold the neighbourhood of a few objects."""
OBJECTS_AT_ONCE = 1000
"""Objects whose light curves are in memory together."""
OBJECT_ID = 1
"""Place of the object's key in a row, behind the pixel."""

SOURCES = {"objects": OBJECT_SOURCE, "detections": DETECTION_SOURCE, "light_curves": LIGHT_CURVE_SOURCE}


class Plan(NamedTuple):
    """A catalogue, where its rows come from, and the pixels it is cut into."""

    catalog: Catalog
    source: Source
    partitions: Sequence[Partition]

    @property
    def name(self) -> str:
        return self.catalog.table.name

    @property
    def weight(self) -> int:
        """Of all rows together, for a progress bar."""
        return sum(partition.rows for partition in self.partitions)


class Exported(NamedTuple):
    """What became of a catalogue."""

    name: str
    rows: int
    files: int


def plan_export(connection: Connection, names: Sequence[str], rows_per_partition: int) -> list[Plan]:
    """How the catalogues will be cut; reads the pixel of every row once."""
    plans = []
    for name in names:
        weights = weights_by_pixel(connection, SOURCES[name], FINEST_ORDER)
        plans.append(Plan(CATALOGS[name], SOURCES[name], partitions_of(weights, FINEST_ORDER, rows_per_partition)))
    return plans


def export(connection: Connection, plans: Sequence[Plan], target: Path, advance: Advance) -> list[Exported]:
    """Write the catalogues into a new folder, which is there when they are whole, and not before.

    What an export that was cut short left beside the folder is removed. Raises click.ClickException when there is
    something in the folder.
    """
    require_free(target)
    unfinished = target.with_name(f"{target.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    done = 0
    exported = []
    for plan in plans:
        writer = CatalogWriter(plan.catalog, unfinished / plan.name)
        rows = 0
        for pixel, weight in plan.partitions:
            with writer.partition(pixel) as partition:
                _write(connection, plan, pixel.first, pixel.last, partition.write)
            rows += partition.count
            done += weight
            advance(done, plan.name)
        writer.finish(f"arrayan {version('arrayan')}")
        exported.append(Exported(plan.name, rows, len(plan.partitions)))
    if target.exists():
        target.rmdir()
    unfinished.rename(target)
    return exported


def require_free(target: Path) -> None:
    """Raise click.ClickException for a place that is taken."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise click.ClickException(f"{target} is there already: name a new or an empty folder")


def _write(connection: Connection, plan: Plan, first: int, last: int, write: Callable[..., None]) -> None:
    if not plan.catalog.nested:
        with closing(rows_between(connection, plan.source, first, last)) as batches:
            for rows in batches:
                write(rows)
        return
    with closing(rows_between(connection, plan.source, first, last, OBJECTS_AT_ONCE)) as batches:
        for rows in batches:
            write(rows, _light_curves(connection, rows))


def _light_curves(connection: Connection, rows: Rows) -> list[list[list[Row]]]:
    """For each table of light curves, its rows for each object, without the object's key."""
    object_ids = [row[OBJECT_ID] for row in rows]
    tables = read_light_curve_rows(connection, object_ids)
    return [[[row[1:] for row in table.get(object_id, ())] for object_id in object_ids] for table in tables]
