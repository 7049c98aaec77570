"""All features of a light curve, by name.

One rule for the bands of every survey: families of one band are computed for each of u g r i z y that has points,
and their names end in `_` and the letter; joint families use all bands together. NaN is the value of what cannot be
told: too few points, no period, no limits.
"""

from collections.abc import Mapping

import numpy as np

from classify.features import (
    colours,
    context,
    folded,
    non_detections,
    period,
    power_spectrum,
    random_walk,
    statistics,
    supernova,
    transient,
)
from classify.features.arrays import Floats, Integers
from classify.features.compiled import compiled
from classify.features.context import Context, ecliptic_latitude, galactic_latitude
from classify.features.photometry import BANDS, Photometry
from domain.classification import FeatureDefinition

BAND_NAMES: tuple[str, ...] = (
    *statistics.NAMES,
    *period.BAND_NAMES,
    *folded.NAMES,
    *power_spectrum.NAMES,
    *random_walk.NAMES,
    *supernova.NAMES,
    *transient.NAMES,
    *non_detections.NAMES,
)
JOINT_NAMES: tuple[str, ...] = (*period.JOINT_NAMES, *colours.NAMES)
DEFINITIONS: tuple[FeatureDefinition, ...] = (
    *context.DEFINITIONS,
    *period.JOINT_DEFINITIONS,
    *colours.DEFINITIONS,
    *statistics.DEFINITIONS,
    *period.BAND_DEFINITIONS,
    *folded.DEFINITIONS,
    *power_spectrum.DEFINITIONS,
    *random_walk.DEFINITIONS,
    *supernova.DEFINITIONS,
    *transient.DEFINITIONS,
    *non_detections.DEFINITIONS,
)
"""Unit and meaning of every feature, by its name without the band."""

_BAND_COLUMNS = tuple(tuple(f"{name}_{band}" for name in BAND_NAMES) for band in BANDS)

FEATURE_NAMES: tuple[str, ...] = (
    *context.NAMES,
    *JOINT_NAMES,
    *(name for names in _BAND_COLUMNS for name in names),
)
"""Every name that there is, in a fixed order."""

_EDGES = np.cumsum(
    [
        0,
        len(statistics.NAMES),
        len(period.BAND_NAMES),
        len(folded.NAMES),
        len(power_spectrum.NAMES),
        len(random_walk.NAMES),
        len(supernova.NAMES),
        len(transient.NAMES),
        len(non_detections.NAMES),
    ]
)
_BAND_COUNT, _WIDTH = len(BANDS), len(BAND_NAMES)
_NEVER = len(BANDS) * len(BAND_NAMES)


def feature_vector(photometry: Photometry, surroundings: Context = Context()) -> Floats:
    """The values of FEATURE_NAMES; NaN for bands without points."""
    joint, bands = (
        _measure(
            photometry.time,
            photometry.magnitude,
            photometry.error,
            photometry.sign,
            photometry.start,
            photometry.limit_time,
            photometry.limit,
            photometry.limit_start,
        )
        if len(photometry.time)
        else (np.full(len(JOINT_NAMES), np.nan), np.full(_NEVER, np.nan))
    )
    vector = np.concatenate([_context_values(photometry, surroundings), joint, bands.ravel()])
    vector[~np.isfinite(vector)] = np.nan
    return vector


def named_features(vector: Floats) -> Mapping[str, float]:
    """Names and values, without the bands of which nothing is known."""
    head = len(context.NAMES) + len(JOINT_NAMES)
    values = vector.tolist()
    named = dict(zip(FEATURE_NAMES[:head], values[:head], strict=True))
    for number, names in enumerate(_BAND_COLUMNS):
        first = head + number * _WIDTH
        if not np.isnan(vector[first : first + _WIDTH]).all():
            named.update(zip(names, values[first : first + _WIDTH], strict=True))
    return named


def _context_values(photometry: Photometry, surroundings: Context) -> Floats:
    time = photometry.time
    return np.array(
        [
            surroundings.star_galaxy_score,
            surroundings.star_galaxy_distance,
            surroundings.stellar,
            photometry.corrected_fraction,
            float(photometry.is_apparent),
            galactic_latitude(surroundings.ra, surroundings.dec),
            ecliptic_latitude(surroundings.ra, surroundings.dec),
            float(time.max() - time.min()) if len(time) else np.nan,
            float(len(time)),
        ]
    )


@compiled
def _measure(
    time: Floats,
    magnitude: Floats,
    error: Floats,
    sign: Floats,
    start: Integers,
    limit_time: Floats,
    limit: Floats,
    limit_start: Integers,
) -> tuple[Floats, Floats]:
    """Values of JOINT_NAMES, and of BAND_NAMES for each band."""
    joint = np.full(len(JOINT_NAMES), np.nan)
    bands = np.full((_BAND_COUNT, _WIDTH), np.nan)
    found, band_periods = period.search_period(time, magnitude, error, start)
    joint[: len(found)] = found
    joint[len(found) :] = colours.colours(time, magnitude, start)
    for band in range(_BAND_COUNT):
        first, last = start[band], start[band + 1]
        if last == first:
            continue
        t, m, e, row = time[first:last], magnitude[first:last], error[first:last], bands[band]
        limits = slice(limit_start[band], limit_start[band + 1])
        row[_EDGES[0] : _EDGES[1]] = statistics.statistics(t, m, e)
        row[_EDGES[1] : _EDGES[2]] = band_periods[band]
        row[_EDGES[2] : _EDGES[3]] = folded.folded(t, m, e, found[0])
        row[_EDGES[3] : _EDGES[4]] = power_spectrum.power_spectrum(t, m, e)
        row[_EDGES[4] : _EDGES[5]] = random_walk.random_walk(t, m, e)
        row[_EDGES[5] : _EDGES[6]] = supernova.supernova(t, m, e)
        row[_EDGES[6] : _EDGES[7]] = transient.transient(t, m, e)
        row[_EDGES[7] : _EDGES[8]] = non_detections.non_detections(
            t, m, sign[first:last], limit_time[limits], limit[limits]
        )
    return joint, bands
