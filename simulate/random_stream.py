"""Random numbers that depend on what they are for, never on who draws first."""

import numpy as np


def random_stream(*key: int) -> np.random.Generator:
    """A generator of its own for each key: the same key gives the same numbers in any process and order."""
    return np.random.Generator(np.random.Philox(np.random.SeedSequence(key)))
