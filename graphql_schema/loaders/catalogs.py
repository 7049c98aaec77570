"""Catalogues by name, and their sources near objects."""

from collections.abc import Mapping
from typing import NamedTuple

from strawberry.dataloader import DataLoader

from domain.catalog import Catalog, UnknownCatalog, unknown_catalog
from domain.sky_object import SkyObject
from graphql_schema.limits import MAX_CROSSMATCHES
from graphql_schema.loaders.grouping import answer_in_groups
from storage.catalogs import FoundSource, crossmatches_of, list_catalogs
from storage.reader import Reader


class CrossmatchKey(NamedTuple):
    """What catalogues have near an object; of all of them without names."""

    center: SkyObject
    radius_arcsec: float
    names: tuple[str, ...] | None


def catalog_loader(reader: Reader) -> DataLoader[str, Catalog]:
    """Raises UnknownCatalog for a name that none has."""

    async def load(names: list[str]) -> list[Catalog | UnknownCatalog]:
        known = {catalog.name: catalog for catalog in await list_catalogs(reader)}
        return [known.get(name) or unknown_catalog(name, list(known)) for name in names]

    return DataLoader(load_fn=load)


def crossmatch_loader(reader: Reader) -> DataLoader[CrossmatchKey, list[FoundSource]]:
    async def read(
        group: tuple[float, tuple[str, ...] | None], keys: list[CrossmatchKey]
    ) -> Mapping[CrossmatchKey, list[FoundSource]]:
        radius_arcsec, names = group
        found = await crossmatches_of(
            reader,
            [key.center for key in keys],
            radius_arcsec=radius_arcsec,
            names=names,
            most=MAX_CROSSMATCHES,
        )
        return {key: found.get(key.center.object_id, []) for key in keys}

    async def load(keys: list[CrossmatchKey]) -> list[list[FoundSource]]:
        found = await answer_in_groups(keys, lambda key: (key.radius_arcsec, key.names), read)
        return [found[key] for key in keys]

    return DataLoader(load_fn=load)
