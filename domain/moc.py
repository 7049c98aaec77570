"""Multi-order coverage maps (MOC, an IVOA standard): regions as nested HEALPix pixels of several orders."""

import re
from typing import NamedTuple

import numpy as np

from domain.errors import InvalidPosition
from domain.sky import HEALPIX_ORDER, PixelRanges, merged_ranges

MAX_MOC_LETTERS = 2_000_000

_WORD = re.compile(r"(?:(\d{1,9})/)?(?:(\d{1,20})(?:-(\d{1,20}))?)?", re.ASCII)


class Moc(NamedTuple):
    """The union of some pixels. A place is inside when its order-29 pixel is in one of the ranges."""

    ranges: PixelRanges


def parse_moc(text: str) -> Moc:
    """A MOC in the ASCII form of IVOA's standard, such as `3/10-12,14 5/2000`; pixels may overlap.

    Raises InvalidPosition with the word that is wrong.
    """
    if len(text) > MAX_MOC_LETTERS:
        raise InvalidPosition(f"a MOC may have at most {MAX_MOC_LETTERS} letters, got {len(text)}")
    words = text.replace(",", " ").split()
    if words and words[0].startswith("s"):  # MOC 2.0 may say that it is of space
        words[0] = words[0][1:]
    if not any(words):
        raise InvalidPosition("the MOC is empty: write orders and pixels, such as '3/10-12,14 5/2000'")
    first: list[int] = []
    last: list[int] = []
    order: int | None = None
    for place, word in enumerate(filter(None, words)):
        order, pixels = _read(word, place, order)
        if pixels is not None:
            shift = 2 * (HEALPIX_ORDER - order)
            first.append(pixels[0] << shift)
            last.append(((pixels[1] + 1) << shift) - 1)
    return Moc(merged_ranges(np.array(first, dtype=np.int64), np.array(last, dtype=np.int64)))


def _read(word: str, place: int, order: int | None) -> tuple[int, tuple[int, int] | None]:
    """The order that holds from a word on, and the pixels in it."""
    found = _WORD.fullmatch(word)
    if found is None:
        raise _wrong(word, place, "it is not a pixel (12), a run of pixels (12-15) or an order (5/)")
    if found[1] is not None:
        order = int(found[1])
        if order > HEALPIX_ORDER:
            raise _wrong(word, place, f"orders are 0 to {HEALPIX_ORDER}")
    if order is None:
        raise _wrong(word, place, "the first pixel needs an order before it, such as '5/'")
    if found[2] is None:
        return order, None
    begin = int(found[2])
    end = begin if found[3] is None else int(found[3])
    if begin > end:
        raise _wrong(word, place, "a run of pixels begins with the smaller number")
    if end >= 12 * 4**order:
        raise _wrong(word, place, f"order {order} has the pixels 0 to {12 * 4**order - 1}")
    return order, (begin, end)


def _wrong(word: str, place: int, reason: str) -> InvalidPosition:
    return InvalidPosition(f"word {place + 1} of the MOC, {word[:40]!r}: {reason}")
