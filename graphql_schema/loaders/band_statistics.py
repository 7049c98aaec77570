"""Summaries per object and band."""

from strawberry.dataloader import DataLoader

from domain.statistics import BandStatistics
from storage.band_statistics import band_statistics_of
from storage.reader import Reader


def band_statistics_loader(reader: Reader) -> DataLoader[int, list[BandStatistics]]:
    async def load(keys: list[int]) -> list[list[BandStatistics]]:
        found = await band_statistics_of(reader, keys)
        return [found.get(key, []) for key in keys]

    return DataLoader(load_fn=load)
