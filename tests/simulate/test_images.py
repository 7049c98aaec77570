"""Profiles, FITS bytes and the holes of stamps."""

import io

import numpy as np
import pytest
from astropy.io import fits
from hypothesis import given, settings
from hypothesis import strategies as st

from simulate.artefacts import ARTEFACTS
from simulate.detector import HEIGHT, WIDTH
from simulate.fits_stamp import gzip_fits, read_gzip_fits
from simulate.light_curves.bogus import KINDS
from simulate.point_spread import Ellipse, draw_galaxy, draw_point
from simulate.random_stream import random_stream
from simulate.stamp_edges import cut_to_detector, masked_pixels

NOWHERE = np.zeros(0)


@given(st.floats(1.5, 5.0), st.floats(-0.5, 0.5), st.floats(-0.5, 0.5))
@settings(max_examples=25, deadline=None)
def test_star_keeps_its_flux_and_place(fwhm: float, x: float, y: float) -> None:
    image = draw_point(1000.0, x, y, fwhm)
    rows, columns = np.mgrid[-31:32, -31:32]
    assert image.sum() == pytest.approx(1000, rel=0.01)
    assert (image * columns).sum() / image.sum() == pytest.approx(x, abs=0.02)
    assert (image * rows).sum() / image.sum() == pytest.approx(y, abs=0.02)


def test_star_has_the_width_asked_for() -> None:
    image = draw_point(1.0, 0.0, 0.0, 6.0)
    middle = image[31] / image[31].max()
    assert np.interp(3.0, np.arange(32), middle[31:]) == pytest.approx(0.5, abs=0.03)


@pytest.mark.parametrize("index", [1.0, 2.5, 4.0])
def test_half_of_the_light_is_within_the_half_light_radius(index: float) -> None:
    image = draw_galaxy(1.0, Ellipse(0.0, 0.0, 6.0, 1.0, 0.0, index), 0.5)
    rows, columns = np.mgrid[-31:32, -31:32]
    assert image[np.hypot(rows, columns) < 6].sum() == pytest.approx(0.5, abs=0.04)


def test_galaxy_is_long_along_its_angle() -> None:
    image = draw_galaxy(1.0, Ellipse(0.0, 0.0, 5.0, 0.4, 0.0, 1.0), 2.0)
    rows, columns = np.mgrid[-31:32, -31:32]
    assert (image * columns**2).sum() > 2 * (image * rows**2).sum()


@pytest.mark.parametrize("shape", [(63, 63), (41, 63), (63, 47)])
def test_stamp_is_plain_fits(shape: tuple[int, int]) -> None:
    stamp = random_stream(1).normal(100, 5, shape).astype(np.float32)
    stamp[0, 0] = np.nan
    packed = gzip_fits(stamp)
    assert packed == gzip_fits(stamp)
    np.testing.assert_array_equal(read_gzip_fits(packed), stamp)
    import gzip

    with fits.open(io.BytesIO(gzip.decompress(packed))) as units:
        units.verify("exception")
        np.testing.assert_array_equal(units[0].data, stamp)
        assert units[0].header["BITPIX"] == -32
        assert len(gzip.decompress(packed)) % 2880 == 0


@given(st.floats(10, WIDTH - 10), st.floats(10, HEIGHT - 10))
def test_cut_keeps_the_candidate(x: float, y: float) -> None:
    rows, columns = cut_to_detector(x, y)
    assert rows.start <= 31 < rows.stop
    assert columns.start <= 31 < columns.stop
    inside = 32 < x < WIDTH - 32 and 32 < y < HEIGHT - 32
    if inside:
        assert (rows, columns) == (slice(0, 63), slice(0, 63))


def test_cut_lies_on_the_side_of_the_border() -> None:
    assert cut_to_detector(WIDTH - 15.0, 1000.0) == (slice(0, 63), slice(0, 47))
    assert cut_to_detector(1000.0, 12.0) == (slice(20, 63), slice(0, 63))


def test_mask_spares_the_candidate() -> None:
    for seed in range(200):
        masked = masked_pixels(random_stream(seed), 20.0, 3060.0, NOWHERE, NOWHERE)
        assert not masked[26:37, 26:37].any()


def test_artefacts_are_positive_at_the_candidate_when_their_flux_is() -> None:
    assert set(ARTEFACTS) == set(KINDS)
    for name, artefact in ARTEFACTS.items():
        for seed in range(30):
            image = artefact(random_stream(seed), 1000.0, 2.3)
            assert image.shape == (63, 63)
            assert image[29:34, 29:34].sum() > 0, name
