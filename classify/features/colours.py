"""Differences between neighbouring bands."""

import numpy as np

from classify.features.arrays import Floats, Integers
from classify.features.compiled import compiled
from domain.classification import FeatureDefinition

PAIRS = (("u", "g"), ("g", "r"), ("r", "i"), ("i", "z"), ("z", "y"))
DEFINITIONS = (
    *(
        FeatureDefinition(f"colour_{blue}{red}", "mag", f"Mean magnitude in {blue} less that in {red}.")
        for blue, red in PAIRS
    ),
    *(
        FeatureDefinition(f"colour_peak_{blue}{red}", "mag", f"Brightest magnitude in {blue} less that in {red}.")
        for blue, red in PAIRS
    ),
    FeatureDefinition(
        "colour_first_gr", "mag", "g - r of the first pair: a g and the nearest r point within 1.5 d."
    ),
    FeatureDefinition("colour_last_gr", "mag", "g - r of the last pair."),
    FeatureDefinition("colour_slope_gr", "mag/d", "Trend of g - r over the pairs."),
    FeatureDefinition("colour_scatter_gr", "mag", "Standard deviation of g - r over the pairs."),
    FeatureDefinition("amplitude_ratio_gr", None, "log10 of the standard deviation in g over that in r."),
    FeatureDefinition("lag_gr", "d", "Time of the brightest point in g less that in r."),
    FeatureDefinition("correlation_gr", None, "Correlation of the magnitudes of the pairs."),
)
NAMES = tuple(definition.name for definition in DEFINITIONS)

_G, _R = 1, 2
_NEAR_DAYS = 1.5


@compiled
def colours(time: Floats, magnitude: Floats, start: Integers) -> Floats:
    """The values of NAMES; bands in the order u g r i z y."""
    out = np.full(len(NAMES), np.nan)
    for band in range(5):
        first, middle, last = start[band], start[band + 1], start[band + 2]
        if middle > first and last > middle:
            blue, red = magnitude[first:middle], magnitude[middle:last]
            out[band] = blue.mean() - red.mean()
            out[5 + band] = blue.min() - red.min()
    g_time, r_time = time[start[_G] : start[_G + 1]], time[start[_R] : start[_R + 1]]
    g, r = magnitude[start[_G] : start[_G + 1]], magnitude[start[_R] : start[_R + 1]]
    if len(g) < 2 or len(r) < 2:
        return out
    out[14] = np.log10(max(g.std(), 1e-3) / max(r.std(), 1e-3))
    out[15] = g_time[np.argmin(g)] - r_time[np.argmin(r)]
    pair_time, pair_g, pair_r = np.empty(len(g)), np.empty(len(g)), np.empty(len(g))
    count, near = 0, 0
    for j in range(len(g)):
        while near < len(r) - 1 and abs(r_time[near + 1] - g_time[j]) <= abs(r_time[near] - g_time[j]):
            near += 1
        if abs(r_time[near] - g_time[j]) <= _NEAR_DAYS:
            pair_time[count], pair_g[count], pair_r[count] = g_time[j], g[j], r[near]
            count += 1
    if count < 1:
        return out
    colour = pair_g[:count] - pair_r[:count]
    out[10], out[11] = colour[0], colour[-1]
    if count < 3:
        return out
    x = pair_time[:count] - pair_time[:count].mean()
    spread = (x**2).sum()
    out[12] = (x * colour).sum() / spread if spread > 1 else np.nan
    out[13] = colour.std()
    a, b = pair_g[:count] - pair_g[:count].mean(), pair_r[:count] - pair_r[:count].mean()
    norm = np.sqrt((a**2).sum() * (b**2).sum())
    out[16] = (a * b).sum() / norm if norm > 0 else np.nan
    return out
