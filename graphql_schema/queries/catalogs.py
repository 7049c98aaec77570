"""Catalogues and their sources."""

from typing import Annotated

import strawberry

from domain.errors import InvalidPosition
from domain.sky import position
from graphql_schema.context import Info
from graphql_schema.inputs.catalogs import known_names
from graphql_schema.limits import MAX_CATALOG_SEARCH_ARCSEC, MAX_CATALOG_SOURCES, at_most
from graphql_schema.types.catalog import Catalog, CatalogMatch
from storage.catalogs import list_catalogs, sources_around


@strawberry.type
class CatalogQueries:
    @strawberry.field(description="The catalogues that are kept here, by name.")
    async def catalogs(self, info: Info) -> list[Catalog]:
        return [Catalog.from_row(row) for row in await list_catalogs(info.context.reader)]

    @strawberry.field(
        description="Sources of catalogues within radius (arcsec, at most 3600) of a position, nearest first, at "
        "most 1000 of them."
    )
    async def catalog_search(
        self,
        info: Info,
        ra: Annotated[float, strawberry.argument(description="Right ascension of the centre, degrees ICRS.")],
        dec: Annotated[float, strawberry.argument(description="Declination of the centre, degrees ICRS.")],
        catalogs: Annotated[
            list[str] | None,
            strawberry.argument(description="Only these catalogues, by name; all when null. At most 100."),
        ] = None,
        radius: Annotated[float, strawberry.argument(description="Radius, arcsec; at most 3600.")] = 50.0,
    ) -> list[CatalogMatch]:
        if not radius > 0:
            raise InvalidPosition(f"radius must be greater than 0, got {radius}")
        found = await sources_around(
            info.context.reader,
            [position(ra, dec)],
            radius_arcsec=at_most("radius", radius, MAX_CATALOG_SEARCH_ARCSEC),
            names=await known_names(info, catalogs),
            most=MAX_CATALOG_SOURCES,
        )
        return [CatalogMatch.from_found(one) for one in found]
