"""How bright the stars and nuclei of a survey are: fainter ones are more frequent."""

import numpy as np


def draw_magnitude(rng: np.random.Generator, brightest: float, faintest: float, slope: float = 0.2) -> float:
    """A magnitude with number counts ~ 10^(slope m) between two limits."""
    low, high = 10 ** (slope * brightest), 10 ** (slope * faintest)
    return float(np.log10(rng.uniform(low, high)) / slope)
