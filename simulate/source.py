"""What a family of objects hands to the rest: a light curve, its surroundings and its true parameters."""

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from simulate.arrays import FloatArray, IntArray
from simulate.bands import Magnitudes
from simulate.host import Host


class LightCurve(Protocol):
    """How bright the changing source is."""

    def flux(self, mjd: FloatArray, fid: IntArray, rng: np.random.Generator) -> FloatArray:
        """True flux in units of zeroth AB magnitude at epochs in any order; 0 is dark.

        A stochastic light curve is realised by `rng` for all epochs of one call together; the others ignore it.
        """
        ...


@dataclass(frozen=True, kw_only=True)
class Source:
    """One object of the sky, before anybody has looked at it."""

    light_curve: LightCurve
    kind: str
    """Finer than the subclass, for example RRab or dipole."""
    quiet_magnitudes: Magnitudes | None = None
    """Mean magnitudes of the point source that catalogues have here; None when there is nothing."""
    host: Host | None = None
    redshift: float = np.nan
    period_days: float = np.nan
    first_light_mjd: float = np.nan
    peak_mjd: float = np.nan
    parameters: dict[str, float] = field(default_factory=dict)
    """Truth that only some families have, by the name of its column in the truth table."""


@dataclass(frozen=True, kw_only=True)
class Sightline:
    """Where an object is to be, and when it will be looked at in the night."""

    galactic_latitude: float
    ecliptic_latitude: float
    visit_mjd: FloatArray
    """Starts of the exposures of this place in the night."""
    visit_fid: IntArray
    survey_mjd: FloatArray
    """Starts of all exposures of this place so far."""

    @property
    def night_mjd(self) -> float:
        return float(self.visit_mjd[-1])
