"""From true to measured difference flux: scatter, reported errors and the detection threshold.

Two errors, as in the packets. The scatter is that of forced photometry: background, photon noise, and what
subtraction leaves of a bright reference source. The reported `sigmapsf` follows its own empirical relation and
is larger.
"""

from dataclasses import dataclass

import numpy as np

from simulate.arrays import BoolArray, FloatArray
from simulate.exposures import Exposures

FORCED_NOISE_FACTOR = 2.07
"""Forced flux error / (pixel noise x seeing): median of 229 real rows; a Gaussian alone would give 1.51."""
GAIN = 6.2
"""Electrons per DN of the ZTF camera (Dekany et al. 2020)."""
RESIDUAL_FRACTION = 0.012
"""Scatter of the subtraction, as a fraction of the flux that the reference has at the place."""
SIGMA_AT_LIMIT = 0.19
SIGMA_SLOPE = 0.2
SIGMA_FLOOR = 0.02
"""sigmapsf = 0.19 x 10^(0.2 (magpsf - diffmaglim)), at least 0.02 [mag]: fitted to 226 isolated real detections."""
THRESHOLD = 5.0


@dataclass(frozen=True)
class Photometry:
    """Measured difference photometry, parallel to the exposures it was made on."""

    flux: FloatArray
    """Difference flux, science minus reference [DN]; negative when fainter than in the reference."""
    flux_error: FloatArray
    """Standard deviation of `flux` [DN]."""
    background_error: FloatArray
    """The part of `flux_error` that forced photometry reports: background noise alone, as in real rows [DN]."""
    magnitude: FloatArray
    """magpsf: of the absolute value of `flux`."""
    magnitude_error: FloatArray
    """sigmapsf, as reported: 1.0857 / it is the signal-to-noise ratio that the threshold is applied to."""
    matched_filter_ratio: FloatArray
    """scorr: peak signal-to-noise ratio in the matched-filtered difference image."""

    @property
    def detected(self) -> BoolArray:
        """Above 5 sigma in both measures, as every real alert is."""
        return np.asarray((1.0857 / self.magnitude_error >= THRESHOLD) & (self.matched_filter_ratio >= THRESHOLD))

    @property
    def raw_detected(self) -> BoolArray:
        """Above 3 sigma of the scatter: what `ndethist` counts."""
        return np.asarray(np.abs(self.flux) >= 3 * self.flux_error)


def to_counts(maggies: FloatArray, zero_point: FloatArray) -> FloatArray:
    """Flux in DN of a source given in units of zeroth magnitude."""
    return np.asarray(maggies * 10 ** (0.4 * zero_point))


def measure(
    rng: np.random.Generator, exposures: Exposures, difference: FloatArray, reference: FloatArray
) -> Photometry:
    """Measure true difference fluxes on top of `reference`, the flux of the reference source there (both DN)."""
    background = FORCED_NOISE_FACTOR * exposures.pixel_noise * exposures.seeing
    photons = np.maximum(difference + reference, 0.0) / GAIN
    error = np.sqrt(background**2 + photons + (RESIDUAL_FRACTION * reference) ** 2)
    flux = difference + rng.normal(0, 1, len(difference)) * error
    magnitude = exposures.zero_point - 2.5 * np.log10(np.maximum(np.abs(flux), 1e-3))
    depth = magnitude - exposures.limiting_magnitude
    reported = SIGMA_AT_LIMIT * 10 ** (SIGMA_SLOPE * depth) * rng.lognormal(0, 0.06, len(flux))
    ratio = np.abs(flux) / error * rng.lognormal(-0.1, 0.15, len(flux))
    return Photometry(flux, error, background, magnitude, np.hypot(reported, SIGMA_FLOOR), ratio)
