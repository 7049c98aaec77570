"""The pointings of the simulated survey: rows of constant declination, numbered from south to north.

This is not ZTF's own grid, whose table we do not carry; spacing, number range and declination range are like it.
"""

from functools import cache
from typing import NamedTuple

import numpy as np

from simulate.arrays import FloatArray, IntArray

FIRST_FIELD = 246
SPACING_DEG = 7.2
ROW_DECLINATIONS = tuple(-24.85 + SPACING_DEG * row for row in range(15))


class Fields(NamedTuple):
    """Numbers and centres [deg] of all fields, as parallel arrays."""

    number: IntArray
    ra: FloatArray
    dec: FloatArray


@cache
def all_fields() -> Fields:
    right_ascensions, declinations = [], []
    for row in ROW_DECLINATIONS:
        count = int(np.ceil(360 * np.cos(np.radians(row)) / SPACING_DEG))
        right_ascensions.append(np.arange(count) * 360 / count)
        declinations.append(np.full(count, row))
    ra, dec = np.concatenate(right_ascensions), np.concatenate(declinations)
    return Fields(np.arange(len(ra)) + FIRST_FIELD, ra, dec)
