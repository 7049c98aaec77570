"""MOCs as IVOA writes them."""

import astropy.units as u
import numpy as np
import pytest
from astropy_healpix import HEALPix
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import InvalidPosition
from domain.moc import MAX_MOC_LETTERS, parse_moc
from domain.sky import PIXELS, WHOLE_SKY, healpix
from tests.support.points import inside


def cells_of_an_order(order: int) -> st.SearchStrategy[tuple[int, list[tuple[int, int]]]]:
    pixels = st.integers(0, 12 * 4**order - 1)
    runs = st.tuples(pixels, st.integers(0, 20)).map(lambda run: (run[0], min(run[0] + run[1], 12 * 4**order - 1)))
    return st.lists(runs, max_size=5).map(lambda found: (order, found))


@given(
    st.lists(st.integers(0, 12).flatmap(cells_of_an_order), min_size=1, max_size=6),
    st.sampled_from([",", " ", ", ", "\n", " ,\t"]),
)
def test_a_place_is_inside_when_one_of_its_pixels_is_named(
    cells: list[tuple[int, list[tuple[int, int]]]], separator: str
) -> None:
    words = [
        f"{order}/" + separator.join(str(a) if a == b else f"{a}-{b}" for a, b in runs) for order, runs in cells
    ]
    moc = parse_moc(" ".join(words))
    random = np.random.default_rng(1)
    ra, dec = random.uniform(0, 360, 200), np.degrees(np.arcsin(random.uniform(-1, 1, 200)))
    named = np.zeros(200, dtype=bool)
    for order, runs in cells:
        pixels = HEALPix(2**order, order="nested").lonlat_to_healpix(ra * u.deg, dec * u.deg)
        for begin, end in runs:
            named |= (pixels >= begin) & (pixels <= end)
    assert (inside(healpix(ra, dec), moc.ranges) == named).all()
    assert moc.ranges.first == sorted(moc.ranges.first)
    assert all(end + 1 < start for end, start in zip(moc.ranges.last[:-1], moc.ranges.first[1:], strict=True))


def test_the_standard_s_own_example_is_read() -> None:
    moc = parse_moc("1/1-2,4 2/12-14,21,23,25 8/")
    unit = PIXELS // (12 * 16)  # a pixel of order 2
    covered = [(4, 11), (12, 14), (16, 19), (21, 21), (23, 23), (25, 25)]
    assert sum(b + 1 - a for a, b in zip(*moc.ranges, strict=True)) == sum(b + 1 - a for a, b in covered) * unit
    assert moc.ranges.first == [4 * unit, 16 * unit, 21 * unit, 23 * unit, 25 * unit]


@pytest.mark.parametrize("text", ["0/0-11", "s0/0-11", "s 0/0-11", "0/0-5 6-11", "0/0-11 3/5 29/0"])
def test_the_whole_sky(text: str) -> None:
    assert parse_moc(text).ranges == WHOLE_SKY


def test_orders_without_pixels_are_nowhere() -> None:
    assert parse_moc("8/").ranges.first == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the MOC is empty"),
        (" \n", "the MOC is empty"),
        ("12", "word 1 of the MOC, '12': the first pixel needs an order"),
        ("3/1 30/1", "word 2 of the MOC, '30/1': orders are 0 to 29"),
        ("0/12", "order 0 has the pixels 0 to 11"),
        ("29/3458764513820540928", "order 29 has the pixels 0 to 3458764513820540927"),
        ("1/3-2", "begins with the smaller number"),
        ("1/1 x", "word 2 of the MOC, 'x': it is not a pixel"),
        ("1/-3", "it is not a pixel"),
        ("t10/3", "it is not a pixel"),
        ('{"1": [1]}', "it is not a pixel"),
        ("0/1 " * MAX_MOC_LETTERS, "at most 2000000 letters"),
    ],
)
def test_what_is_no_moc_is_refused_in_words(text: str, message: str) -> None:
    with pytest.raises(InvalidPosition, match=message):
        parse_moc(text)


@given(st.one_of(st.text(max_size=30), st.text("0123456789/-, s", max_size=30)))
def test_any_text_is_a_moc_or_refused(text: str) -> None:
    try:
        ranges = parse_moc(text).ranges
    except InvalidPosition:
        return
    assert all(0 <= first <= last < PIXELS for first, last in zip(*ranges, strict=True))
