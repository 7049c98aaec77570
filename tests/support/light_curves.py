"""Points of light curves, row by row, as the columns that statistics take."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from domain.statistics import DetectionTable, NonDetectionTable


class Point(NamedTuple):
    object_id: int = 1
    band: str = "g"
    mjd: float = 59000.0
    candid: int = 1
    ra: float = 10.0
    dec: float = 20.0
    is_positive: bool = True
    magnitude: float | None = 18.0
    magnitude_error: float | None = 0.1
    apparent_magnitude: float | None = None
    corrected: bool = False
    stellar: bool | None = None


class Limit(NamedTuple):
    object_id: int = 1
    band: str = "g"
    mjd: float = 58990.0
    limiting_magnitude: float | None = 20.5


def detection_table(points: Sequence[Point]) -> DetectionTable:
    columns = list(zip(*points, strict=True)) if points else [()] * len(Point._fields)
    kinds = (np.int64, np.str_, float, np.int64, float, float, bool, float, float, float, bool, float)
    return DetectionTable(*(np.array(column, dtype=kind) for column, kind in zip(columns, kinds, strict=True)))


def non_detection_table(limits: Sequence[Limit]) -> NonDetectionTable:
    columns = list(zip(*limits, strict=True)) if limits else [()] * len(Limit._fields)
    kinds = (np.int64, np.str_, float, float)
    return NonDetectionTable(*(np.array(column, dtype=kind) for column, kind in zip(columns, kinds, strict=True)))
