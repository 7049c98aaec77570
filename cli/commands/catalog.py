"""arrayan catalog."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from psycopg import Connection

from catalogs.open_table import FORMATS
from catalogs.positions import Angle
from catalogs.roles import Named
from cli.catalog_loading import Wishes, load, plan_load
from cli.progress import console, progress_bar
from cli.stores import running_database, writing_connection
from domain.catalog import DEFAULT_RADIUS_ARCSEC, Catalog
from runtime.settings import load_settings
from storage.catalog_load import remove_catalog, stored_catalog, stored_catalogs
from storage.catalog_matches import count_of_objects, fill_matches, match_at_ingest, stop_matching

json_option = click.option("--json", "as_json", is_flag=True, help="One line of JSON on standard output.")


class Units(click.ParamType[tuple[str, str]]):
    """`mag=mag`: a column and its unit."""

    name = "column=unit"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, str]:
        column, separator, unit = str(value).partition("=")
        if not (column and separator and unit):
            self.fail(f"{value!r} is not COLUMN=UNIT", param, ctx)
        return column, unit


@click.group()
def catalog() -> None:
    """Catalogues to search and to match objects with: add, list, show, match and remove them.

    They are tables that others published; whether you may use and serve one is for its terms to say.
    """


@catalog.command()
@click.argument("name")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--id", "id_column", metavar="COLUMN", help="Column of identifiers.  [default: found by UCD or name]")
@click.option("--ra", "ra_column", metavar="COLUMN", help="Column of right ascension, ICRS.  [default: as above]")
@click.option("--dec", "dec_column", metavar="COLUMN", help="Column of declination, ICRS.  [default: as above]")
@click.option(
    "--ra-unit",
    type=click.Choice([angle.value for angle in Angle]),
    help="How right ascensions are written.  [default: as the file says, else as they look]",
)
@click.option(
    "--dec-unit",
    type=click.Choice([angle.value for angle in Angle if angle is not Angle.HOURS]),
    help="How declinations are written.  [default: as above]",
)
@click.option("--column", "columns", multiple=True, help="Keep this column; may be repeated.  [default: all]")
@click.option(
    "--unit",
    "units",
    multiple=True,
    type=Units(),
    help="Unit of a column, in place of the file's; may be repeated.",
)
@click.option("--description", help="What it is, in a sentence.  [default: as the file says]")
@click.option(
    "--radius",
    type=float,
    metavar="ARCSEC",
    help=f"A source this near belongs to an object.  [default: {DEFAULT_RADIUS_ARCSEC:g}]",
)
@click.option("--at-ingest/--not-at-ingest", default=None, help="Match objects with it as they come in.")
@click.option("--skip-bad", is_flag=True, help="Go on without rows that cannot be used, and count them.")
@json_option
def add(
    name: str,
    files: tuple[Path, ...],
    id_column: str | None,
    ra_column: str | None,
    dec_column: str | None,
    ra_unit: str | None,
    dec_unit: str | None,
    columns: tuple[str, ...],
    units: tuple[tuple[str, str], ...],
    description: str | None,
    radius: float | None,
    at_ingest: bool | None,
    skip_bad: bool,
    as_json: bool,
) -> None:
    """Load a catalogue from files, in place of one of that name if there is one.

    Formats: CSV (also with tabs, semicolons, or as ECSV), VOTable, FITS, Parquet, and HATS folders. Readers see
    the old catalogue until the new one is complete. What is not said of one that is replaced stays as it was.
    """
    wishes = Wishes(
        name=name,
        named=Named(id_column, ra_column, dec_column),
        ra_written=None if ra_unit is None else Angle(ra_unit),
        dec_written=None if dec_unit is None else Angle(dec_unit),
        columns=columns,
        units=dict(units),
        description=description,
        radius_arcsec=radius,
        at_ingest=at_ingest,
        skip_bad=skip_bad,
    )
    with _database() as connection:
        plan = plan_load(connection, files, wishes)
        for remark in plan.remarks:
            console.print(f"{remark[0].upper()}{remark[1:]}.")
        loaded = load(connection, plan, wishes)
        if loaded.catalog.at_ingest:
            loaded = loaded._replace(catalog=_fill(connection, loaded.catalog))
    if as_json:
        click.echo(json.dumps({**_as_json(loaded.catalog), "problems": list(loaded.problems)}))
        return
    for problem in loaded.problems:
        click.echo(f"Skipped: {problem}")
    click.echo(f"{_told(loaded.catalog)}.")


@catalog.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the catalogues that there are."""
    with _database() as connection:
        catalogs = stored_catalogs(connection)
    if as_json:
        click.echo(json.dumps([_as_json(one) for one in catalogs]))
        return
    if not catalogs:
        click.echo(f"No catalogues. `arrayan catalog add` takes {FORMATS}.")
    for one in catalogs:
        click.echo(_told(one))


@catalog.command()
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show a catalogue and its columns."""
    with _database() as connection:
        found = stored_catalog(connection, name)
    if as_json:
        click.echo(json.dumps(_as_json(found)))
        return
    for label, value in (
        ("Name", found.name),
        ("Description", found.description or "none"),
        ("Rows", f"{found.row_count:,}"),
        ("Rows left out", f"{found.skipped_count:,}"),
        ("Default radius", f"{found.default_radius_arcsec:g} arcsec"),
        ("Matched at ingest", "yes" if found.at_ingest else "no"),
        ("Matches stored", "of all objects" if found.is_matched else "not of all objects"),
        ("Loaded", f"{found.loaded_at:%Y-%m-%d %H:%M:%S} UTC"),
    ):
        click.echo(f"{label:<18} {value}")
    for column in found.columns:
        click.echo(f"  {column.name:<24} {column.unit or '-':<12} {column.description or ''}".rstrip())


@catalog.command()
@click.argument("name")
@click.option("--stop", is_flag=True, help="Match no more objects with it, and forget the matches.")
@json_option
def match(name: str, stop: bool, as_json: bool) -> None:
    """Match objects with a catalogue as they come in, those that are there already included.

    May be interrupted and run again. What `arrayan catalog add --at-ingest` does at the end.
    """
    with _database() as connection:
        found = stop_matching(connection, name) if stop else _fill(connection, match_at_ingest(connection, name))
    click.echo(json.dumps(_as_json(found)) if as_json else f"{_told(found)}.")


@catalog.command()
@click.argument("name")
@json_option
def remove(name: str, as_json: bool) -> None:
    """Remove a catalogue, its sources and its matches with objects."""
    with _database() as connection:
        removed = remove_catalog(connection, name)
    if as_json:
        click.echo(json.dumps({"removed": removed.name, "rows": removed.row_count}))
    else:
        click.echo(f"{removed.name} is removed, with {removed.row_count:,} rows.")


@contextmanager
def _database() -> Iterator[Connection]:
    settings = load_settings()
    with running_database(settings) as url, writing_connection(url, "catalog") as connection:
        yield connection


def _fill(connection: Connection, found: Catalog) -> Catalog:
    """Match the objects that are there, with a bar."""
    total = count_of_objects(connection)
    with progress_bar(f"Matching objects with {found.name}", total or None) as advance:
        for done in fill_matches(connection, found):
            advance(min(done, total) if total else done, f"{done:,} objects")
    return stored_catalog(connection, found.name)


def _told(one: Catalog) -> str:
    skipped = f", {one.skipped_count:,} skipped" if one.skipped_count else ""
    matched = ", matched at ingest" if one.at_ingest else ""
    if one.at_ingest and not one.is_matched:
        matched += f" (earlier objects not yet: `arrayan catalog match {one.name}`)"
    return (
        f"{one.name}: {one.row_count:,} rows{skipped}, {len(one.columns)} columns, "
        f"{one.default_radius_arcsec:g} arcsec{matched}"
    )


def _as_json(one: Catalog) -> dict[str, Any]:
    return {
        **one._asdict(),
        "loaded_at": one.loaded_at.isoformat(),
        "columns": [column._asdict() for column in one.columns],
    }
