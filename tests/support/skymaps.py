"""Synthetic sky maps, written as observatories write them, without any of our own code."""

import gzip
import io
from typing import Any, NamedTuple

import astropy.units as u
import numpy as np
from astropy.io import fits
from astropy_healpix import HEALPix, level_ipix_to_uniq
from numpy.typing import NDArray

SQUARE_DEGREES = 4 * np.pi * np.degrees(1) ** 2


class Map(NamedTuple):
    """Nested pixels of several orders, with their probability."""

    order: NDArray[np.int64]
    pixel: NDArray[np.int64]
    probability: NDArray[np.float64]

    @property
    def density(self) -> NDArray[np.float64]:
        """Probability per square degree."""
        return np.asarray(self.probability / (SQUARE_DEGREES / (12 * 4.0**self.order)))

    def index_of(self, ra: NDArray[np.float64], dec: NDArray[np.float64]) -> NDArray[np.int64]:
        """Which pixel each place lies in, order by order, by astropy-healpix; -1 for none."""
        found = np.full(len(ra), -1)
        for order in np.unique(self.order).tolist():
            here = HEALPix(2**order, order="nested").lonlat_to_healpix(ra * u.deg, dec * u.deg)
            numbers = {int(self.pixel[index]): index for index in np.flatnonzero(self.order == order)}
            for place, pixel in enumerate(here.tolist()):
                found[place] = numbers.get(pixel, found[place])
        return found

    def credible_levels(self) -> NDArray[np.float64]:
        """Probability in the pixels up to each one's rank, by brute force."""
        density = self.density.tolist()
        ranked = sorted(range(len(density)), key=lambda index: -density[index])
        levels, total = np.empty(len(density)), 0.0
        for index in ranked:
            total += self.probability[index]
            levels[index] = total
        return levels

    def inside(self, level: float) -> NDArray[np.bool_]:
        """The pixels of the smallest region with at least this probability: those before it was reached."""
        return np.asarray(self.credible_levels() - self.probability < level - 1e-12)


def two_arcs(ra: float = 10.0, dec: float = 20.0, width: float = 8.0, *, coarse: int = 3, fine: int = 6) -> Map:
    """A map with a peak, a wider and fainter one on the other side of the sky, and a floor: fine pixels where there
    is most, coarse ones elsewhere."""
    orders, pixels, probabilities = [], [], []
    parents = np.arange(12 * 4**coarse)
    dense = _bell(parents, coarse, ra, dec, width) > 0.01
    for order, chosen in (
        (coarse, parents[~dense]),
        (fine, (parents[dense][:, None] * 4 ** (fine - coarse) + np.arange(4 ** (fine - coarse))).ravel()),
    ):
        value = _bell(chosen, order, ra, dec, width) + 0.2 * _bell(chosen, order, ra + 180, -dec, 2 * width) + 1e-4
        orders.append(np.full(chosen.size, order))
        pixels.append(chosen)
        probabilities.append(value / 4.0**order)
    probability = np.concatenate(probabilities)
    return Map(np.concatenate(orders), np.concatenate(pixels), probability / probability.sum())


def _bell(pixels: NDArray[np.int64], order: int, ra: float, dec: float, width: float) -> NDArray[np.float64]:
    lon, lat = HEALPix(2**order, order="nested").healpix_to_lonlat(pixels)
    cosine = np.sin(lat.rad) * np.sin(np.radians(dec)) + np.cos(lat.rad) * np.cos(np.radians(dec)) * np.cos(
        lon.rad - np.radians(ra)
    )
    return np.asarray(np.exp(-(np.degrees(np.arccos(np.clip(cosine, -1, 1))) ** 2) / (2 * width**2)))


def multi_order_fits(item: Map, unit: str | None = "sr-1", /, **header: Any) -> bytes:
    """UNIQ and PROBDENSITY, per steradian, as LIGO, Virgo and KAGRA send it, distance columns included."""
    density = item.density * (1 if unit == "deg-2" else np.degrees(1) ** 2)
    uniq = level_ipix_to_uniq(item.order, item.pixel)
    nothing = np.full(len(uniq), np.inf)
    table = fits.BinTableHDU.from_columns(
        [
            fits.Column("UNIQ", "K", array=uniq),
            fits.Column("PROBDENSITY", "D", unit=unit, array=density),
            fits.Column("DISTMU", "D", unit="Mpc", array=nothing),
        ]
    )
    table.header.update(
        {"PIXTYPE": "HEALPIX", "ORDERING": "NUNIQ", "COORDSYS": "C", "INDXSCHM": "EXPLICIT", **header}
    )
    return _file(table)


def flat_fits(
    probability: NDArray[np.float64], ordering: str = "NESTED", *, row: int = 1, name: str = "PROB", **header: Any
) -> bytes:
    """PROB of every pixel in turn, so many in a row of the table."""
    values = probability.reshape(-1, row) if row > 1 else probability
    table = fits.BinTableHDU.from_columns([fits.Column(name, f"{row}D", array=values)])
    nside = round((probability.size / 12) ** 0.5)
    table.header.update(
        {
            "PIXTYPE": "HEALPIX",
            "ORDERING": ordering,
            "COORDSYS": "C",
            "NSIDE": nside,
            "INDXSCHM": "IMPLICIT",
            **header,
        }
    )
    return _file(table)


def flattened(item: Map, order: int) -> NDArray[np.float64]:
    """The probability of every nested pixel of an order."""
    values = np.zeros(12 * 4**order)
    for level, pixel, probability in zip(item.order, item.pixel, item.probability, strict=True):
        parts = 4 ** (order - int(level))
        values[pixel * parts : (pixel + 1) * parts] = probability / parts
    return values


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _file(table: fits.BinTableHDU) -> bytes:
    written = io.BytesIO()
    fits.HDUList([fits.PrimaryHDU(), table]).writeto(written)
    return written.getvalue()
