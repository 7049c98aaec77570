"""Light curves of objects, whole or in a window."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple, TypeVar

from strawberry.dataloader import DataLoader

from domain.light_curve import StoredDetection, StoredForcedPhotometry, StoredNonDetection, Window
from graphql_schema.loaders.grouping import answer_in_groups
from storage.light_curves import detections_of, forced_photometry_of, non_detections_of
from storage.reader import Reader

Row = TypeVar("Row")


class LightCurveKey(NamedTuple):
    """An object's light curve in a window."""

    object_id: int
    window: Window


Read = Callable[[Reader, Sequence[int], Window], Awaitable[Mapping[int, list[Row]]]]


def detection_loader(reader: Reader) -> DataLoader[LightCurveKey, list[StoredDetection]]:
    return _light_curve_loader(reader, detections_of)


def non_detection_loader(reader: Reader) -> DataLoader[LightCurveKey, list[StoredNonDetection]]:
    return _light_curve_loader(reader, non_detections_of)


def forced_photometry_loader(reader: Reader) -> DataLoader[LightCurveKey, list[StoredForcedPhotometry]]:
    return _light_curve_loader(reader, forced_photometry_of)


def _light_curve_loader(reader: Reader, read: Read[Row]) -> DataLoader[LightCurveKey, list[Row]]:
    async def in_window(window: Window, keys: list[LightCurveKey]) -> Mapping[LightCurveKey, list[Row]]:
        rows = await read(reader, [key.object_id for key in keys], window)
        return {key: rows.get(key.object_id, []) for key in keys}

    async def load(keys: list[LightCurveKey]) -> list[list[Row]]:
        found = await answer_in_groups(keys, lambda key: key.window, in_window)
        return [found[key] for key in keys]

    return DataLoader(load_fn=load)
