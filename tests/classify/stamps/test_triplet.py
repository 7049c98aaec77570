"""Stamps of every kind, put in place and scaled."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from classify.stamps.triplet import CHANNELS, SIZE, SOFTENING, centred, triplet_of, triplet_of_images
from domain.stamp import StampKind
from simulate.fits_stamp import gzip_fits

MIDDLE = SIZE // 2


def noise(seed: int = 0, shape: tuple[int, int] = (SIZE, SIZE)) -> np.ndarray:
    return np.random.default_rng(seed).normal(100, 5, shape).astype(np.float32)


def packed(*images: np.ndarray | None) -> dict[StampKind, bytes]:
    kinds = (StampKind.SCIENCE, StampKind.TEMPLATE, StampKind.DIFFERENCE)
    return {kind: gzip_fits(image) for kind, image in zip(kinds, images, strict=True) if image is not None}


def test_pixels_are_in_units_of_the_noise() -> None:
    star = noise()
    star[MIDDLE, MIDDLE] = 100 + 5 * 40
    triplet = triplet_of(packed(star, noise(1), noise(2)))
    assert triplet.pixels.shape == (SIZE, SIZE, CHANNELS)
    assert SOFTENING * np.sinh(triplet.pixels[MIDDLE, MIDDLE, 0]) == pytest.approx(40, rel=0.15)
    assert (SOFTENING * np.sinh(triplet.pixels[..., 1])).std() == pytest.approx(1, rel=0.1)
    assert triplet.missing == (False, False, False)
    assert triplet.pixels[..., -1].all()


def test_zero_point_and_background_do_not_matter() -> None:
    images = [noise(seed) for seed in range(3)]
    other = [image * 7 - 300 for image in images]
    found, again = triplet_of_images(list(images)), triplet_of_images(list(other))
    np.testing.assert_allclose(found.pixels, again.pixels, atol=1e-4)


def test_pixels_without_data_are_marked_and_zero() -> None:
    masked = noise()
    masked[:, :10] = np.nan
    triplet = triplet_of(packed(masked, noise(1), noise(2)))
    assert not triplet.pixels[:, :10, -1].any()
    assert triplet.pixels[:, 10:, -1].all()
    assert not triplet.pixels[:, :10, 0].any()
    assert triplet.pixels[:, :10, 1].any()


@pytest.mark.parametrize("shape", [(1, 1), (21, 63), (63, 40), (62, 62), (64, 64), (101, 99)])
def test_any_size_is_centred(shape: tuple[int, int]) -> None:
    image = np.zeros(shape, np.float32)
    image[(shape[0] - 1) // 2, (shape[1] - 1) // 2] = 1.0
    placed = centred(image)
    assert placed.shape == (SIZE, SIZE)
    (row,), (column,) = np.nonzero(placed == 1)
    assert abs(row - MIDDLE) <= 1
    assert abs(column - MIDDLE) <= 1
    assert np.isfinite(placed).sum() == min(shape[0], SIZE) * min(shape[1], SIZE)


def test_missing_broken_empty_and_constant_stamps_are_missing() -> None:
    constant, empty = np.full((SIZE, SIZE), 3.0, np.float32), np.full((SIZE, SIZE), np.nan, np.float32)
    assert triplet_of(packed(noise(), None, noise())).missing == (False, True, False)
    assert triplet_of(packed(constant, empty, noise())).missing == (True, True, False)
    broken = {**packed(noise(), noise(), noise()), StampKind.TEMPLATE: b"\xff\xd8 a picture"}
    assert triplet_of(broken).missing == (False, True, False)
    nothing = triplet_of({})
    assert nothing.missing == (True, True, True)
    assert not nothing.pixels.any()


@given(arrays(np.float32, array_shapes(min_dims=2, max_dims=2, max_side=80)))
@settings(max_examples=150, deadline=None)
def test_whatever_the_pixels_are_the_numbers_are_finite(image: np.ndarray) -> None:
    triplet = triplet_of_images([image, None, image])
    assert np.isfinite(triplet.pixels).all()
    assert np.abs(triplet.pixels).max() < 20
    assert triplet.missing[0] == triplet.missing[2]


@given(st.integers(0, 3), st.booleans())
def test_turning_a_stamp_turns_the_triplet(turns: int, mirrored: bool) -> None:
    images = [noise(seed) for seed in range(3)]
    turned = triplet_of_images([np.rot90(image.T if mirrored else image, turns) for image in images]).pixels
    pixels = triplet_of_images(list(images)).pixels
    expected = np.rot90(pixels.transpose(1, 0, 2) if mirrored else pixels, turns)
    np.testing.assert_allclose(turned, expected, atol=1e-5)
