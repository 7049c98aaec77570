"""The sky is cut so that every row is in one pixel, and no pixel could be larger."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from takeout.healpix_partitions import Pixel, partitions_of

ORDER = 4
COUNTS = some.dictionaries(some.integers(0, 12 * 4**ORDER - 1), some.integers(1, 50), max_size=60)


@given(counts=COUNTS, most=some.integers(1, 300))
def test_every_row_is_in_one_pixel_that_is_as_large_as_may_be(counts: dict[int, int], most: int) -> None:
    partitions = partitions_of(counts, ORDER, most)
    covered = [
        number
        for (order, first), _ in partitions
        for number in range(first << 2 * (ORDER - order), (first + 1) << 2 * (ORDER - order))
        if number in counts
    ]
    assert covered == sorted(counts)
    assert sum(rows for _, rows in partitions) == sum(counts.values())
    for pixel, rows in partitions:
        assert 0 < rows <= most or pixel.order == ORDER
        if pixel.order > 0:
            siblings = range(pixel.number >> 2 << 2, (pixel.number >> 2 << 2) + 4)
            width = 4 ** (ORDER - pixel.order)
            together = sum(counts.get(n, 0) for one in siblings for n in range(one * width, (one + 1) * width))
            assert together > most
    assert [pixel.first for pixel, _ in partitions] == sorted(pixel.first for pixel, _ in partitions)


@pytest.mark.parametrize(
    ("pixel", "file"),
    [
        (Pixel(0, 11), "Norder=0/Dir=0/Npix=11.parquet"),
        (Pixel(5, 9_999), "Norder=5/Dir=0/Npix=9999.parquet"),
        (Pixel(9, 2_510_001), "Norder=9/Dir=2510000/Npix=2510001.parquet"),
    ],
)
def test_files_are_named_as_hats_has_it(pixel: Pixel, file: str) -> None:
    assert pixel.file == file


def test_a_pixel_knows_its_range() -> None:
    assert (Pixel(0, 0).first, Pixel(0, 11).last) == (0, 12 * 4**29 - 1)
    assert Pixel(29, 7).first == Pixel(29, 7).last == 7
