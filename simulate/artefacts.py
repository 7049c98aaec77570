"""What goes wrong in a detector or a subtraction, as an image to add to the science stamp: one per kind."""

from collections.abc import Callable, Mapping

import numpy as np

from simulate.arrays import FloatArray
from simulate.point_spread import CENTRE, SIZE, draw_point

Artefact = Callable[[np.random.Generator, float, float], FloatArray]
_ROWS, _COLUMNS = np.mgrid[:SIZE, :SIZE] - float(CENTRE)


def dipole(rng: np.random.Generator, flux: float, fwhm: float) -> FloatArray:
    """A star that reference and science place differently: two lobes of opposite sign."""
    turn, apart = rng.uniform(0, 2 * np.pi), rng.uniform(1.0, 1.6) * fwhm
    lobe = draw_point(-flux * float(rng.uniform(0.6, 1.1)), apart * np.cos(turn), apart * np.sin(turn), fwhm)
    return draw_point(flux, 0.0, 0.0, fwhm) + lobe


def cosmic_ray(rng: np.random.Generator, flux: float, fwhm: float) -> FloatArray:  # noqa: ARG001
    """A short track, sharper than any star."""
    turn, length = rng.uniform(0, np.pi), rng.uniform(1.0, 7.0)
    steps = np.linspace(-length / 2, length / 2, 24)
    image = np.zeros((SIZE, SIZE))
    rows = np.round(CENTRE + steps * np.sin(turn)).astype(int)
    columns = np.round(CENTRE + steps * np.cos(turn)).astype(int)
    np.add.at(image, (rows, columns), flux / len(steps))
    return image


def bad_column(rng: np.random.Generator, flux: float, fwhm: float) -> FloatArray:  # noqa: ARG001
    """One or two columns off by a constant, ending anywhere above and below."""
    image = np.zeros((SIZE, SIZE))
    top, bottom = int(rng.integers(0, CENTRE - 4)), int(rng.integers(CENTRE + 5, SIZE + 1))
    image[top:bottom, CENTRE : CENTRE + int(rng.integers(1, 3))] = flux / 12.0
    return image


def saturated_star(rng: np.random.Generator, flux: float, fwhm: float) -> FloatArray:
    """The broken subtraction of a saturated core: random blocks within its reach."""
    blocks = rng.normal(0, 1, (SIZE // 3, SIZE // 3))
    blocks[9:12, 9:12] = np.abs(blocks[9:12, 9:12])
    blocks = blocks.repeat(3, axis=0).repeat(3, axis=1)
    envelope = np.exp(-0.5 * (np.hypot(_ROWS, _COLUMNS) / (1.3 * fwhm)) ** 2)
    return np.asarray(flux / 15.0 * (2.0 * blocks + 0.4) * envelope)


def ghost(rng: np.random.Generator, flux: float, fwhm: float) -> FloatArray:
    """Reflected light: a wide patch with a soft edge."""
    radius = rng.uniform(2.5, 6.0) * fwhm
    off = rng.normal(0, fwhm, 2)
    distance = np.hypot(_ROWS - off[0], _COLUMNS - off[1])
    patch = 1 / (1 + np.exp(np.clip((distance - radius) / 1.5, -40, 40)))
    return np.asarray(flux / 40.0 * patch)


def hot_pixel(rng: np.random.Generator, flux: float, fwhm: float) -> FloatArray:  # noqa: ARG001
    """One pixel, or a pair."""
    image = np.zeros((SIZE, SIZE))
    image[CENTRE, CENTRE] = flux
    if rng.random() < 0.4:
        image[CENTRE, CENTRE + 1] = 0.4 * flux
    return image


ARTEFACTS: Mapping[str, Artefact] = {
    "dipole": dipole,
    "cosmic ray": cosmic_ray,
    "bad column": bad_column,
    "saturated star": saturated_star,
    "ghost": ghost,
    "hot pixel": hot_pixel,
}
