"""Which alert of an object has stamps, and where they are."""

from collections.abc import Mapping
from typing import NamedTuple

from strawberry.dataloader import DataLoader

from graphql_schema.loaders.grouping import answer_in_groups
from storage.reader import Reader
from storage.stamps import AlertStamps, first_stamps_of, stamps_of_alerts


class StampsKey(NamedTuple):
    """Stamps of one alert of an object, or of its first alert that has some (candid None)."""

    object_id: int
    candid: int | None


def stamps_loader(reader: Reader) -> DataLoader[StampsKey, AlertStamps | None]:
    async def read(is_first: bool, keys: list[StampsKey]) -> Mapping[StampsKey, AlertStamps | None]:
        if is_first:
            first = await first_stamps_of(reader, [key.object_id for key in keys])
            return {key: first.get(key.object_id) for key in keys}
        named = await stamps_of_alerts(reader, [(key.object_id, key.candid or 0) for key in keys])
        return {key: named.get((key.object_id, key.candid or 0)) for key in keys}

    async def load(keys: list[StampsKey]) -> list[AlertStamps | None]:
        found = await answer_in_groups(keys, lambda key: key.candid is None, read)
        return [found[key] for key in keys]

    return DataLoader(load_fn=load)
