"""The small images of an alert."""

from dataclasses import dataclass
from io import BytesIO
from typing import Any

from arrayan_client.optional import optional

NORTH_AT_ROW_ZERO = {"ZTF"}
"""Surveys whose images have north in their first row; the others' first row is drawn at the bottom."""


@dataclass(frozen=True)
class Stamp:
    """One image around the object."""

    kind: str
    """SCIENCE, TEMPLATE or DIFFERENCE."""
    width: int
    height: int
    pixels: tuple[float | None, ...]
    """In the survey's units, row by row in the order of the FITS array; None without data."""
    fits: bytes
    """The same as a FITS file."""

    def array(self) -> Any:
        """A numpy array of `height` rows; NaN without data. Raises MissingPackage."""
        numpy = optional("numpy", "an array of pixels")
        values = [float("nan") if pixel is None else pixel for pixel in self.pixels]
        return numpy.array(values, dtype="float64").reshape(self.height, self.width)

    def to_hdulist(self) -> Any:
        """The FITS file as astropy has it. Raises MissingPackage."""
        return optional("astropy.io.fits", "an HDUList").open(BytesIO(self.fits))


@dataclass(frozen=True)
class Stamps:
    """The three images of one alert; None for one that its packet lacks."""

    survey: str
    name: str
    candid: str
    mjd: float
    """Time of the alert's exposure, MJD (UTC)."""
    band: str
    science: Stamp | None
    template: Stamp | None
    difference: Stamp | None

    @property
    def images(self) -> tuple[Stamp, ...]:
        """Those that are there: science, template, difference."""
        return tuple(stamp for stamp in (self.science, self.template, self.difference) if stamp is not None)

    def to_hdulist(self) -> Any:
        """One HDUList with an image for each, named SCIENCE, TEMPLATE and DIFFERENCE. Raises MissingPackage."""
        fits = optional("astropy.io.fits", "an HDUList")
        made = fits.HDUList([fits.PrimaryHDU()])
        for stamp in self.images:
            with stamp.to_hdulist() as file:
                image = next(hdu for hdu in file if hdu.data is not None)
                made.append(fits.ImageHDU(image.data.copy(), header=image.header, name=stamp.kind))
        return made

    def plot(self, **options: Any) -> Any:
        """Draw them; see `Arrayan.plot_stamps`. Raises MissingPackage."""
        from arrayan_client.plots import plot_stamps

        return plot_stamps(self, **options)
