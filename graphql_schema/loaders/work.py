"""What waits for classifiers."""

from strawberry.dataloader import DataLoader

from storage.classification_state import ObjectState, states_of_objects
from storage.classification_work import Waiting, work_that_waits
from storage.reader import Reader


def work_loader(reader: Reader) -> DataLoader[str, Waiting]:
    """By the classifier's name."""

    async def load(names: list[str]) -> list[Waiting]:
        found = await work_that_waits(reader)
        return [found.get(name) or Waiting(name, 0, 0, 0, None) for name in names]

    return DataLoader(load_fn=load)


def state_loader(reader: Reader) -> DataLoader[int, list[ObjectState]]:
    """How it stands with the answers for an object, by classifier."""

    async def load(keys: list[int]) -> list[list[ObjectState]]:
        found = await states_of_objects(reader, keys)
        return [found.get(key, []) for key in keys]

    return DataLoader(load_fn=load)
