"""A sky of objects, by seed: evenly spread ones, and the crowd along the Milky Way."""

from collections.abc import Callable, Iterator
from itertools import islice
from string import ascii_lowercase
from typing import NamedTuple

import astropy.units as u
import numpy as np
from astropy.coordinates import SkyCoord
from numpy.typing import NDArray

from domain.sky import healpix
from domain.survey import SurveyName
from storage.copying import Row

DEC_MIN = -30.0
SHARE_IN_MILKY_WAY = 0.4
LATITUDE_SIGMA = 8.0
FIRST_MJD, LAST_MJD = 58000.0, 60555.0
NAME_LETTERS = 7
ROWS_AT_ONCE = 100_000
FIELD_ORDER = 3
"""A field is as large as a pixel of this order, 54 square degrees: a camera of ZTF sees 47."""
VISITS = 500
"""Exposures of each field in which it found something new."""

OBJECT_COLUMNS = (
    "object_id",
    "survey",
    "name",
    "ra",
    "dec",
    "hpx",
    "detection_count",
    "non_detection_count",
    "first_mjd",
    "last_mjd",
    "corrected",
)


class Places(NamedTuple):
    """Positions in degrees ICRS, in no order."""

    ra: NDArray[np.float64]
    dec: NDArray[np.float64]


def places(count: int, seed: int) -> Places:
    """Positions north of declination -30 degrees."""
    random = np.random.default_rng(seed)
    crowded = round(count * SHARE_IN_MILKY_WAY)
    spread = count - crowded
    dec = np.degrees(np.arcsin(random.uniform(np.sin(np.radians(DEC_MIN)), 1, spread)))
    crowd = _along_the_milky_way(crowded, random)
    order = random.permutation(count)
    return Places(
        np.concatenate([random.uniform(0, 360, spread), crowd.ra])[order], np.concatenate([dec, crowd.dec])[order]
    )


def _along_the_milky_way(count: int, random: np.random.Generator) -> Places:
    drawn = 2 * count + 100  # a third lies too far south
    galactic = SkyCoord(
        random.uniform(0, 360, drawn) * u.deg,
        np.clip(random.normal(0, LATITUDE_SIGMA, drawn), -90, 90) * u.deg,
        frame="galactic",
    ).icrs
    ra, dec = np.asarray(galactic.ra.deg), np.asarray(galactic.dec.deg)
    north = np.flatnonzero(dec > DEC_MIN)[:count]
    assert north.size == count
    return Places(ra[north], dec[north])


def object_ids(count: int, seed: int) -> NDArray[np.int64]:
    """Keys in no order, as hashes are."""
    return np.random.default_rng([seed, 1]).integers(1, 2**63 - 1, count)


class Discovery(NamedTuple):
    """Which objects were found one after the other, and when."""

    order: NDArray[np.intp]
    """Numbers of objects, the first one found first."""
    mjd: NDArray[np.float64]
    """When each of them was found, in that order."""


def scattered(sky: Places, seed: int) -> Discovery:
    """Objects found one by one, each anywhere in the sky: no survey finds them so, and no table is slower."""
    count = len(sky.ra)
    return Discovery(np.arange(count), np.random.default_rng([seed, 2]).uniform(FIRST_MJD, LAST_MJD, count))


def by_exposure(sky: Places, seed: int) -> Discovery:
    """Objects found as surveys find them: what is new in an exposure of one field, and then in one of another.

    Every field is exposed VISITS times, in no order, and finds as much in each of them.
    """
    random = np.random.default_rng([seed, 3])
    field = healpix(sky.ra, sky.dec, FIELD_ORDER)
    exposures = random.permutation(VISITS * 12 * 4**FIELD_ORDER)
    exposure = exposures[field * VISITS + random.integers(0, VISITS, len(field))]
    order = np.argsort(exposure, kind="stable")
    return Discovery(order, FIRST_MJD + (LAST_MJD - FIRST_MJD) * exposure[order] / len(exposures))


Discoverer = Callable[[Places, int], Discovery]
"""Says in which order objects at some places are found, by a seed."""


def object_rows(count: int, seed: int, discover: Discoverer = scattered) -> Iterator[Row]:
    """Rows of OBJECT_COLUMNS, in the order in which they are found."""
    random = np.random.default_rng([seed, 4])
    sky = places(count, seed)
    order, first = discover(sky, seed)
    ra, dec = sky.ra[order], sky.dec[order]
    last = first + (LAST_MJD - first) * random.uniform(0, 1, count)
    columns = (
        object_ids(count, seed),
        ra,
        dec,
        healpix(ra, dec),
        random.geometric(1 / 29, count),
        random.geometric(1 / 60, count),
        first,
        last,
        random.uniform(0, 1, count) < 0.3,
    )
    for begin in range(0, count, ROWS_AT_ONCE):
        rows = zip(*(column[begin : begin + ROWS_AT_ONCE].tolist() for column in columns), strict=True)
        for number, (object_id, *rest) in enumerate(rows, begin):
            yield object_id, SurveyName.ZTF, object_name(number), *rest


def object_name(number: int) -> str:
    """Name of the object with this number."""
    letters = ""
    for _ in range(NAME_LETTERS):
        number, letter = divmod(number, len(ascii_lowercase))
        letters = ascii_lowercase[letter] + letters
    return f"ZTF18{letters}"


def batches(rows: Iterator[Row], size: int) -> Iterator[list[Row]]:
    """Rows in lists of at most `size`."""
    while batch := list(islice(rows, size)):
        yield batch
