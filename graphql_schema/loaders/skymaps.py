"""Sky maps with their pixels."""

from strawberry.dataloader import DataLoader

from domain.skymap import Skymap
from storage.reader import Reader
from storage.skymaps import load_skymap


def skymap_loader(reader: Reader) -> DataLoader[str, Skymap]:
    async def load(keys: list[str]) -> list[Skymap]:
        return [await load_skymap(reader, key) for key in keys]

    return DataLoader(load_fn=load)
