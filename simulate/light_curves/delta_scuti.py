"""Delta Scuti stars: 0.03 to 0.25 d, mostly the larger amplitudes, since those make alerts.

A main mode with a harmonic, and a second mode near the ratio 0.773 of the first overtone (Petersen & Christensen-
Dalsgaard 1996) in a third of them.
"""

from dataclasses import dataclass

import numpy as np

from simulate.arrays import FloatArray, IntArray
from simulate.bands import from_r_and_colours
from simulate.light_curves.magnitude_draw import draw_magnitude
from simulate.light_curves.phased import FourierShape, by_fid, sawtooth
from simulate.source import Sightline, Source


@dataclass(frozen=True)
class TwoModeLightCurve:
    """A main mode and a weaker overtone, added in magnitudes."""

    period: float
    epoch: float
    shape: FourierShape
    mean: FloatArray
    amplitude: FloatArray
    overtone: float
    """Amplitude of the overtone in units of the main one."""

    def flux(self, mjd: FloatArray, fid: IntArray, rng: np.random.Generator) -> FloatArray:  # noqa: ARG002
        turns = (mjd - self.epoch) / self.period
        wave = self.shape(turns % 1.0) + self.overtone * 0.5 * np.sin(2 * np.pi * turns / 0.773)
        return np.asarray(10 ** (-0.4 * (self.mean[fid] + self.amplitude[fid] * wave)))


def draw_delta_scuti(rng: np.random.Generator, sightline: Sightline) -> Source:
    period = float(np.exp(np.clip(rng.normal(np.log(0.085), 0.42), np.log(0.03), np.log(0.25))))
    amplitude = float(np.clip(rng.lognormal(np.log(0.30), 0.45), 0.06, 0.9))
    quiet = from_r_and_colours(draw_magnitude(rng, 13.0, 18.0, 0.15), float(rng.normal(0.22, 0.08)), 0.06)
    light_curve = TwoModeLightCurve(
        period=period,
        epoch=sightline.night_mjd - float(rng.uniform(0, period)),
        shape=sawtooth(float(rng.uniform(0.3, 0.75)), harmonics=4),
        mean=quiet.by_fid(),
        amplitude=amplitude * by_fid(1.0, 0.71, 0.56),
        overtone=float(rng.uniform(0.1, 0.4)) if rng.random() < 0.33 else 0.0,
    )
    return Source(
        light_curve=light_curve,
        kind="HADS" if amplitude > 0.3 else "DSCT",
        quiet_magnitudes=quiet,
        period_days=period,
        parameters={"amplitude_mag": amplitude, "mean_magnitude": quiet.r},
    )
