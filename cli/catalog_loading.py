"""From files to a catalogue: what the columns are, said aloud; then row by row, with a bar."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from psycopg import Connection

from catalogs.open_table import open_table
from catalogs.positions import Angle, check_frame
from catalogs.roles import Named, Roles, find_roles
from catalogs.sources import BadRow, SourceReader, Sources
from catalogs.table import TableFile, UnreadableTable, told_names
from cli.progress import progress_bar
from domain.catalog import (
    DEFAULT_RADIUS_ARCSEC,
    Catalog,
    CatalogColumn,
    CatalogDescription,
    UnknownCatalog,
    checked_name,
    checked_radius,
)
from storage.catalog_load import CatalogLoad, SourceRows, stored_catalog

SHOWN_PROBLEMS = 10


class Wishes(NamedTuple):
    """What a person says of a catalogue; None leaves it to the files, to the catalogue that is replaced, or to a
    default."""

    name: str
    named: Named = Named()
    ra_written: Angle | None = None
    dec_written: Angle | None = None
    columns: tuple[str, ...] = ()
    units: Mapping[str, str] = {}
    description: str | None = None
    radius_arcsec: float | None = None
    at_ingest: bool | None = None
    skip_bad: bool = False


class Plan(NamedTuple):
    """What will be loaded: files with the roles of their columns, and the catalogue they make."""

    tables: Sequence[tuple[TableFile, Roles]]
    catalog: CatalogDescription
    remarks: Sequence[str]
    """What was guessed, for the person who has to know."""


class Loaded(NamedTuple):
    """A catalogue that was loaded, and the first of the rows that were left out, in words."""

    catalog: Catalog
    problems: Sequence[str]


def plan_load(connection: Connection, paths: Sequence[Path], wishes: Wishes) -> Plan:
    """Open every file and find out what its columns are, before anything is read. Raises UnreadableTable,
    InvalidCatalog."""
    checked_name(wishes.name)
    tables = [open_table(path) for path in paths]
    found = [(table, find_roles(table, wishes.named)) for table in tables]
    remarks = list(dict.fromkeys(remark for _, roles in found for remark in roles.guessed))
    remarks += [remark for table in tables if (remark := check_frame(table)) is not None]
    columns = _chosen_columns(found[0], wishes)
    for table, roles in found[1:]:
        _require_same_columns(table, roles, columns, wishes)
    return Plan(found, _described(connection, tables[0], columns, wishes), tuple(dict.fromkeys(remarks)))


def load(connection: Connection, plan: Plan, wishes: Wishes) -> Loaded:
    """Read the files and make the catalogue. Raises BadRow at the first row that cannot be used, unless these are
    to be skipped; nothing is loaded then."""
    problems: list[str] = []
    skipped = 0
    total = sum(table.size for table, _ in plan.tables)
    with (
        CatalogLoad(connection, plan.catalog) as loading,
        progress_bar(f"Loading {plan.catalog.name}", total) as advance,
    ):
        for reader, sources, done in _read(plan, wishes):
            if sources.bad and not wishes.skip_bad:
                raise BadRow(
                    f"{reader.problem(sources.bad[0])}. Nothing is loaded; --skip-bad goes on without such rows"
                )
            skipped += len(sources.bad)
            problems += [reader.problem(bad) for bad in sources.bad[: SHOWN_PROBLEMS - len(problems)]]
            loading.add(SourceRows(sources.ids, sources.ra, sources.dec, sources.values))
            advance(done, f"{loading.row_count:,} rows" + (f", {skipped:,} skipped" if skipped else ""))
        if loading.row_count == 0:
            raise UnreadableTable("the files have no row that can be used; nothing is loaded")
        advance(total, f"{loading.row_count:,} rows, sorting and indexing")
        return Loaded(loading.finish(skipped), problems)


def _read(plan: Plan, wishes: Wishes) -> Iterator[tuple[SourceReader, Sources, float]]:
    names = [column.name for column in plan.catalog.columns]
    before = 0.0
    for table, roles in plan.tables:
        own_names = [table.column(name).name for name in names]
        reader = SourceReader(table, roles, own_names, wishes.ra_written, wishes.dec_written)
        for sources in reader.read():
            yield reader, sources, before + sources.position
        before += table.size


def _chosen_columns(first: tuple[TableFile, Roles], wishes: Wishes) -> tuple[CatalogColumn, ...]:
    """The columns to keep: those that were named, else all but identifier and position."""
    table, roles = first
    taken = {column.name for column in (roles.id, roles.ra, roles.dec) if column is not None}
    names = wishes.columns or tuple(column.name for column in table.columns if column.name not in taken)
    columns = [table.column(name) for name in dict.fromkeys(names)]
    units = {table.column(name).name: unit for name, unit in wishes.units.items()}
    if unused := units.keys() - {column.name for column in columns}:
        raise UnreadableTable(
            f"a unit is given for {', '.join(sorted(unused))}, which is not among the columns kept"
        )
    return tuple(
        CatalogColumn(column.name, units.get(column.name, column.unit), column.description) for column in columns
    )


def _require_same_columns(
    table: TableFile, roles: Roles, columns: tuple[CatalogColumn, ...], wishes: Wishes
) -> None:
    """That a further file has all columns, in the same units, and no others that would be lost. Raises
    UnreadableTable."""
    told = {name.lower() for name in wishes.units}
    known = {role.name for role in (roles.id, roles.ra, roles.dec) if role is not None}
    for column in columns:
        own = table.column(column.name)
        known.add(own.name)
        if own.unit != column.unit and column.name.lower() not in told:
            raise UnreadableTable(
                f"{table.name}: column {own.name!r} has the unit {own.unit or 'none'}, in the first file "
                f"{column.unit or 'none'}; convert it, or say --unit {column.name}=UNIT where it is the same"
            )
    more = [column for column in table.columns if column.name not in known]
    if more and not wishes.columns:
        raise UnreadableTable(
            f"{table.name} has columns that the first file lacks: {told_names(more)}; "
            "name those to keep by --column"
        )


def _described(
    connection: Connection, table: TableFile, columns: tuple[CatalogColumn, ...], wishes: Wishes
) -> CatalogDescription:
    """What the person says, else what was said of the catalogue that is replaced, else what the file says."""
    old: Catalog | None = None
    with suppress(UnknownCatalog):
        old = stored_catalog(connection, wishes.name)
    description = wishes.description
    if description is None:
        description = old.description if old is not None else (table.description or "")
    radius = wishes.radius_arcsec
    if radius is None:
        radius = old.default_radius_arcsec if old is not None else DEFAULT_RADIUS_ARCSEC
    at_ingest = wishes.at_ingest
    if at_ingest is None:
        at_ingest = old.at_ingest if old is not None else False
    return CatalogDescription(wishes.name, description, checked_radius(radius), at_ingest, columns)
