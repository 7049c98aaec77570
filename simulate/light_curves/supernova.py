"""What all supernovae share: an explosion some time ago, a distance, dust, a host galaxy.

The age in the night is uniform over the time that the type can be seen, and one in four is drawn young (light
for less than 12 d), so that every night has rising ones.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from simulate.arrays import FloatArray, IntArray
from simulate.bands import DUST_EXTINCTION
from simulate.cosmology import distance_modulus
from simulate.sky import dust_reddening

YOUNG_SHARE = 0.25
_YOUNG_DAYS = (0.5, 12.0)


class RestFrameLight(Protocol):
    """Light of an explosion as its neighbours see it."""

    def luminosity(self, days: FloatArray, fid: IntArray) -> FloatArray:
        """In units of absolute magnitude zero, at rest-frame days after the explosion; 0 before."""
        ...


@dataclass(frozen=True)
class SupernovaLightCurve:
    """A rest-frame light curve seen through distance, time dilation and dust.

    The passbands are not shifted (no K-correction by a spectrum): only -2.5 log10(1 + z) is applied.
    """

    light: RestFrameLight
    explosion_mjd: float
    redshift: float
    extinction: FloatArray
    """By `fid` [mag]: of our Galaxy and of the host."""

    def flux(self, mjd: FloatArray, fid: IntArray, rng: np.random.Generator) -> FloatArray:  # noqa: ARG002
        days = (mjd - self.explosion_mjd) / (1 + self.redshift)
        dimming = distance_modulus(self.redshift) - 2.5 * np.log10(1 + self.redshift) + self.extinction[fid]
        return np.asarray(self.light.luminosity(days, fid) * 10 ** (-0.4 * dimming))


def explosion_before(rng: np.random.Generator, night_mjd: float, visible_days: float) -> float:
    """MJD of an explosion that is `visible_days` old at most; one in four is young."""
    if rng.random() < YOUNG_SHARE:
        return night_mjd - float(rng.uniform(*_YOUNG_DAYS))
    return night_mjd - float(rng.uniform(1.0, visible_days))


def extinction(rng: np.random.Generator, latitude: float, host_reddening: float) -> FloatArray:
    """Our Galaxy's dust at `latitude` and an exponential amount in the host [mag], by `fid`."""
    host = rng.exponential(host_reddening) if host_reddening > 0 else 0.0
    return np.asarray(DUST_EXTINCTION * (dust_reddening(latitude) + host))
