"""What limits and signs say of one band: was the object there before, is it still, does it go both ways."""

import numpy as np

from classify.features.arrays import Floats
from classify.features.compiled import compiled
from domain.classification import FeatureDefinition

DEFINITIONS = (
    FeatureDefinition(
        "positive_fraction",
        None,
        "Fraction of detections brighter than the reference image, of those whose sign is known.",
    ),
    FeatureDefinition(
        "brightening_at_first", "mag", "Last limit before the first detection less the magnitude of that detection."
    ),
    FeatureDefinition(
        "last_limit_before",
        "mag",
        "Last limit before the first detection less the brightest detection: positive is deeper.",
    ),
    FeatureDefinition(
        "max_limit_before", "mag", "Deepest limit before the first detection less the brightest detection."
    ),
    FeatureDefinition(
        "median_limit_before", "mag", "Median limit before the first detection less the brightest detection."
    ),
    FeatureDefinition("days_since_last_limit", "d", "Time from the last limit to the first detection."),
    FeatureDefinition(
        "limits_before_fraction",
        None,
        "Limits before the first detection at most 0.3 mag brighter than the brightest detection, over all epochs.",
    ),
    FeatureDefinition(
        "max_limit_after", "mag", "Deepest limit after the last detection less the brightest detection."
    ),
    FeatureDefinition(
        "median_limit_after", "mag", "Median limit after the last detection less the brightest detection."
    ),
    FeatureDefinition(
        "limits_after_fraction",
        None,
        "Limits after the last detection at most 0.3 mag brighter than the brightest detection, over all epochs.",
    ),
    FeatureDefinition(
        "limits_between_fraction",
        None,
        "Limits between first and last detection at most 0.3 mag brighter than the brightest, over all epochs.",
    ),
)
NAMES = tuple(definition.name for definition in DEFINITIONS)


@compiled
def non_detections(time: Floats, magnitude: Floats, sign: Floats, limit_time: Floats, limit: Floats) -> Floats:
    """The values of NAMES; limits in order of time."""
    out = np.full(len(NAMES), np.nan)
    n = len(time)
    if n == 0:
        return out
    known = sign != 0
    if known.any():
        out[0] = (sign[known] > 0).sum() / known.sum()
    epochs = n + len(limit)
    if len(limit) == 0:
        return out
    brightest = magnitude.min()
    before, after = limit_time < time[0], limit_time > time[-1]
    useful = limit > brightest - 0.3
    if before.any():
        early = limit[before]
        out[1] = early[-1] - magnitude[0]
        out[2], out[3], out[4] = early[-1] - brightest, early.max() - brightest, np.median(early) - brightest
        out[5] = time[0] - limit_time[before][-1]
    if after.any():
        late = limit[after]
        out[7], out[8] = late.max() - brightest, np.median(late) - brightest
    out[6] = (before & useful).sum() / epochs
    out[9] = (after & useful).sum() / epochs
    out[10] = (useful & ~before & ~after).sum() / epochs
    return out
