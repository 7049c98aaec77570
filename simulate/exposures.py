"""Exposures as parallel arrays: when, where, through which filter, under which sky."""

from dataclasses import dataclass, fields
from functools import cached_property

import numpy as np

from simulate.arrays import FloatArray, IntArray

LIMIT_FACTOR = 15.8
"""The limit's flux over (pixel noise x seeing): median of 392 forced photometry rows of real packets."""


@dataclass(frozen=True)
class Exposures:
    """One entry per exposure, in order of time."""

    mjd: FloatArray
    """Start of the exposure, UTC [d]."""
    field: IntArray
    """Index into `fields.all_fields()`."""
    fid: IntArray
    seeing: FloatArray
    """FWHM of the point spread function [pixels]."""
    zero_point: FloatArray
    """Magnitude of 1 DN."""
    sky: FloatArray
    """Background per pixel [DN]."""
    pixel_noise: FloatArray
    """Standard deviation of a background pixel [DN]."""

    def __len__(self) -> int:
        return len(self.mjd)

    def take(self, index: IntArray | slice) -> "Exposures":
        return Exposures(*(getattr(self, column.name)[index] for column in fields(self)))

    @cached_property
    def night(self) -> IntArray:
        """Integer MJD: at Palomar the whole night lies within one."""
        return np.asarray(np.floor(self.mjd), dtype=np.int64)

    @cached_property
    def limit_flux(self) -> FloatArray:
        """Difference flux at the limiting magnitude [DN]."""
        return LIMIT_FACTOR * self.pixel_noise * self.seeing

    @cached_property
    def limiting_magnitude(self) -> FloatArray:
        """`diffmaglim`: called a 5 sigma limit, and conservative in the real packets as here."""
        return np.asarray(self.zero_point - 2.5 * np.log10(self.limit_flux))
