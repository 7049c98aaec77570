"""What classifiers answered for alerts of nights."""

from strawberry.dataloader import DataLoader

from storage.nights import NightClass, NightKey, classes_of_nights
from storage.reader import Reader


def night_class_loader(reader: Reader) -> DataLoader[NightKey, list[NightClass]]:
    async def load(keys: list[NightKey]) -> list[list[NightClass]]:
        found = await classes_of_nights(reader, keys)
        return [found.get(key, []) for key in keys]

    return DataLoader(load_fn=load)
