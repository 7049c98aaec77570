"""Light curves as they were earlier."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from classify.features.arrays import Integers
from classify.features.photometry import BANDS, Photometry
from domain.band import Band


def cut_at_day(photometry: Photometry, days: float) -> Photometry:
    """Everything up to so many days after the first detection."""
    kept, limits = photometry.time <= days, photometry.limit_time <= days
    return replace(
        photometry,
        time=photometry.time[kept],
        magnitude=photometry.magnitude[kept],
        error=photometry.error[kept],
        sign=photometry.sign[kept],
        start=_edges(kept, photometry.start),
        limit_time=photometry.limit_time[limits],
        limit=photometry.limit[limits],
        limit_start=_edges(limits, photometry.limit_start),
    )


def cut_at_detection(photometry: Photometry, detections: int) -> Photometry:
    """Everything up to the moment at which g or r has so many detections: 6 is the first time that there is an
    answer. The whole light curve where neither gets there."""
    epochs = []
    for band in (Band.g, Band.r):
        number = BANDS.index(band)
        first, last = photometry.start[number], photometry.start[number + 1]
        if last - first >= detections:
            epochs.append(float(photometry.time[first + detections - 1]))
    return cut_at_day(photometry, min(epochs)) if epochs else photometry


def _edges(kept: NDArray[np.bool_], start: Integers) -> Integers:
    counts = [int(kept[first:last].sum()) for first, last in pairwise(start.tolist())]
    return np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
