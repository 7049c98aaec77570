"""The sky cut into HEALPix pixels, large where there is little and small where there is much."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from domain.sky import HEALPIX_ORDER

DIRECTORY_SIZE = 10_000


class Pixel(NamedTuple):
    """A nested HEALPix pixel."""

    order: int
    number: int

    @property
    def first(self) -> int:
        """The first order-29 pixel in it."""
        return self.number << 2 * (HEALPIX_ORDER - self.order)

    @property
    def last(self) -> int:
        """The last order-29 pixel in it."""
        return ((self.number + 1) << 2 * (HEALPIX_ORDER - self.order)) - 1

    @property
    def file(self) -> str:
        """Where HATS keeps its rows, below `dataset/`."""
        directory = self.number // DIRECTORY_SIZE * DIRECTORY_SIZE
        return f"Norder={self.order}/Dir={directory}/Npix={self.number}.parquet"


class Partition(NamedTuple):
    """A pixel with rows, and how many."""

    pixel: Pixel
    rows: int


def partitions_of(counts: Mapping[int, int], order: int, most_rows: int) -> list[Partition]:
    """The largest pixels with at most so many rows, in the order of the sky. The smallest are those that are
    counted, which may have more; `counts` are of the pixels of an order that have any."""
    levels = [dict(counts)]
    for _ in range(order):
        coarser: dict[int, int] = {}
        for number, rows in levels[-1].items():
            coarser[number >> 2] = coarser.get(number >> 2, 0) + rows
        levels.append(coarser)
    levels.reverse()

    def divided(pixel: Pixel) -> Iterator[Partition]:
        rows = levels[pixel.order].get(pixel.number, 0)
        if rows == 0:
            return
        if rows <= most_rows or pixel.order == order:
            yield Partition(pixel, rows)
            return
        for child in range(4):
            yield from divided(Pixel(pixel.order + 1, 4 * pixel.number + child))

    return [partition for base in range(12) for partition in divided(Pixel(0, base))]
