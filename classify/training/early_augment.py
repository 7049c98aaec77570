"""What simulated alerts lack beside real ones, drawn into arrays of examples; and examples that no night gives.

Every function takes the random stream and returns new arrays. Real alerts differ from simulated ones in seeing,
correlated noise, depth, survey age and in the spread of shape and catalogue fields; bogus ones above all. The
ranges are wider than the differences, so that a network learns to lean on none of them.
"""

import numpy as np
from numpy.typing import NDArray

from classify.stamps.metadata import NAMES
from classify.stamps.triplet import SIZE, SOFTENING, triplet_of_images
from classify.training.early_examples import EarlySet
from classify.training.early_labels import CLASSES

_CENTRE = SIZE // 2
_PIXELS = np.arange(SIZE) - _CENTRE
_AT = {name: column for column, name in enumerate(NAMES)}

Vectors = NDArray[np.float32]
Pixels = NDArray[np.float16]
Image = NDArray[np.float32]


def weathered(examples: EarlySet, rng: np.random.Generator, share: float = 0.6) -> EarlySet:
    """A share of the stamps seen through worse seeing, on an uneven sky, beside defects of the reference image."""
    pixels = examples.pixels.copy()
    for row in np.flatnonzero(rng.random(len(examples)) < share):
        pixels[row] = _weathered(pixels[row], rng)
    return examples.with_pixels(pixels)


def residuals(examples: EarlySet, rng: np.random.Generator, count: int) -> EarlySet:
    """Bogus alerts on stars and galaxies: what is left when reference and science are not aligned or scaled alike.

    Made of real or simulated alerts that have a source in the middle of the template; the difference becomes
    the template's light, shifted, blurred and scaled a little, less itself. None where no alert has such a source.
    """
    bright = np.flatnonzero(examples.pixels[:, _CENTRE, _CENTRE, 1] > np.arcsinh(10 / SOFTENING))
    if not len(bright):
        return examples[bright]
    chosen = rng.choice(bright, count)
    made = examples[chosen]
    pixels = np.stack([_residual(one, rng) for one in made.pixels])
    vectors = made.vectors.copy()
    once = rng.random(count) < 0.7
    vectors[once, _AT["detections"]] = np.log10(1 + rng.integers(1, 4, count)[once])
    vectors[:, _AT["is_positive"]] = rng.random(count) < 0.55
    return made.with_pixels(pixels).with_vectors(vectors).relabelled(CLASSES.index("bogus"), "residual")


def blurred_numbers(vectors: Vectors, labels: NDArray[np.int64], rng: np.random.Generator) -> Vectors:
    """Numbers of simulated alerts, spread as far as real ones may be; a part as on an object's first alert."""
    out = vectors.copy()
    n = len(out)

    def some(share: float) -> NDArray[np.bool_]:
        return rng.random(n) < share

    def add(names: tuple[str, ...], change: NDArray[np.float64]) -> None:
        for name in names:
            out[:, _AT[name]] += change.astype(np.float32)

    add(
        ("magnitude", "limiting_magnitude", "reference_magnitude"),
        np.where(some(0.6), rng.uniform(-1.0, 0.3, n), 0),
    )
    shift = rng.normal(0, 0.25, n)
    add(("reference_magnitude", "contrast"), shift)
    out[:, _AT["fwhm"]] *= rng.lognormal(0.15, 0.25, n)
    out[:, _AT["reference_magnitude_error"]] *= rng.lognormal(0.4, 0.4, n)
    add(("reference_chi",), rng.normal(0.05, 0.15, n))
    add(("reference_sharpness",), rng.normal(0, 0.06, n))
    add(("galactic_latitude",), np.abs(rng.normal(0, 12, n)))
    add(("ecliptic_latitude",), np.abs(rng.normal(0, 4, n)))
    size = out[:, _AT["star_galaxy_sextractor"]]
    out[:, _AT["star_galaxy_sextractor"]] = np.where(some(0.6), 1 - rng.beta(0.6, 6.0, n), size)
    for rank in "123":
        score = out[:, _AT[f"catalog_star_score_{rank}"]]
        spread = np.clip(score + rng.normal(0, 0.1, n), 0, 1)
        out[:, _AT[f"catalog_star_score_{rank}"]] = np.where(some(0.12), 0.5, spread)
        add((f"catalog_distance_{rank}",), rng.normal(0.03, 0.05, n))
    add(("reference_distance",), rng.normal(0.02, 0.06, n))
    _age(out, labels, rng)
    out[np.isnan(vectors)] = np.nan
    return out


def _age(out: Vectors, labels: NDArray[np.int64], rng: np.random.Generator) -> None:
    """A survey of any age, and for a part of the objects that last no first alert behind them."""
    n = len(out)
    detections = np.maximum(10 ** out[:, _AT["detections"]] - 1, 1)
    coverages = 10 ** out[:, _AT["coverages"]] - 1
    younger = 10 ** rng.uniform(-1.3, 0.25, n)
    stay = np.isin(labels, [CLASSES.index("AGN"), CLASSES.index("VS")])
    first = stay & (rng.random(n) < 0.35)
    moved = np.where(stay, np.maximum(detections * younger, 1), detections)
    grown = (labels == CLASSES.index("SN")) & (rng.random(n) < 0.4)
    moved = np.where(grown, detections * 10 ** rng.uniform(0, 1.0, n), moved)
    detections = np.where(first, rng.integers(1, 5, n), moved)
    coverages = np.maximum(coverages * younger, detections)
    out[:, _AT["detections"]] = np.log10(detections + 1)
    out[:, _AT["coverages"]] = np.log10(coverages + 1)
    out[:, _AT["non_detections"]] = np.log10(coverages - detections + 1)


def forgotten(rows: Vectors, rng: np.random.Generator) -> Vectors:
    """Scaled rows from which numbers are struck at random, and now and then all of them."""
    count = len(NAMES)
    out = rows.copy()
    struck = rng.random((len(rows), count)) < 0.06
    struck |= (rng.random(len(rows)) < 0.12)[:, None]
    out[:, :count][struck] = 0.0
    out[:, count : 2 * count][struck] = 1.0
    return out


def _linear(channel: NDArray[np.float16]) -> Image:
    return np.asarray(SOFTENING * np.sinh(channel.astype(np.float32)), np.float32)


def _weathered(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    valid = pixels[..., 3] > 0
    images = [np.where(valid, _linear(pixels[..., channel]), np.nan).astype(np.float32) for channel in range(3)]
    if rng.random() < 0.7:
        sigma = float(rng.uniform(0.3, 1.2))
        images[0], images[2] = _blurred(images[0], sigma), _blurred(images[2], sigma)
    if rng.random() < 0.4:
        images[1] = _blurred(images[1], float(rng.uniform(0.2, 0.6)))
    if rng.random() < 0.15:
        images = [image + _slope(rng) for image in images]
    if rng.random() < 0.1:
        images[1] = _with_column(images[1], rng)
    if rng.random() < 0.08:
        images[int(rng.integers(3))] = np.full((SIZE, SIZE), np.nan, np.float32)
    return triplet_of_images(list(images)).pixels.astype(np.float16)


def _blurred(image: Image, sigma: float) -> Image:
    """Seeing made worse by a Gaussian of `sigma` pixels; where there are no data, there are none afterwards."""
    kernel = np.exp(-0.5 * ((_PIXELS[:, None] - _PIXELS[None, :]) / sigma) ** 2)
    kernel /= kernel.sum(1, keepdims=True)
    finite = np.isfinite(image)
    smooth = kernel @ np.where(finite, image, 0.0) @ kernel.T
    return np.where(finite, smooth, np.nan).astype(np.float32)


def _slope(rng: np.random.Generator) -> Image:
    turn, steepness = rng.uniform(0, 2 * np.pi), rng.uniform(0, 6.0) / SIZE
    return np.asarray(steepness * (np.cos(turn) * _PIXELS[:, None] + np.sin(turn) * _PIXELS[None, :]), np.float32)


def _with_column(image: Image, rng: np.random.Generator) -> Image:
    """A bleeding or dead column, anywhere."""
    out = image.copy()
    place, wide = int(rng.integers(SIZE - 2)), int(rng.integers(1, 4))
    out[:, place : place + wide] += rng.choice([-1, 1]) * rng.uniform(5, 200)
    return out


def _residual(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    valid = pixels[..., 3] > 0
    template = np.where(valid, _linear(pixels[..., 1]), 0.0)
    source = np.where(template > 2.0, template, 0.0)
    scale = float(rng.uniform(0.02, 0.3))
    shift = rng.normal(0, 0.35, 2)
    seen = _shifted(source, shift) * float(1 + rng.normal(0, 0.15))
    if rng.random() < 0.5:
        seen = np.where(valid, _blurred(seen.astype(np.float32), float(rng.uniform(0.3, 0.9))), 0.0)
    difference = scale * (seen - source)
    if rng.random() < 0.35:
        core = template > rng.uniform(0.4, 0.8) * np.max(
            template[_CENTRE - 2 : _CENTRE + 3, _CENTRE - 2 : _CENTRE + 3]
        )
        difference = np.where(core, difference * rng.normal(1.0, 1.5, difference.shape), difference)
    middle = difference[_CENTRE - 2 : _CENTRE + 3, _CENTRE - 2 : _CENTRE + 3]
    peak = float(np.max(np.abs(middle)))
    if peak < 6.0:
        difference *= rng.uniform(6.0, 20.0) / max(peak, 1e-3)
    if abs(float(middle.min())) > float(middle.max()) and rng.random() < 0.8:
        difference = -difference
    noise = rng.normal(0, 1, (SIZE, SIZE)) * np.sqrt(1 + 0.05 * np.maximum(source, 0))
    images = [
        np.where(valid, image, np.nan).astype(np.float32)
        for image in (_linear(pixels[..., 0]), template, difference + noise)
    ]
    return triplet_of_images(list(images)).pixels.astype(np.float16)


def _shifted(image: NDArray[np.floating], shift: NDArray[np.float64]) -> Image:
    """Moved by a part of a pixel, by linear interpolation: what it blurs, a resampled image is blurred by too."""
    out = np.asarray(image, np.float64)
    for axis, part in enumerate(np.clip(shift, -0.99, 0.99)):
        out = (1 - abs(part)) * out + abs(part) * np.roll(out, int(np.sign(part)), axis=axis)
    return out.astype(np.float32)
