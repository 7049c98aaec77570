"""Catalogues, and their sources near a place."""

import strawberry

from domain.catalog import Catalog as Row
from domain.catalog import CatalogColumn as Column
from storage.catalogs import FoundSource


@strawberry.type(description="A column of a catalogue, beside identifier and position.")
class CatalogColumn:
    name: str = strawberry.field(description="Name of the column, as its authors have it.")
    unit: str | None = strawberry.field(description="Unit of its values, as text; null where nobody said one.")
    description: str | None = strawberry.field(description="What it means; null where nobody said it.")

    @classmethod
    def from_row(cls, row: Column) -> "CatalogColumn":
        return cls(name=row.name, unit=row.unit, description=row.description)


@strawberry.type(description="A catalogue that others published, kept here to be searched.")
class Catalog:
    name: str = strawberry.field(description="Its name here.")
    description: str = strawberry.field(description="What it is; empty where nobody said it.")
    rows: int = strawberry.field(description="Number of its sources.")
    default_radius: float = strawberry.field(
        description="A source this near belongs to an object, for `inCatalog`; arcsec."
    )
    columns: list[CatalogColumn] = strawberry.field(description="Its columns, in the order of a match's values.")

    @classmethod
    def from_row(cls, row: Row) -> "Catalog":
        return cls(
            name=row.name,
            description=row.description,
            rows=row.row_count,
            default_radius=row.default_radius_arcsec,
            columns=[CatalogColumn.from_row(column) for column in row.columns],
        )


@strawberry.type(description="What a catalogue says of a source in one of its columns.")
class CatalogValue:
    name: str = strawberry.field(description="Name of the column.")
    value: str | None = strawberry.field(description="The value as text; null where there is none.")
    unit: str | None = strawberry.field(description="Its unit; null where nobody said one.")


@strawberry.type(description="A source of a catalogue near a place.")
class CatalogMatch:
    catalog: str = strawberry.field(description="Name of the catalogue.")
    source_id: strawberry.ID = strawberry.field(
        description="The catalogue's identifier of the source; the number of its row where it has none."
    )
    ra: float = strawberry.field(description="Right ascension of the source, degrees ICRS.")
    dec: float = strawberry.field(description="Declination of the source, degrees ICRS.")
    separation: float = strawberry.field(description="Angle to the place, arcsec.")
    values: list[CatalogValue] = strawberry.field(description="What the catalogue says of it, column by column.")

    @classmethod
    def from_found(cls, found: FoundSource) -> "CatalogMatch":
        source = found.match.source
        return cls(
            catalog=found.catalog,
            source_id=strawberry.ID(source.source_id),
            ra=source.ra,
            dec=source.dec,
            separation=found.match.separation_arcsec,
            values=[
                CatalogValue(name=column.name, value=value, unit=column.unit)
                for column, value in zip(found.columns, source.values, strict=True)
            ],
        )
