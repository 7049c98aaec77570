"""The whole sky as a picture: an SVG in the projection of Hammer, made here, so that it needs no script.

Right ascension grows to the left, as one sees the sky from below; any place can be the centre, and be looked at
closer.
x = 2 sqrt(2) cos(b) sin(l/2) / d, y = sqrt(2) sin(b) / d, d = sqrt(1 + cos(b) cos(l/2)) (Hammer 1892).
"""

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from domain.coordinates import Longitudes, from_ecliptic, from_galactic

WIDTH, HEIGHT = 720.0, 360.0
MARGIN = 6.0
SMALLEST_RADIUS, LARGEST_RADIUS = 2.5, 10.0
MILKY_WAY_DEGREES = 10.0
"""Half the width of the band that is drawn along the galactic equator."""
STEPS = 361
LONGEST_STEP = WIDTH / 12
"""A line that goes further in one step has left the picture on one side and entered on the other."""
ZOOMS = (1, 2, 4, 8)
MERIDIANS = range(0, 360, 60)
PARALLELS = range(-60, 90, 30)


class View(NamedTuple):
    """Which place of the sky is in the middle (degrees ICRS), and how much closer than all it is looked at."""

    ra: float = 180.0
    dec: float = 0.0
    zoom: int = 1


WHOLE_SKY = View()


class Text(NamedTuple):
    """A word on the map."""

    x: float
    y: float
    text: str


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


def project(ra: ArrayLike, dec: ArrayLike, view: View = WHOLE_SKY) -> Projected:
    """Where places of the sky (degrees) lie in a picture of WIDTH by HEIGHT; outside when one looks closer."""
    longitude, latitude = _turned(ra, dec, view)
    depth = np.sqrt(1 + np.cos(latitude) * np.cos(longitude / 2))
    x = -2 * np.cos(latitude) * np.sin(longitude / 2) / depth
    y = np.sin(latitude) / depth
    return Projected(
        WIDTH / 2 + x * (WIDTH / 2 - MARGIN) / 2 * view.zoom,
        HEIGHT / 2 - y * (HEIGHT / 2 - MARGIN) * view.zoom,
    )


def _turned(ra: ArrayLike, dec: ArrayLike, view: View) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Longitude (-pi to pi) and latitude, radians, with the middle of the view at 0, 0."""
    longitude = np.radians((np.asarray(ra, dtype=float) - view.ra + 180.0) % 360.0 - 180.0)
    latitude = np.radians(np.asarray(dec, dtype=float))
    if view.dec == 0:
        return longitude, latitude
    at = np.radians(view.dec)
    x, y, z = np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude), np.sin(latitude)
    return (
        np.arctan2(y, x * np.cos(at) + z * np.sin(at)),
        np.arcsin(np.clip(z * np.cos(at) - x * np.sin(at), -1, 1)),
    )


def marks(
    keys: Sequence[str],
    ra: ArrayLike,
    dec: ArrayLike,
    sizes: Sequence[float],
    labels: Sequence[str],
    view: View = WHOLE_SKY,
) -> list[Mark]:
    """Circles that grow with `sizes`, 0 to 1; the largest come first, so that none hides another. What lies outside
    of the picture is left out."""
    places = project(ra, dec, view)
    radii = [SMALLEST_RADIUS + (LARGEST_RADIUS - SMALLEST_RADIUS) * min(1.0, max(0.0, size)) ** 2 for size in sizes]
    found = [
        Mark(key, round(float(x), 1), round(float(y), 1), round(radius, 1), label)
        for key, x, y, radius, label in zip(keys, places.x, places.y, radii, labels, strict=True)
        if -LARGEST_RADIUS < x < WIDTH + LARGEST_RADIUS and -LARGEST_RADIUS < y < HEIGHT + LARGEST_RADIUS
    ]
    return sorted(found, key=lambda mark: -mark.radius)


@lru_cache(maxsize=64)
def grid(view: View = WHOLE_SKY) -> tuple[str, ...]:
    """Paths of the lines of equal right ascension and declination, every 60 and 30 degrees."""
    around, up = np.linspace(0, 360, STEPS), np.linspace(-90, 90, STEPS)
    edges = (view.ra - 179.999, view.ra + 179.999) if view.dec == 0 else ()
    meridians = [_path(np.full(STEPS, ra), up, view) for ra in (*MERIDIANS, *edges)]
    return (*meridians, *(_path(view.ra - 180 + around, np.full(STEPS, dec), view) for dec in PARALLELS))


@lru_cache(maxsize=64)
def words(view: View = WHOLE_SKY) -> tuple[Text, ...]:
    """Right ascensions along the equator, and declinations along the meridian of the middle."""
    hours = project(MERIDIANS, np.zeros(len(MERIDIANS)), view)
    heights = project(np.full(len(PARALLELS), view.ra), PARALLELS, view)
    found = [
        *(Text(x, y, f"{ra // 15}h") for ra, x, y in zip(MERIDIANS, hours.x, hours.y, strict=True)),
        *(Text(x, y, f"{dec:+d}°") for dec, x, y in zip(PARALLELS, heights.x, heights.y, strict=True) if dec),
    ]
    return tuple(
        Text(round(float(word.x), 1), round(float(word.y), 1), word.text)
        for word in found
        if 12 < word.x < WIDTH - 12 and 12 < word.y < HEIGHT - 12
    )


@lru_cache(maxsize=64)
def milky_way(view: View = WHOLE_SKY) -> tuple[str, ...]:
    """Paths along the galactic equator and beside it."""
    return tuple(_path(*places, view) for places in _milky_way_places())


@lru_cache(maxsize=64)
def ecliptic_line(view: View = WHOLE_SKY) -> str:
    """The path of the ecliptic."""
    return _path(*_ecliptic_places(), view)


@cache
def _milky_way_places() -> tuple[Longitudes, ...]:
    longitudes = np.linspace(0, 360, STEPS)
    return tuple(
        from_galactic(longitudes, np.full(STEPS, latitude))
        for latitude in (-MILKY_WAY_DEGREES, 0.0, MILKY_WAY_DEGREES)
    )


@cache
def _ecliptic_places() -> Longitudes:
    return from_ecliptic(np.linspace(0, 360, STEPS), np.zeros(STEPS))


def _path(ra: ArrayLike, dec: ArrayLike, view: View) -> str:
    """A line through places, lifted where it leaves the picture on one side and enters on the other."""
    places = project(ra, dec, view)
    jumps = np.hypot(np.diff(places.x), np.diff(places.y)) > LONGEST_STEP * view.zoom
    breaks = [True, *jumps.tolist()]
    return "".join(
        f"{'M' if is_break else 'L'}{x:.1f} {y:.1f}"
        for x, y, is_break in zip(places.x, places.y, breaks, strict=True)
    )
