"""The whole sky as a picture: an SVG in the projection of Hammer, made here, so that it needs no script.

Right ascension grows to the left, as one sees the sky from below; the centre can be anywhere on the equator.
x = 2 sqrt(2) cos(b) sin(l/2) / d, y = sqrt(2) sin(b) / d, d = sqrt(1 + cos(b) cos(l/2)) (Hammer 1892).
"""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from domain.coordinates import from_ecliptic, from_galactic

WIDTH, HEIGHT = 720.0, 360.0
MARGIN = 6.0
CENTER_RA = 180.0
SMALLEST_RADIUS, LARGEST_RADIUS = 2.5, 10.0
MILKY_WAY_DEGREES = 10.0
"""Half the width of the band that is drawn along the galactic equator."""
STEPS = 361


class Mark(NamedTuple):
    """A circle on the map: whose it is, where, how probable (0 to 1), and what it says when pointed at."""

    key: str
    x: float
    y: float
    radius: float
    label: str


class Projected(NamedTuple):
    """Places on the picture, in its units, x to the right and y down."""

    x: NDArray[np.float64]
    y: NDArray[np.float64]


def project(ra: ArrayLike, dec: ArrayLike) -> Projected:
    """Where places of the sky (degrees) lie in a picture of WIDTH by HEIGHT."""
    longitude = np.radians((np.asarray(ra, dtype=float) - CENTER_RA + 180.0) % 360.0 - 180.0)
    latitude = np.radians(np.asarray(dec, dtype=float))
    depth = np.sqrt(1 + np.cos(latitude) * np.cos(longitude / 2))
    x = -2 * np.cos(latitude) * np.sin(longitude / 2) / depth
    y = np.sin(latitude) / depth
    return Projected(
        WIDTH / 2 + x * (WIDTH / 2 - MARGIN) / 2,
        HEIGHT / 2 - y * (HEIGHT / 2 - MARGIN),
    )


def marks(
    keys: Sequence[str], ra: ArrayLike, dec: ArrayLike, sizes: Sequence[float], labels: Sequence[str]
) -> list[Mark]:
    """Circles whose area grows with `sizes`, 0 to 1; the largest come first, so that none hides another."""
    places = project(ra, dec)
    radii = [SMALLEST_RADIUS + (LARGEST_RADIUS - SMALLEST_RADIUS) * min(1.0, max(0.0, size)) ** 2 for size in sizes]
    found = [
        Mark(key, round(float(x), 1), round(float(y), 1), round(radius, 1), label)
        for key, x, y, radius, label in zip(keys, places.x, places.y, radii, labels, strict=True)
    ]
    return sorted(found, key=lambda mark: -mark.radius)


@cache
def grid() -> tuple[str, ...]:
    """Paths of the lines of equal right ascension and declination, every 60 and 30 degrees."""
    meridians = [
        _path(np.full(STEPS, ra), np.linspace(-90, 90, STEPS)) for ra in (0.001, *range(60, 360, 60), 359.999)
    ]
    parallels = [_path(np.linspace(0.001, 359.999, STEPS), np.full(STEPS, dec)) for dec in range(-60, 90, 30)]
    return (*meridians, *parallels)


@cache
def milky_way() -> tuple[str, ...]:
    """Paths along the galactic equator and beside it."""
    longitudes = np.linspace(0, 360, STEPS)
    return tuple(
        _path(*from_galactic(longitudes, np.full(STEPS, latitude)))
        for latitude in (-MILKY_WAY_DEGREES, 0.0, MILKY_WAY_DEGREES)
    )


@cache
def ecliptic_line() -> str:
    """The path of the ecliptic."""
    return _path(*from_ecliptic(np.linspace(0, 360, STEPS), np.zeros(STEPS)))


def _path(ra: ArrayLike, dec: ArrayLike) -> str:
    """A line through places, lifted where it leaves the picture on one side and enters on the other."""
    places = project(ra, dec)
    parts = []
    last_x: float | None = None
    for x, y in zip(places.x, places.y, strict=True):
        is_broken = last_x is None or abs(x - last_x) > WIDTH / 4
        parts.append(f"{'M' if is_broken else 'L'}{x:.1f} {y:.1f}")
        last_x = x
    return "".join(parts)
