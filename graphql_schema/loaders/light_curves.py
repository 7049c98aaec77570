"""Light curves of objects, whole or in a window."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from strawberry.dataloader import DataLoader

from domain.light_curve import Window
from graphql_schema.loaders.grouping import answer_in_groups
from storage.light_curves import (
    DETECTIONS,
    FORCED_PHOTOMETRY,
    NON_DETECTIONS,
    MeasuredTable,
    columns_of,
)
from storage.reader import Columns, Reader


class LightCurveKey(NamedTuple):
    """An object's light curve in a window, and the columns that are wanted of it; None is all. Floats may be arrays
    of numpy where `may_be_arrays`."""

    object_id: int
    window: Window
    columns: frozenset[str] | None
    may_be_arrays: bool = False


def detection_loader(reader: Reader) -> DataLoader[LightCurveKey, Columns]:
    return _light_curve_loader(reader, DETECTIONS)


def non_detection_loader(reader: Reader) -> DataLoader[LightCurveKey, Columns]:
    return _light_curve_loader(reader, NON_DETECTIONS)


def forced_photometry_loader(reader: Reader) -> DataLoader[LightCurveKey, Columns]:
    return _light_curve_loader(reader, FORCED_PHOTOMETRY)


def _light_curve_loader(reader: Reader, table: MeasuredTable) -> DataLoader[LightCurveKey, Columns]:
    async def in_window(window: Window, keys: list[LightCurveKey]) -> Mapping[LightCurveKey, Columns]:
        ids = list(dict.fromkeys(key.object_id for key in keys))
        arrays = all(key.may_be_arrays for key in keys)
        found = await columns_of(reader, table, ids, window, _all_columns(keys), arrays=arrays)
        return {key: found.get(key.object_id, {}) for key in keys}

    async def load(keys: list[LightCurveKey]) -> list[Columns]:
        found = await answer_in_groups(keys, lambda key: key.window, in_window)
        return [found[key] for key in keys]

    return DataLoader(load_fn=load)


def _all_columns(keys: Sequence[LightCurveKey]) -> frozenset[str] | None:
    """What any of the keys wants: the statement is the same for all."""
    wanted = [key.columns for key in keys if key.columns is not None]
    return frozenset().union(*wanted) if len(wanted) == len(keys) else None
