"""Galaxies around transients and nuclei: profile, size, brightness, and where in them things happen."""

from dataclasses import dataclass

import numpy as np

from simulate.bands import Magnitudes, from_r_and_colours
from simulate.cosmology import arcsec_per_kpc, distance_modulus
from simulate.sky import dust_reddening


@dataclass(frozen=True, kw_only=True)
class Host:
    """A galaxy; its centre is (`east`, `north`) arcsec away from the changing source."""

    magnitudes: Magnitudes
    sersic_index: float
    half_light_radius: float
    """Arcsec."""
    axis_ratio: float
    position_angle: float
    """Radians."""
    east: float = 0.0
    north: float = 0.0

    @property
    def offset(self) -> float:
        """Distance of the changing source from the centre [arcsec]."""
        return float(np.hypot(self.east, self.north))


def draw_host(
    rng: np.random.Generator,
    redshift: float,
    latitude: float,
    *,
    absolute_r: float = -20.6,
    spread: float = 1.1,
    nuclear: bool = False,
) -> Host:
    """A galaxy at `redshift`; the event happens in it as its light is spread, or in its centre when `nuclear`.

    Half-light radius 3.6 kpc (L / L*)^0.35 with 0.2 dex scatter, near the late-type relation of Shen et al. (2003).
    """
    absolute = rng.normal(absolute_r, spread)
    r = absolute + distance_modulus(redshift) + 2.27 * dust_reddening(latitude) + 1.0 * redshift
    size_kpc = 3.6 * 10 ** (-0.4 * 0.35 * (absolute + 20.8)) * 10 ** rng.normal(0, 0.15)
    radius = float(np.clip(size_kpc * arcsec_per_kpc(redshift), 0.4, 14.0))
    axis_ratio, angle = float(rng.uniform(0.35, 1.0)), float(rng.uniform(0, np.pi))
    east, north = (0.0, 0.0) if nuclear else _event_position(rng, radius, axis_ratio, angle)
    return Host(
        magnitudes=from_r_and_colours(
            float(r), float(rng.normal(0.6 + redshift, 0.12)), float(rng.normal(0.3, 0.06))
        ),
        sersic_index=float(rng.choice([1.0, 2.5, 4.0], p=[0.6, 0.25, 0.15])),
        half_light_radius=radius,
        axis_ratio=axis_ratio,
        position_angle=angle,
        east=east,
        north=north,
    )


def _event_position(
    rng: np.random.Generator, radius: float, axis_ratio: float, angle: float
) -> tuple[float, float]:
    """The centre as seen from the event, which lies in an exponential disc (half light at 1.68 scale lengths)."""
    along = rng.gamma(2.0, radius / 1.678)
    turn = rng.uniform(0, 2 * np.pi)
    x, y = along * np.cos(turn), along * np.sin(turn) * axis_ratio
    return float(x * np.cos(angle) - y * np.sin(angle)), float(x * np.sin(angle) + y * np.cos(angle))
