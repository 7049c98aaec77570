"""Photometry against the formulas of shared/reference/alerce.md, written again in relative fluxes, and astropy."""

from math import exp, isclose, log, sqrt

import astropy.units as u
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from domain.photometry import (
    NO_APPARENT_MAGNITUDE,
    NearestCatalogSource,
    ReferenceShape,
    apparent_magnitude,
    flux_of_magnitude,
    is_near_reference,
    is_stellar,
    magnitude_of_flux,
)

MAGNITUDES = st.floats(5, 26)
ERRORS = st.floats(0.001, 1)
LN = log(10) / 2.5


def same(ours: float | None, other: float, tolerance: float = 1e-9) -> bool:
    return ours is not None and isclose(ours, other, rel_tol=tolerance, abs_tol=tolerance)


@given(MAGNITUDES, ERRORS, st.booleans())
def test_flux_is_the_ab_flux_of_astropy(magnitude: float, error: float, is_positive: bool) -> None:
    expected = (magnitude * u.ABmag).to_value(u.nJy)
    flux = flux_of_magnitude(magnitude, error, is_positive=is_positive)
    # AB's 3631 Jy is 31.40006 mag of 1 nJy, Rubin's convention 31.4.
    assert same(flux.flux, expected if is_positive else -expected, 1e-4)
    assert same(flux.error, expected * error * LN, 1e-4)


@given(MAGNITUDES, ERRORS, st.booleans())
def test_magnitude_of_a_flux_undoes_flux_of_a_magnitude(magnitude: float, error: float, is_positive: bool) -> None:
    flux = flux_of_magnitude(magnitude, error, is_positive=is_positive)
    assert flux.flux is not None
    back, back_error = magnitude_of_flux(flux.flux, flux.error)
    assert same(back, magnitude)
    assert same(back_error, error)


@pytest.mark.parametrize("flux", [0.0, -0.0, float("nan"), float("inf"), float("-inf")])
def test_a_flux_without_size_has_no_magnitude(flux: float) -> None:
    assert magnitude_of_flux(flux, 1.0) == (None, None)


@given(MAGNITUDES, ERRORS, MAGNITUDES, ERRORS, st.booleans())
def test_apparent_magnitude_is_that_of_reference_plus_difference(
    difference: float, difference_error: float, reference: float, reference_error: float, is_positive: bool
) -> None:
    ratio = exp(LN * (reference - difference))  # difference flux over reference flux
    total = 1 + ratio if is_positive else 1 - ratio
    assume(abs(total) > 1e-6)
    ours = apparent_magnitude(difference, difference_error, reference, reference_error, is_positive=is_positive)
    if total < 0:
        assert ours == NO_APPARENT_MAGNITUDE
        return
    radicand = (ratio * difference_error) ** 2 - reference_error**2
    assert same(ours.magnitude, reference - log(total) / LN)
    assert same(ours.error_extended, ratio * difference_error / total, 1e-6)
    if radicand < -1e-9:
        assert ours.error is None
    elif radicand > 1e-9:
        assert same(ours.error, sqrt(radicand) / total, 1e-5)


def test_no_apparent_magnitude_where_the_difference_outweighs_the_reference() -> None:
    assert apparent_magnitude(18.0, 0.1, 19.0, 0.02, is_positive=False) == NO_APPARENT_MAGNITUDE


def test_no_apparent_magnitude_where_the_fluxes_cancel() -> None:
    assert apparent_magnitude(18.0, 0.1, 18.0, 0.02, is_positive=False) == NO_APPARENT_MAGNITUDE


def test_no_apparent_magnitude_of_fluxes_without_bound() -> None:
    assert apparent_magnitude(-770.5, 0.1, -770.5, 0.02, is_positive=True) == NO_APPARENT_MAGNITUDE


def test_a_negative_variance_leaves_only_the_extended_error() -> None:
    ours = apparent_magnitude(20.0, 0.1, 15.0, 0.05, is_positive=True)
    assert ours.magnitude is not None
    assert ours.error is None
    assert ours.error_extended is not None


def test_unknown_errors_stay_unknown() -> None:
    total = 15.0 - 2.5 * log(1.01) / log(10)
    ours = apparent_magnitude(20.0, None, 15.0, 0.05, is_positive=True)
    assert (ours.error, ours.error_extended) == (None, None)
    assert same(ours.magnitude, total)
    ours = apparent_magnitude(20.0, 0.1, 15.0, None, is_positive=True)
    assert ours.error is None
    assert same(ours.error_extended, 0.01 * 0.1 / 1.01)


@pytest.mark.parametrize(
    ("distance", "near"), [(None, False), (0.0, True), (1.39, True), (1.4, False), (5.0, False)]
)
def test_near_the_reference_means_closer_than_its_radius(distance: float | None, near: bool) -> None:
    assert is_near_reference(distance) is near


POINT = ReferenceShape(chi=1.0, sharpness=0.0)
EXTENDED = ReferenceShape(chi=1.0, sharpness=0.5)
BLURRED = ReferenceShape(chi=2.0, sharpness=0.0)
SHRUNK = ReferenceShape(chi=1.0, sharpness=-0.5)
NO_SHAPE = ReferenceShape(None, None)
STAR = NearestCatalogSource(0.5, 0.9)
GALAXY = NearestCatalogSource(0.5, 0.4)
UNSCORED = NearestCatalogSource(0.5, None)
FAR = NearestCatalogSource(1.4, 0.9)
NONE = NearestCatalogSource(None, None)


@pytest.mark.parametrize(
    ("near", "shape", "nearest", "expected"),
    [
        (False, POINT, STAR, False),
        (True, EXTENDED, STAR, True),
        (True, POINT, GALAXY, False),
        (True, POINT, UNSCORED, False),
        (True, POINT, FAR, True),
        (True, POINT, NONE, True),
        # ALeRCE's chained comparison let any sharpness pass here.
        (True, EXTENDED, NONE, False),
        (True, SHRUNK, NONE, False),
        (True, BLURRED, NONE, False),
        (True, NO_SHAPE, NONE, False),
        (True, ReferenceShape(1.0, None), NONE, False),
        (True, ReferenceShape(None, 0.0), NONE, False),
        (True, ReferenceShape(1.99, -0.129), NONE, True),
        (True, ReferenceShape(1.99, 0.099), NONE, True),
        (True, ReferenceShape(1.99, -0.13), NONE, False),
        (True, ReferenceShape(1.99, 0.1), NONE, False),
    ],
)
def test_stellar_follows_the_score_of_the_catalogue_else_the_shape(
    near: bool, shape: ReferenceShape, nearest: NearestCatalogSource, expected: bool
) -> None:
    assert is_stellar(near, shape, nearest) is expected
