"""Many positions at once against a catalogue or the objects, some thousands in a statement."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.object_filter import ObjectFilter
from domain.sky import Position
from storage.catalogs import sources_around
from storage.classifications import TopClass, top_classes_of
from storage.crossmatch import crossmatch
from storage.objects import Placed
from storage.reader import Reader

POSITIONS_AT_ONCE = 2_000


class TargetMatch(NamedTuple):
    """What lies near a position: values in the order of the columns that the caller knows, and arcseconds."""

    values: tuple[Any, ...]
    separation_arcsec: float


async def catalog_matches(
    reader: Reader,
    catalog: str,
    ra: NDArray[np.float64],
    dec: NDArray[np.float64],
    *,
    radius_arcsec: float,
    most: int,
) -> AsyncIterator[list[list[TargetMatch]]]:
    """For some positions at a time, the nearest sources of each: identifier, ra, dec, and the catalogue's
    values."""
    for centers in _portions(ra, dec):
        found: list[list[TargetMatch]] = [[] for _ in centers]
        for one in await sources_around(reader, centers, radius_arcsec=radius_arcsec, names=[catalog], most=most):
            source = one.match.source
            values = (source.source_id, source.ra, source.dec, *source.values)
            found[one.place].append(TargetMatch(values, one.match.separation_arcsec))
        yield found


async def object_matches(
    reader: Reader,
    ra: NDArray[np.float64],
    dec: NDArray[np.float64],
    *,
    radius_arcsec: float,
    most: int,
    classifiers: Sequence[str] = (),
) -> AsyncIterator[list[list[TargetMatch]]]:
    """For some positions at a time, the nearest objects of each: survey, name, ra, dec, number of detections, first
    and last MJD, and for each of the classifiers the most probable class and its probability, None without an
    answer."""
    for centers in _portions(ra, dec):
        found = await crossmatch(reader, centers, radius_arcsec=radius_arcsec, nearest=most, where=ObjectFilter())
        object_ids = {one.object.object_id for matches in found for one in matches}
        answers = await top_classes_of(reader, list(object_ids)) if classifiers and object_ids else {}
        yield [[_object_match(one, answers, classifiers) for one in matches] for matches in found]


def _object_match(
    one: Placed, answers: Mapping[tuple[int, str], TopClass], classifiers: Sequence[str]
) -> TargetMatch:
    item = one.object
    own = (item.ra, item.dec, item.detection_count, item.first_mjd, item.last_mjd)
    classes = [part for name in classifiers for part in answers.get((item.object_id, name), (None, None))]
    return TargetMatch((str(item.survey), item.name, *own, *classes), one.separation_arcsec)


def _portions(ra: NDArray[np.float64], dec: NDArray[np.float64]) -> Sequence[list[Position]]:
    return [
        [Position(*place) for place in zip(ra[part].tolist(), dec[part].tolist(), strict=True)]
        for start in range(0, len(ra), POSITIONS_AT_ONCE)
        for part in [slice(start, start + POSITIONS_AT_ONCE)]
    ]
