"""Stamps as pictures that an astronomer can judge at a glance.

North is up where the survey's rows run north to south; else the first row of the image is the lowest of the
picture, as in FITS viewers. Every shade of grey is a flux; a pixel without
data is slate blue, which no flux can be. Each pixel becomes a square, never smoothed: what looks like one
hot pixel is one.
"""

import io
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from domain.stamp import Orientation, Stamp, StampKind

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
CUT_PERCENT = 0.5
"""Pixels that the stretch by percentiles lets be black, and white."""
LEAST_TURN_DEGREES = 0.05


class Stretch(StrEnum):
    """How fluxes become greys. ASINH is linear in the noise and logarithmic above it; LINEAR runs from the sky to
    the peak; LOG shows what is faint; PERCENTILE is linear, with 0.5 % of the pixels black and 0.5 % white."""

    ASINH = "asinh"
    LINEAR = "linear"
    LOG = "log"
    PERCENTILE = "percentile"


def render_png(
    stamp: Stamp,
    *,
    scale: int = DEFAULT_SCALE,
    row_zero_on_top: bool = False,
    stretch: Stretch = Stretch.ASINH,
    turned_from: Orientation | None = None,
) -> bytes:
    """An 8-bit PNG of `render_picture`, the same bytes for the same stamp."""
    picture = render_picture(
        stamp, scale=scale, row_zero_on_top=row_zero_on_top, stretch=stretch, turned_from=turned_from
    )
    out = io.BytesIO()
    picture.save(out, "PNG", optimize=True)
    return out.getvalue()


def render_picture(
    stamp: Stamp,
    *,
    scale: int = DEFAULT_SCALE,
    row_zero_on_top: bool = False,
    stretch: Stretch = Stretch.ASINH,
    turned_from: Orientation | None = None,
) -> Image.Image:
    """A picture of a palette, each pixel of the stamp `scale` x `scale`. With `turned_from`, how the stamp lies on
    the sky, it is turned (and made larger) so that north is up and east to the left.

    Science and template run from black (below sky) to white (peak). A difference is
    symmetric: sky is mid-grey, positive pixels go to white and negative ones to black. Mind the survey's
    sign: LSST's difference is always science less template; ZTF's is template less science in an alert
    with a negative detection, so there a source that faded is white too.
    """
    shades = _shades(stamp, stretch) if row_zero_on_top else _shades(stamp, stretch)[::-1]
    height, width = shades.shape
    factor = max(1, min(scale, MAX_PICTURE_SIDE // max(height, width)))
    picture = Image.fromarray(np.repeat(np.repeat(shades, factor, axis=0), factor, axis=1))
    picture.putpalette(_palette())
    return picture if turned_from is None else _north_up(picture, turned_from)


def _north_up(picture: Image.Image, lies: Orientation) -> Image.Image:
    """Nothing is smoothed; corners that turn in have no data."""
    north = lies.north_degrees
    if not lies.east_is_left:
        picture, north = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT), -north
    if abs(north) < LEAST_TURN_DEGREES:
        return picture
    return picture.rotate(-north, resample=Image.Resampling.NEAREST, expand=True, fillcolor=NO_DATA)


def _palette() -> list[int]:
    greys = np.repeat(np.linspace(0, 255, GREY_LEVELS).round().astype(int), 3)
    return [*greys.tolist(), *NO_DATA_COLOR]


def _shades(stamp: Stamp, stretch: Stretch) -> NDArray[np.uint8]:
    """Palette indices, of the shape of the pixels."""
    has_data = np.isfinite(stamp.pixels)
    shades = np.full(stamp.pixels.shape, NO_DATA, np.uint8)
    if has_data.any():
        brightness = _brightness(stamp.kind, stamp.pixels[has_data].astype(np.float64), stretch)
        shades[has_data] = np.rint(np.clip(brightness, 0, 1) * (GREY_LEVELS - 1))
    return shades


def _brightness(kind: StampKind, fluxes: NDArray[np.float64], stretch: Stretch) -> NDArray[np.float64]:
    """0 for black, 1 for white; may lie outside."""
    sky, noise = _sky(fluxes)
    signal = fluxes - sky
    is_symmetric = kind is StampKind.DIFFERENCE
    peak = _peak(np.abs(signal) if is_symmetric else signal)
    noise = max(noise, LEAST_NOISE * peak) or float(np.std(fluxes))
    if noise == 0:
        return np.full(fluxes.shape, MIDDLE)
    if stretch is Stretch.PERCENTILE:
        return _by_percentiles(signal, is_symmetric=is_symmetric)
    brightest = max(peak, LEAST_PEAK_SIGMA * noise)
    darkest = -brightest if is_symmetric else -SKY_DEPTH_SIGMA * noise
    if stretch is Stretch.LINEAR:
        return (signal - darkest) / (brightest - darkest)
    if stretch is Stretch.LOG:
        from_dark = signal if is_symmetric else signal - darkest
        share = _log(from_dark, noise) / _log(brightest if is_symmetric else brightest - darkest, noise)
        return (share + 1) / 2 if is_symmetric else share
    white, black = float(_asinh(brightest, noise)), float(_asinh(darkest, noise))
    return (_asinh(signal, noise) - black) / (white - black)


def _asinh(signal: NDArray[np.float64] | float, noise: float) -> NDArray[np.float64]:
    return np.asarray(np.arcsinh(np.asarray(signal) / (SOFTENING_SIGMA * noise)))


def _log(signal: NDArray[np.float64] | float, noise: float) -> NDArray[np.float64]:
    """Logarithmic above the noise; negative values by the same curve."""
    return np.asarray(np.sign(signal) * np.log1p(np.abs(signal) / noise))


def _by_percentiles(signal: NDArray[np.float64], *, is_symmetric: bool) -> NDArray[np.float64]:
    if is_symmetric:
        high = float(np.percentile(np.abs(signal), 100 - CUT_PERCENT))
        low = -high
    else:
        low, high = map(float, np.percentile(signal, (CUT_PERCENT, 100 - CUT_PERCENT)))
    return np.full(signal.shape, MIDDLE) if high == low else (signal - low) / (high - low)


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
