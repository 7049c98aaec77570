"""The three stamps of an alert as one array: 63 x 63 pixels about the candidate, in units of their noise.

Odd stamps are data. One that is small, cut at a detector's edge or masked has pixels without data; one that is
missing, broken or constant has nothing but such pixels. The candidate is the middle of the image, as in all
stamps of ZTF that are not cut short; where one is cut short, nobody says on which side, so that the
candidate is taken to be in the middle of what is left.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from domain.stamp import StampError, StampKind, decode_stamp

SIZE = 63
"""Pixels a side: a ZTF stamp."""
KINDS = (StampKind.SCIENCE, StampKind.TEMPLATE, StampKind.DIFFERENCE)
"""In the order of the array's channels; a last channel says where all three have data."""
CHANNELS = len(KINDS) + 1
_MAD_TO_SIGMA = 1.4826
_EVERY = 2
"""Level and noise are measured on every second pixel of every second row: a thousand are enough."""
SOFTENING = 3.0
"""Standard deviations of noise up to which the stretch is about linear."""
_BRIGHTEST = 1e6
"""Standard deviations: far beyond any star, and finite in 32 bits when squared."""

FloatArray = NDArray[np.float32]


class Triplet(NamedTuple):
    """What the network sees of the stamps."""

    pixels: FloatArray
    """SIZE x SIZE x CHANNELS; 0 where there are no data, and in the last channel."""
    missing: tuple[bool, bool, bool]
    """For each of KINDS, whether there is no image."""


def triplet_of(stamps: Mapping[StampKind, bytes]) -> Triplet:
    """The stamps of a packet, decoded, put in place and scaled. Never raises for what a survey may send."""
    images = [_decoded(kind, stamps.get(kind)) for kind in KINDS]
    return triplet_of_images(images)


def triplet_of_images(images: list[FloatArray | None]) -> Triplet:
    """The same from images, in the order of KINDS; None, and no finite pixel at all, is a missing one."""
    pixels = np.zeros((SIZE, SIZE, CHANNELS), np.float32)
    valid = np.ones((SIZE, SIZE), bool)
    missing = []
    for channel, image in enumerate(images):
        scaled = None if image is None else _scaled(centred(image))
        missing.append(scaled is None)
        if scaled is not None:
            finite = np.isfinite(scaled)
            valid &= finite
            pixels[..., channel] = np.where(finite, scaled, 0.0)
    pixels[..., -1] = 0.0 if all(missing) else valid
    return Triplet(pixels, (missing[0], missing[1], missing[2]))


def centred(image: FloatArray) -> FloatArray:
    """The middle SIZE x SIZE pixels, with NaN around an image that is smaller."""
    if image.shape == (SIZE, SIZE):
        return image
    rows, columns = (min(size, SIZE) for size in image.shape)
    top, left = ((size - kept) // 2 for size, kept in zip(image.shape, (rows, columns), strict=True))
    placed = np.full((SIZE, SIZE), np.nan, np.float32)
    above, before = (SIZE - rows) // 2, (SIZE - columns) // 2
    placed[above : above + rows, before : before + columns] = image[top : top + rows, left : left + columns]
    return placed


def _decoded(kind: StampKind, data: bytes | None) -> FloatArray | None:
    if data is None:
        return None
    try:
        return decode_stamp(kind, data).pixels
    except StampError:
        return None


def _scaled(image: FloatArray) -> FloatArray | None:
    """asinh of the pixel's distance from the background in units of noise; None without a finite pixel or noise.

    Level and noise are the median and the median absolute deviation. The stretch keeps faint sources linear and
    lets stars of any brightness stay in range, without a limit taken from the image itself, which would hide
    how significant its peak is.
    """
    sample = image[::_EVERY, ::_EVERY]
    sample = sample[np.isfinite(sample)]
    if not sample.size:
        sample = image[np.isfinite(image)]
    if not sample.size:
        return None
    level = np.median(sample)
    noise = _MAD_TO_SIGMA * np.median(np.abs(sample - level))
    if not noise > 0:
        noise = np.std(image[np.isfinite(image)], dtype=np.float64)
    if not (np.isfinite(level) and 0 < noise < np.inf):
        return None
    with np.errstate(over="ignore"):
        significance = np.clip((image - level) / np.float32(noise), -_BRIGHTEST, _BRIGHTEST)
    return np.asarray(np.arcsinh(significance / SOFTENING), np.float32)
