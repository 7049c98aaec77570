"""Points and limits of light curves, with everything that a test does not care about filled in."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain.statistics import BandStatistics, ObjectSummary
from domain.tally import CountedDetection, CountedLimit, ObjectTally, object_summaries


class Summaries(NamedTuple):
    """What follows from some light curves, and the dubious flag of every detection."""

    objects: list[ObjectSummary]
    bands: list[BandStatistics]
    dubious: dict[CountedDetection, bool]


def point(
    object_id: int = 1,
    band: str = "g",
    mjd: float = 59000.0,
    candid: int = 1,
    ra: float = 10.0,
    dec: float = 20.0,
    is_positive: bool = True,
    magnitude: float | None = 18.0,
    magnitude_error: float | None = 0.1,
    apparent_magnitude: float | None = None,
    corrected: bool = False,
    stellar: bool | None = None,
) -> CountedDetection:
    return CountedDetection(
        object_id,
        band,
        mjd,
        candid,
        ra,
        dec,
        is_positive,
        magnitude,
        magnitude_error,
        apparent_magnitude,
        corrected,
        stellar,
    )


def limit(
    object_id: int = 1, band: str = "g", mjd: float = 58990.0, limiting_magnitude: float = 20.5
) -> CountedLimit:
    return CountedLimit(object_id, band, mjd, limiting_magnitude)


def summarise(points: Iterable[CountedDetection], limits: Sequence[CountedLimit] = ()) -> Summaries:
    """Whole light curves of any number of objects, tallied at once."""
    by_object: dict[int, list[CountedDetection]] = {}
    for item in points:
        by_object.setdefault(item.object_id, []).append(item)
    tallies: list[ObjectTally] = []
    dubious: dict[CountedDetection, bool] = {}
    for object_id in sorted(by_object):
        tally = ObjectTally(object_id)
        dubious.update(tally.add(by_object[object_id]))
        tally.add_limits([item for item in limits if item.object_id == object_id])
        tallies.append(tally)
    bands = [tally.bands[band].statistics() for tally in tallies for band in sorted(tally.bands)]
    return Summaries(object_summaries(tallies), bands, dubious)
