"""Objects by key and by name."""

from strawberry.dataloader import DataLoader

from domain.sky_object import SkyObject
from domain.survey import SurveyName
from storage.objects import objects_by_id, objects_by_name
from storage.reader import Reader


def object_loader(reader: Reader) -> DataLoader[int, SkyObject | None]:
    async def load(keys: list[int]) -> list[SkyObject | None]:
        found = await objects_by_id(reader, keys)
        return [found.get(key) for key in keys]

    return DataLoader(load_fn=load)


def object_by_name_loader(reader: Reader) -> DataLoader[tuple[SurveyName, str], SkyObject | None]:
    async def load(keys: list[tuple[SurveyName, str]]) -> list[SkyObject | None]:
        found = await objects_by_name(reader, keys)
        return [found.get(key) for key in keys]

    return DataLoader(load_fn=load)
