"""Where the packet of an alert lies."""

from collections.abc import Mapping
from typing import NamedTuple

from strawberry.dataloader import DataLoader

from graphql_schema.loaders.grouping import answer_in_groups
from storage.packets import AlertPacket, first_packets_of, packets_of_alerts
from storage.reader import Reader


class PacketKey(NamedTuple):
    """The packet of one alert of an object, or of its first alert (candid None)."""

    object_id: int
    candid: int | None


def packet_loader(reader: Reader) -> DataLoader[PacketKey, AlertPacket | None]:
    async def read(is_first: bool, keys: list[PacketKey]) -> Mapping[PacketKey, AlertPacket | None]:
        if is_first:
            first = await first_packets_of(reader, [key.object_id for key in keys])
            return {key: first.get(key.object_id) for key in keys}
        named = await packets_of_alerts(reader, [(key.object_id, key.candid or 0) for key in keys])
        return {key: named.get((key.object_id, key.candid or 0)) for key in keys}

    async def load(keys: list[PacketKey]) -> list[AlertPacket | None]:
        found = await answer_in_groups(keys, lambda key: key.candid is None, read)
        return [found[key] for key in keys]

    return DataLoader(load_fn=load)
