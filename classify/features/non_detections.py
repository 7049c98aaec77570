"""What limits and signs say of one band: was the object there before, is it still, does it go both ways."""

import numpy as np

from classify.features.arrays import Floats
from classify.features.compiled import compiled

NAMES = (
    "positive_fraction",
    "brightening_at_first",
    "last_limit_before",
    "max_limit_before",
    "median_limit_before",
    "days_since_last_limit",
    "limits_before_fraction",
    "max_limit_after",
    "median_limit_after",
    "limits_after_fraction",
    "limits_between_fraction",
)
"""`positive_fraction`: of the detections brighter than the reference, NaN when no sign is known;
`brightening_at_first` [mag]: last limit before the first detection less that detection's magnitude; the limits
[mag], as ALeRCE's diffmaglim features, but relative to the brightest detection: positive is deeper than it:
`last_limit_before`, `max_limit_before`, `median_limit_before` the first detection (of this band),
`max_limit_after`, `median_limit_after` the last one; `days_since_last_limit` [d] from the last limit to the
first detection; `limits_before_fraction`, `limits_between_fraction`, `limits_after_fraction`: limits at most
0.3 mag brighter than the brightest detection in these times, over all epochs (detections and limits). NaN where
there is no limit."""


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
