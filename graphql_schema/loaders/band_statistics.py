"""Summaries per object and band."""

from strawberry.dataloader import DataLoader

from domain.statistics import BandStatistics
from storage.band_statistics import Medians, band_statistics_of, medians_of
from storage.reader import Reader


def band_statistics_loader(reader: Reader) -> DataLoader[int, list[BandStatistics]]:
    async def load(keys: list[int]) -> list[list[BandStatistics]]:
        found = await band_statistics_of(reader, keys)
        return [found.get(key, []) for key in keys]

    return DataLoader(load_fn=load)


def median_loader(reader: Reader) -> DataLoader[tuple[int, str], Medians | None]:
    async def load(keys: list[tuple[int, str]]) -> list[Medians | None]:
        found = await medians_of(reader, list({object_id for object_id, _ in keys}))
        return [found.get(key) for key in keys]

    return DataLoader(load_fn=load)
