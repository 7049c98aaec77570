"""Cataclysmic variables: dwarf novae with recurring outbursts, and a few classical novae.

Dwarf novae: 2 to 6 mag, rise 0.5 to 2 d, plateau, decline 1.5 to 6 d per magnitude of e-folding, every 15 to 300 d
(ranges of Coppejans et al. 2016). Novae: t2 log-normal around 15 d (Strope et al. 2010), 8 to 12 mag.
An outburst is placed to run in the night: a quiet one makes no alert.
"""

from dataclasses import dataclass

import numpy as np

from simulate.arrays import FloatArray, IntArray
from simulate.bands import from_r_and_colours
from simulate.light_curves.magnitude_draw import draw_magnitude
from simulate.light_curves.phased import by_fid
from simulate.source import Sightline, Source


@dataclass(frozen=True)
class OutburstLightCurve:
    """A quiet star that brightens by `amplitude` again and again; each outburst: linear rise, plateau, decline."""

    quiet: FloatArray
    start: FloatArray
    """Beginnings of the outbursts [MJD]."""
    amplitude: float
    """In g [mag]."""
    ratio: FloatArray
    rise: float
    plateau: float
    fading: float
    """Days per magnitude after the plateau."""

    def flux(self, mjd: FloatArray, fid: IntArray, rng: np.random.Generator) -> FloatArray:  # noqa: ARG002
        since = mjd[:, None] - self.start[None, :]
        rising = np.clip(since / self.rise, 0, 1) * self.amplitude
        fading = np.maximum(since - self.rise - self.plateau, 0) / self.fading
        brightening = np.maximum(rising - fading, 0).max(axis=1)
        return np.asarray(10 ** (-0.4 * (self.quiet[fid] - self.ratio[fid] * brightening)))


def draw_cataclysmic(rng: np.random.Generator, sightline: Sightline) -> Source:
    nova = bool(rng.random() < 0.06)
    if nova:
        t2 = float(np.clip(rng.lognormal(np.log(15), 0.7), 3, 120))
        amplitude, rise, plateau, fading = float(rng.uniform(8, 12)), 1.5, 0.5, t2 / 2
        recurrence, peak = 1e6, float(rng.uniform(10.0, 16.5))
        quiet_r = peak + amplitude
    else:
        amplitude, rise = float(rng.uniform(2, 6)), float(rng.uniform(0.5, 2.0))
        plateau, fading = float(rng.uniform(1, 8)), float(rng.uniform(1.5, 6.0))
        recurrence = float(10 ** rng.uniform(np.log10(15), np.log10(300)))
        quiet_r = draw_magnitude(rng, 17.0, 22.5, 0.2)
    length = rise + plateau + fading * amplitude
    recurrence = max(recurrence, 1.2 * length)
    last = sightline.night_mjd - float(rng.uniform(0.1, min(length, 60.0)))
    earlier = last - np.cumsum(recurrence * rng.lognormal(0, 0.25, 12))
    quiet = from_r_and_colours(quiet_r, float(rng.normal(0.25, 0.2)), 0.2)
    return Source(
        light_curve=OutburstLightCurve(
            quiet.by_fid(), np.append(earlier, last), amplitude, by_fid(1.0, 0.95, 0.9), rise, plateau, fading
        ),
        kind="nova" if nova else "dwarf nova",
        quiet_magnitudes=quiet,
        first_light_mjd=last,
        peak_mjd=last + rise,
        parameters={"amplitude_mag": amplitude, "mean_magnitude": quiet.r},
    )
