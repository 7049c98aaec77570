"""What classifiers said of objects, and what they went by."""

from collections.abc import Mapping
from typing import NamedTuple

from strawberry.dataloader import DataLoader

from domain.taxonomy import TaxonClass
from graphql_schema.loaders.grouping import answer_in_groups
from storage.classifications import (
    StoredClassification,
    classification_history_of,
    latest_classifications_of,
)
from storage.classifiers import classes_of
from storage.features import features_of
from storage.reader import Columns, Reader


class HistoryPage(NamedTuple):
    """Which answers of an object: of one classifier or of all, so many, from behind a cursor."""

    classifier: str | None
    limit: int
    after: str | None


class HistoryKey(NamedTuple):
    """A page of an object's history."""

    object_id: int
    page: HistoryPage


class FeaturesKey(NamedTuple):
    """Features of an object, with or without unit and description."""

    object_id: int
    described: bool


def classification_loader(reader: Reader) -> DataLoader[int, list[StoredClassification]]:
    async def load(keys: list[int]) -> list[list[StoredClassification]]:
        found = await latest_classifications_of(reader, keys)
        return [found.get(key, []) for key in keys]

    return DataLoader(load_fn=load)


def classification_history_loader(reader: Reader) -> DataLoader[HistoryKey, list[StoredClassification]]:
    async def read(page: HistoryPage, keys: list[HistoryKey]) -> Mapping[HistoryKey, list[StoredClassification]]:
        ids = [key.object_id for key in keys]
        found = await classification_history_of(reader, ids, page.classifier, limit=page.limit, after=page.after)
        return {key: found.get(key.object_id, []) for key in keys}

    async def load(keys: list[HistoryKey]) -> list[list[StoredClassification]]:
        found = await answer_in_groups(keys, lambda key: key.page, read)
        return [found[key] for key in keys]

    return DataLoader(load_fn=load)


def feature_loader(reader: Reader) -> DataLoader[FeaturesKey, Columns]:
    async def load(keys: list[FeaturesKey]) -> list[Columns]:
        ids = list(dict.fromkeys(key.object_id for key in keys))
        found = await features_of(reader, ids, described=any(key.described for key in keys))
        return [found.get(key.object_id, {}) for key in keys]

    return DataLoader(load_fn=load)


def taxonomy_loader(reader: Reader) -> DataLoader[int, list[TaxonClass]]:
    async def load(keys: list[int]) -> list[list[TaxonClass]]:
        found = await classes_of(reader, keys)
        return [found.get(key, []) for key in keys]

    return DataLoader(load_fn=load)
