"""Splits that never divide a group."""

from collections.abc import Sequence
from hashlib import blake2b

import numpy as np

from classify.features.arrays import Integers


def fold_of_groups(groups: Sequence[str], folds: int, seed: int) -> Integers:
    """The fold of each row, by a hash of its group: the same in any order and any subset of the objects."""
    return np.array([_hashed(group, seed) % folds for group in groups], dtype=np.int64)


def _hashed(group: str, seed: int) -> int:
    return int.from_bytes(blake2b(f"{seed}:{group}".encode(), digest_size=8).digest(), "big")
