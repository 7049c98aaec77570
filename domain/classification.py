"""What a classifier says of an object."""

from collections.abc import Mapping
from typing import NamedTuple


class Classification(NamedTuple):
    """All probabilities of one run of a classifier for one object."""

    object_id: int
    classifier: str
    version: str
    candid: int
    """The alert that caused it."""
    probabilities: Mapping[str, float]
    """Of every leaf of the classifier's taxonomy; they sum to 1."""
    features: Mapping[str, float] | None
    """Named numbers that the answer follows from, NaN where one cannot be told; None when the classifier has
    none. A feature of one band ends in `_` and the band's letter."""
