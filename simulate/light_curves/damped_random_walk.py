"""The damped random walk (Ornstein-Uhlenbeck process) of accreting black holes; Kelly et al. (2009)."""

from dataclasses import dataclass

import numpy as np

from simulate.arrays import FloatArray, IntArray


def damped_random_walk(mjd: FloatArray, tau: float, sigma: float, rng: np.random.Generator) -> FloatArray:
    """Deviation from the mean at each epoch [mag], exact for any spacing; equal epochs get equal values.

    `tau` is the damping time [d], `sigma` the standard deviation over times long against it [mag]. The structure
    function is sqrt(2) sigma sqrt(1 - exp(-dt / tau)).
    """
    epochs, back = np.unique(mjd, return_inverse=True)
    memory = np.exp(-np.diff(epochs) / tau)
    kicks = sigma * np.sqrt(1 - memory**2) * rng.normal(0, 1, len(memory))
    walk = np.empty(len(epochs))
    current = walk[0] = sigma * rng.normal()
    for step, (kept, kick) in enumerate(zip(memory.tolist(), kicks.tolist(), strict=True), start=1):
        current = current * kept + kick
        walk[step] = current
    return walk[back]


def structure_function(lag: FloatArray, tau: float, sigma: float) -> FloatArray:
    """Root mean square magnitude difference at a time lag [mag] (MacLeod et al. 2010, equation 3)."""
    return np.asarray(np.sqrt(2) * sigma * np.sqrt(1 - np.exp(-lag / tau)))


@dataclass(frozen=True)
class RandomWalkLightCurve:
    """A mean magnitude per band with one damped random walk, stronger in the blue."""

    mean: FloatArray
    tau: float
    sigma: float
    """In r [mag]."""
    ratio: FloatArray
    """Amplitude by `fid`, relative to r."""

    def flux(self, mjd: FloatArray, fid: IntArray, rng: np.random.Generator) -> FloatArray:
        walk = damped_random_walk(mjd, self.tau, self.sigma, rng)
        return np.asarray(10 ** (-0.4 * (self.mean[fid] + self.ratio[fid] * walk)))
