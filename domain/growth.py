"""When an object has grown enough for its light curve to be classified anew.

The first time: as soon as one band has FIRST_DETECTIONS. Then with every further tenth of detections: at 6, 7, 8,
9, 10, 11, 13, 15, 17, 19, 21, 24, ... in all bands together. An object of 1,000 detections has been classified some
50 times, not 1,000 times, and what its last answer did not see is a tenth at most. The rule depends on two counts
only, so that ingest needs nothing but what it knows, and alerts given again make no work.
"""

from bisect import bisect_right
from typing import NamedTuple

FIRST_DETECTIONS = 6
"""Of one band: fewer say next to nothing (Sánchez-Sáez et al. 2021, AJ 161 141, take as many)."""
GROWTH_TENTHS = 11
"""From one mark to the next, in tenths of the number of detections."""
LARGEST_MARK = 10_000_000


class Counts(NamedTuple):
    """Detections of an object: in all bands together, and in the band that has most."""

    all_bands: int
    best_band: int


NOTHING = Counts(0, 0)


class Growth(NamedTuple):
    """How many detections an object had, and has."""

    object_id: int
    before: Counts
    after: Counts

    @property
    def is_due(self) -> bool:
        """Whether its light curve is to be classified now."""
        if self.after.best_band < FIRST_DETECTIONS:
            return False
        is_first = self.before.best_band < FIRST_DETECTIONS
        return is_first or _marks_passed(self.before.all_bands) < _marks_passed(self.after.all_bands)


def _mark_after(mark: int) -> int:
    return max(mark + 1, -(-mark * GROWTH_TENTHS // 10))


def _all_marks() -> list[int]:
    marks = [FIRST_DETECTIONS]
    while marks[-1] < LARGEST_MARK:
        marks.append(_mark_after(marks[-1]))
    return marks


MARKS = _all_marks()


def _marks_passed(detections: int) -> int:
    return bisect_right(MARKS, detections)
