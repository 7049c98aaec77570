"""What waits for classifiers."""

from strawberry.dataloader import DataLoader

from storage.classification_work import Waiting, work_that_waits
from storage.reader import Reader


def work_loader(reader: Reader) -> DataLoader[str, Waiting]:
    """By the classifier's name."""

    async def load(names: list[str]) -> list[Waiting]:
        found = await work_that_waits(reader)
        return [found.get(name) or Waiting(name, 0, 0, 0, None) for name in names]

    return DataLoader(load_fn=load)
