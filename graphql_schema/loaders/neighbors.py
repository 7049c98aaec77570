"""Other objects around objects."""

from collections.abc import Mapping
from typing import NamedTuple

from strawberry.dataloader import DataLoader

from domain.sky_object import SkyObject
from domain.survey import SurveyName
from graphql_schema.loaders.grouping import answer_in_groups
from storage.objects import Placed, neighbors_of
from storage.reader import Reader


class NeighborKey(NamedTuple):
    """The surroundings of an object."""

    center: SkyObject
    radius_arcsec: float
    survey: SurveyName | None


def neighbor_loader(reader: Reader) -> DataLoader[NeighborKey, list[Placed]]:
    async def read(
        group: tuple[float, SurveyName | None], keys: list[NeighborKey]
    ) -> Mapping[NeighborKey, list[Placed]]:
        radius_arcsec, survey = group
        found = await neighbors_of(reader, [key.center for key in keys], radius_arcsec=radius_arcsec, survey=survey)
        return {key: found.get(key.center.object_id, []) for key in keys}

    async def load(keys: list[NeighborKey]) -> list[list[Placed]]:
        found = await answer_in_groups(keys, lambda key: (key.radius_arcsec, key.survey), read)
        return [found[key] for key in keys]

    return DataLoader(load_fn=load)
