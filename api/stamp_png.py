"""Stamps as pictures that an astronomer can judge at a glance.

North is up where the survey's rows run north to south; else the first row of the image is the lowest of the
picture, as in FITS viewers. Every shade of grey is a flux; a pixel without
data is slate blue, which no flux can be. Each pixel becomes a square, never smoothed: what looks like one
hot pixel is one.
"""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from domain.stamp import Stamp, StampKind

DEFAULT_SCALE = 4
MAX_PICTURE_SIDE = 4096
"""Pixels. A stamp that would become larger is enlarged less."""

NO_DATA = 255
GREY_LEVELS = 255
NO_DATA_COLOR = (66, 94, 128)
MIDDLE = 0.5
"""Where sky lies between black and white in a difference; also the shade of an image without contrast."""

CLIP_SIGMA = 3.0
CLIP_ROUNDS = 5
SIGMA_OF_MAD = 1.4826

PIXELS_PER_PEAK = 4
"""The brightest pixels of a star; one hot pixel is fewer, so it does not set the scale."""
SKY_DEPTH_SIGMA = 2.0
"""Black is this far below the sky: its noise shows as dark grey, as a sign of depth."""
LEAST_PEAK_SIGMA = 7.0
"""White is at least this far from the sky, so that pure noise does not look like sources."""
SOFTENING_SIGMA = 4.0
"""The stretch is linear below, logarithmic above."""
LEAST_NOISE = 1e-3
"""Noise of an image without any, relative to its peak."""


def render_png(stamp: Stamp, *, scale: int = DEFAULT_SCALE, row_zero_on_top: bool = False) -> bytes:
    """An 8-bit PNG, each pixel `scale` x `scale`, the same bytes for the same stamp.

    Science and template run from black (below sky) to white (peak) by an asinh stretch. A difference is
    symmetric: sky is mid-grey, positive pixels go to white and negative ones to black. Mind the survey's
    sign: LSST's difference is always science less template; ZTF's is template less science in an alert
    with a negative detection, so there a source that faded is white too.
    """
    shades = _shades(stamp) if row_zero_on_top else _shades(stamp)[::-1]
    height, width = shades.shape
    factor = max(1, min(scale, MAX_PICTURE_SIDE // max(height, width)))
    picture = Image.fromarray(np.repeat(np.repeat(shades, factor, axis=0), factor, axis=1))
    picture.putpalette(_palette())
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def _palette() -> list[int]:
    greys = np.repeat(np.linspace(0, 255, GREY_LEVELS).round().astype(int), 3)
    return [*greys.tolist(), *NO_DATA_COLOR]


def _shades(stamp: Stamp) -> NDArray[np.uint8]:
    """Palette indices, of the shape of the pixels."""
    has_data = np.isfinite(stamp.pixels)
    shades = np.full(stamp.pixels.shape, NO_DATA, np.uint8)
    if has_data.any():
        brightness = _brightness(stamp.kind, stamp.pixels[has_data].astype(np.float64))
        shades[has_data] = np.rint(np.clip(brightness, 0, 1) * (GREY_LEVELS - 1))
    return shades


def _brightness(kind: StampKind, fluxes: NDArray[np.float64]) -> NDArray[np.float64]:
    """0 for black, 1 for white; may lie outside."""
    sky, noise = _sky(fluxes)
    signal = fluxes - sky
    peak = _peak(np.abs(signal) if kind is StampKind.DIFFERENCE else signal)
    noise = max(noise, LEAST_NOISE * peak) or float(np.std(fluxes))
    if noise == 0:
        return np.full(fluxes.shape, MIDDLE)
    white = float(_stretch(max(peak, LEAST_PEAK_SIGMA * noise), noise))
    black = -white if kind is StampKind.DIFFERENCE else float(_stretch(-SKY_DEPTH_SIGMA * noise, noise))
    return (_stretch(signal, noise) - black) / (white - black)


def _stretch(signal: NDArray[np.float64] | float, noise: float) -> NDArray[np.float64]:
    return np.asarray(np.arcsinh(np.asarray(signal) / (SOFTENING_SIGMA * noise)))


def _peak(signal: NDArray[np.float64]) -> float:
    """The least of the few brightest pixels."""
    rank = min(PIXELS_PER_PEAK, signal.size)
    return float(np.partition(signal, -rank)[-rank])


def _sky(fluxes: NDArray[np.float64]) -> tuple[float, float]:
    """Level and standard deviation of the background: median and MAD, sources clipped away."""
    kept = fluxes
    for _ in range(CLIP_ROUNDS):
        level = float(np.median(kept))
        noise = SIGMA_OF_MAD * float(np.median(np.abs(kept - level)))
        inside = np.abs(kept - level) <= CLIP_SIGMA * noise
        if inside.all():
            break
        kept = kept[inside]
    return level, noise
