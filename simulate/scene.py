"""The catalogue sources around a position: what the reference image, Pan-STARRS and Gaia have there.

The same sources are drawn into the stamps, so that the numbers in a packet and its images agree.
"""

from dataclasses import dataclass

import numpy as np

from simulate.arrays import BoolArray, FloatArray
from simulate.bands import Magnitudes
from simulate.source import Source

HALF_WIDTH_ARCSEC = 33.0
_FAINTEST_R = 22.6
_COUNT_SLOPE = 0.26
_HIGH_LATITUDE_DENSITY, _PLANE_DENSITY, _PLANE_SCALE_DEG = 6.0, 50.0, 7.0
"""Sources per square arcminute far from and in the Galactic plane; the first gives the median nmtchps of 5 of real
packets, the second their 95th percentile."""
_OWN_FAINTEST = 23.0


@dataclass(frozen=True)
class Scene:
    """Parallel arrays; positions in arcsec east and north of the changing source."""

    east: FloatArray
    north: FloatArray
    magnitudes: FloatArray
    """Shape (n, 4): g, r, i, z."""
    radius: FloatArray
    """Half-light radius of galaxies [arcsec]; 0 for stars."""
    star_score: FloatArray
    """`sgscore`: 1 a star, 0 a galaxy."""
    neighbour: BoolArray
    """False for the changing source's own entry and its host."""

    @property
    def distance(self) -> FloatArray:
        return np.asarray(np.hypot(self.east, self.north))


def draw_scene(rng: np.random.Generator, source: Source, latitude: float) -> Scene:
    own = _own_entries(rng, source)
    crowd = _PLANE_DENSITY * np.exp(-abs(latitude) / _PLANE_SCALE_DEG)
    density = (_HIGH_LATITUDE_DENSITY + crowd) * rng.lognormal(0.0, 0.45)
    count = int(rng.poisson(density * (2 * HALF_WIDTH_ARCSEC / 60) ** 2))
    low, high = 10 ** (_COUNT_SLOPE * 13.5), 10 ** (_COUNT_SLOPE * _FAINTEST_R)
    r = np.log10(rng.uniform(low, high, count)) / _COUNT_SLOPE
    star = rng.random(count) < 0.35 + 0.6 * np.exp(-abs(latitude) / 20)
    g_r = np.clip(np.where(star, rng.normal(0.8, 0.4, count), rng.normal(0.9, 0.3, count)), -0.2, 1.8)
    magnitudes = np.column_stack([r + g_r, r, r - 0.45 * g_r, r - 0.72 * g_r])
    certain = np.clip((21.5 - r) / 3.0, 0.0, 1.0)
    score = 0.5 + (np.where(star, 0.5, -0.5) * certain * rng.uniform(0.85, 1.0, count))
    score += rng.normal(0, 0.12, count) * (1 - certain)
    return Scene(
        east=np.concatenate([own.east, rng.uniform(-HALF_WIDTH_ARCSEC, HALF_WIDTH_ARCSEC, count)]),
        north=np.concatenate([own.north, rng.uniform(-HALF_WIDTH_ARCSEC, HALF_WIDTH_ARCSEC, count)]),
        magnitudes=np.concatenate([own.magnitudes, magnitudes]),
        radius=np.concatenate([own.radius, np.where(star, 0.0, rng.uniform(0.3, 1.2, count))]),
        star_score=np.concatenate([own.star_score, np.clip(score, 0.0, 1.0)]),
        neighbour=np.concatenate([own.neighbour, np.ones(count, dtype=bool)]),
    )


def _own_entries(rng: np.random.Generator, source: Source) -> Scene:
    """The source's own catalogue entry: its star, its host, or a nucleus and host seen as one."""
    star, host = source.quiet_magnitudes, source.host
    scatter = rng.normal(0, 0.12, 2)
    entries: list[tuple[float, float, Magnitudes, float, float]] = []
    if host is not None:
        magnitudes = host.magnitudes if star is None else _blend(star, host.magnitudes)
        score = float(rng.beta(1.0, 25.0) if star is None else rng.beta(1.5, 3.0))
        if host.magnitudes.r > 21.0:
            score = float(np.clip(rng.normal(0.45, 0.15), 0, 1))
        east, north = host.east + float(scatter[0]), host.north + float(scatter[1])
        entries.append((east, north, magnitudes, host.half_light_radius, score))
    elif star is not None and star.r < _OWN_FAINTEST:
        score = float(rng.beta(30.0, 0.6)) if star.r < 20 else float(rng.uniform(0.4, 1.0))
        entries.append((float(scatter[0]), float(scatter[1]), star, 0.0, score))
    columns = [np.array([entry[k] for entry in entries], dtype=float) for k in (0, 1, 3, 4)]
    magnitudes_of = np.array([entry[2] for entry in entries], dtype=float).reshape(len(entries), 4)
    return Scene(columns[0], columns[1], magnitudes_of, columns[2], columns[3], np.zeros(len(entries), dtype=bool))


def _blend(star: Magnitudes, galaxy: Magnitudes) -> Magnitudes:
    """A nucleus with the inner 40 % of its galaxy: what a PSF fit measures."""
    values = [-2.5 * np.log10(10 ** (-0.4 * a) + 0.4 * 10 ** (-0.4 * b)) for a, b in zip(star, galaxy, strict=True)]
    return Magnitudes(*(float(value) for value in values))
