"""Probability maps of where on the sky an event came from (gravitational waves, neutrinos, gamma rays)."""

import hashlib
import zlib
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from math import isfinite, pi
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.errors import ArrayanError
from domain.sky import HEALPIX_ORDER, PIXELS, PixelRanges, merged_ranges

MAX_SKYMAP_PIXELS = 4_000_000
SQUARE_DEGREES = 4 * pi * (180 / pi) ** 2
"""The whole sky."""
TOTAL_TOLERANCE = 0.01
_FIRST_UNIQ = 4 ** np.arange(1, HEALPIX_ORDER + 2, dtype=np.int64)
"""The smallest UNIQ number of each order."""


class InvalidSkymap(ArrayanError):
    """A map that cannot be read, or is none; the message says what is wrong."""


class SkymapLevel(NamedTuple):
    """The smallest region of a stored map that holds a probability, by the map's identifier."""

    skymap_id: str
    credible_level: float


def skymap_level(skymap_id: str, credible_level: float) -> SkymapLevel:
    """A checked region of a map. Raises InvalidSkymap for a level that is not in (0, 1]."""
    if not (isfinite(credible_level) and 0 < credible_level <= 1):
        raise InvalidSkymap(f"credibleLevel must be greater than 0 and at most 1, got {credible_level}")
    return SkymapLevel(skymap_id, credible_level)


class SkymapFacts(NamedTuple):
    """What a file says of its map besides the pixels; None where it does not say."""

    event: str | None = None
    observed_at: datetime | None = None
    instruments: str | None = None
    distance_mpc: float | None = None
    distance_error_mpc: float | None = None


class SkymapPlace(NamedTuple):
    """Where a place lies in a map."""

    density: float
    """Probability per square degree."""
    credible_level: float
    """Probability of all pixels that are as dense as the place's own or denser, itself included."""


@dataclass(frozen=True, eq=False)
class Skymap:
    """Pixels of several orders with their probability, sorted along the sky; they do not overlap, and what they
    leave out has none. Pixels are ranked by probability per area, those alike by their place."""

    uniq: NDArray[np.int64]
    """The pixels as UNIQ numbers: 4 x 4^order + pixel."""
    probability: NDArray[np.float64]
    """Of each pixel; together 1."""

    @cached_property
    def first(self) -> NDArray[np.int64]:
        """The first order-29 pixel of each."""
        order = orders_of(self.uniq)
        return np.asarray((self.uniq - _FIRST_UNIQ[order]) << (2 * (HEALPIX_ORDER - order)))

    @cached_property
    def last(self) -> NDArray[np.int64]:
        """The last order-29 pixel of each."""
        return np.asarray(self.first + self._sizes - 1)

    @cached_property
    def _sizes(self) -> NDArray[np.int64]:
        return np.asarray(np.int64(1) << (2 * (HEALPIX_ORDER - orders_of(self.uniq))))

    @cached_property
    def density(self) -> NDArray[np.float64]:
        """Probability per square degree."""
        return np.asarray(self.probability / (self._sizes * (SQUARE_DEGREES / PIXELS)))

    @cached_property
    def _ranked(self) -> NDArray[np.int64]:
        return np.argsort(-self.density, kind="stable")

    @cached_property
    def credible_level(self) -> NDArray[np.float64]:
        """Probability of all pixels up to each one's rank, itself included."""
        levels = np.empty(len(self.uniq))
        levels[self._ranked] = np.minimum(np.cumsum(self.probability[self._ranked]), 1.0)
        return levels

    def inside(self, level: float) -> NDArray[np.bool_]:
        """The pixels of the smallest region that holds a probability: by rank, until it is reached."""
        held = np.cumsum(self.probability[self._ranked])
        count = min(int(np.searchsorted(held, level * (1 - 1e-12))) + 1, int((self.probability > 0).sum()))
        chosen = np.zeros(len(self.uniq), dtype=bool)
        chosen[self._ranked[:count]] = True
        return chosen

    def ranges(self, level: float) -> PixelRanges:
        """The region that holds a probability, as order-29 ranges."""
        chosen = self.inside(level)
        return merged_ranges(self.first[chosen], self.last[chosen])

    def area(self, level: float) -> float:
        """Its area, square degrees."""
        return float(self._sizes[self.inside(level)].sum() / PIXELS * SQUARE_DEGREES)

    def place_of(self, pixel: int) -> SkymapPlace:
        """Where an order-29 pixel lies in the map."""
        index = int(np.searchsorted(self.first, pixel, side="right")) - 1
        if index < 0 or pixel > self.last[index] or self.probability[index] == 0:
            return SkymapPlace(0.0, 1.0)
        return SkymapPlace(float(self.density[index]), float(self.credible_level[index]))


def orders_of(uniq: NDArray[np.int64]) -> NDArray[np.int64]:
    """The order of each UNIQ number, exactly."""
    return np.asarray(np.searchsorted(_FIRST_UNIQ, uniq, side="right") - 1, dtype=np.int64)


def skymap(uniq: NDArray[np.int64], probability: NDArray[np.float64]) -> Skymap:
    """A checked map, its probabilities scaled to sum to 1; pixels may come in any order, those without probability
    are left out.

    Raises InvalidSkymap for pixels that are none or overlap, and for probabilities that are negative, unknown or do
    not sum to 1 within TOTAL_TOLERANCE.
    """
    if uniq.size == 0 or uniq.size != probability.size:
        raise InvalidSkymap("the map has no pixels")
    if uniq.min() < 4 or uniq.max() >= 4 * _FIRST_UNIQ[-1]:
        raise InvalidSkymap("UNIQ numbers must be 4 x 4^order + pixel, with orders 0 to 29")
    if not np.isfinite(probability).all():
        raise InvalidSkymap(f"{int((~np.isfinite(probability)).sum())} pixels have no finite probability")
    if (probability < 0).any():
        raise InvalidSkymap(f"{int((probability < 0).sum())} pixels have a negative probability")
    total = float(probability.sum())
    if abs(total - 1) > TOTAL_TOLERANCE:
        raise InvalidSkymap(f"the probabilities sum to {total:.6g}, where those of a map sum to 1")
    kept = probability > 0
    uniq, probability = uniq[kept], probability[kept]
    if uniq.size > MAX_SKYMAP_PIXELS:
        raise InvalidSkymap(
            f"the map has {uniq.size} pixels, at most {MAX_SKYMAP_PIXELS} are taken: send the multi-order file"
        )
    along_the_sky = np.argsort(Skymap(uniq, probability).first, kind="stable")
    made = Skymap(uniq[along_the_sky], probability[along_the_sky] / total)
    if (made.first[1:] <= made.last[:-1]).any():
        raise InvalidSkymap("pixels of the map overlap")
    return made


def skymap_bytes(item: Skymap) -> bytes:
    """The pixels of a map for keeping."""
    return zlib.compress(item.uniq.astype("<i8").tobytes() + item.probability.astype("<f8").tobytes(), 1)


def skymap_of_bytes(kept: bytes) -> Skymap:
    """A map as it was kept."""
    plain = zlib.decompress(kept)
    half = len(plain) // 2
    return Skymap(np.frombuffer(plain[:half], "<i8"), np.frombuffer(plain[half:], "<f8"))


def skymap_id_of(item: Skymap) -> str:
    """An identifier that follows from the pixels and their probabilities, and from nothing else."""
    plain = item.uniq.astype("<i8").tobytes() + item.probability.astype("<f8").tobytes()
    return hashlib.sha256(plain).hexdigest()[:32]
