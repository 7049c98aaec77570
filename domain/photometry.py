"""Magnitudes, fluxes, and the correction of difference photometry with the reference source.

Three magnitudes never share a name: the difference `magnitude`, the `apparent_magnitude` (the
difference corrected with the source in the reference image), and the `limiting_magnitude`.
"""

from math import inf, isfinite, log, log10, sqrt
from typing import NamedTuple

AB_ZERO_POINT_NJY = 31.4
"""AB magnitude of 1 nJy (Rubin's convention; exactly 31.4000 to four digits)."""

MAGNITUDE_PER_RELATIVE_FLUX = 2.5 / log(10)
"""d(magnitude) = 1.0857... * d(flux)/flux."""

REFERENCE_RADIUS = 1.4
"""A difference closer than this to a reference source (survey units of `distnr`) is taken to be it
(Förster et al. 2021, AJ 161 242)."""

STAR_GALAXY_THRESHOLD = 0.4
STELLAR_CHI_MAX = 2.0
STELLAR_SHARPNESS_MIN = -0.13
STELLAR_SHARPNESS_MAX = 0.1


class ApparentMagnitude(NamedTuple):
    """Magnitude of reference plus difference.

    `error` assumes that the variable source is the reference source (a point source): its reference
    noise is part of the difference noise. It is null where that assumption leaves no variance.
    `error_extended` ignores the reference noise and suits extended sources.
    """

    magnitude: float | None
    error: float | None
    error_extended: float | None


NO_APPARENT_MAGNITUDE = ApparentMagnitude(None, None, None)


class DifferenceFlux(NamedTuple):
    """Signed difference flux and its error, nJy."""

    flux: float | None
    error: float | None


NO_FLUX = DifferenceFlux(None, None)


def flux_of_magnitude(magnitude: float, error: float | None, *, is_positive: bool) -> DifferenceFlux:
    """Signed difference flux (nJy) of an AB difference magnitude and its error (mag)."""
    size = 10.0 ** (0.4 * (AB_ZERO_POINT_NJY - magnitude))
    flux_error = None if error is None else size * error / MAGNITUDE_PER_RELATIVE_FLUX
    return DifferenceFlux(size if is_positive else -size, flux_error)


def magnitude_of_flux(flux_njy: float, error_njy: float | None) -> tuple[float | None, float | None]:
    """AB magnitude of the size of a flux (nJy), and its error; both null for a flux of zero."""
    size = abs(flux_njy)
    if size == 0 or not isfinite(size):
        return None, None
    error = None if error_njy is None else MAGNITUDE_PER_RELATIVE_FLUX * error_njy / size
    return AB_ZERO_POINT_NJY - 2.5 * log10(size), error


def apparent_magnitude(
    difference: float,
    difference_error: float | None,
    reference: float,
    reference_error: float | None,
    *,
    is_positive: bool,
) -> ApparentMagnitude:
    """Correct a difference magnitude with the magnitude of the reference source.

    m = -2.5 log10(10^(-0.4 m_ref) +- 10^(-0.4 m_diff)), errors as in Förster et al. 2021 (AJ 161 242),
    section 3.4. All null where the sum of fluxes is not positive: such a source has no magnitude.
    """
    reference_flux = 10.0 ** (-0.4 * reference)
    difference_flux = 10.0 ** (-0.4 * difference)
    total = reference_flux + (difference_flux if is_positive else -difference_flux)
    if not 0 < total < inf:
        return NO_APPARENT_MAGNITUDE
    magnitude = -2.5 * log10(total)
    if difference_error is None:
        return ApparentMagnitude(magnitude, None, None)
    noise = difference_flux * difference_error
    return ApparentMagnitude(
        magnitude, _point_source_error(noise, reference_flux, reference_error, total), noise / total
    )


def _point_source_error(
    noise: float, reference_flux: float, reference_error: float | None, total: float
) -> float | None:
    if reference_error is None:
        return None
    variance = noise**2 - (reference_flux * reference_error) ** 2
    return sqrt(variance) / total if variance >= 0 else None


def is_near_reference(reference_distance: float | None) -> bool:
    """Whether the difference sits on a reference source, so that it can be corrected with it."""
    return reference_distance is not None and reference_distance < REFERENCE_RADIUS


class ReferenceShape(NamedTuple):
    """Shape of the nearest reference source: DAOPhot chi and sharpness; null when unknown."""

    chi: float | None
    sharpness: float | None


class NearestCatalogSource(NamedTuple):
    """Nearest source of the survey's deep catalogue (Pan-STARRS1 for ZTF).

    `distance` in arcsec, null when there is none within the survey's radius; `star_galaxy_score` from 0
    (galaxy) to 1 (star).
    """

    distance: float | None
    star_galaxy_score: float | None


def is_stellar(near_reference: bool, shape: ReferenceShape, nearest: NearestCatalogSource) -> bool:
    """Whether the source under a difference looks like a star.

    Near a catalogue source, its star-galaxy score decides; without one, the shape of the reference
    source does (Förster et al. 2021, section 3.4).
    """
    if not near_reference:
        return False
    if nearest.distance is not None and nearest.distance < REFERENCE_RADIUS:
        return nearest.star_galaxy_score is not None and nearest.star_galaxy_score > STAR_GALAXY_THRESHOLD
    if shape.chi is None or shape.sharpness is None:
        return False
    return shape.chi < STELLAR_CHI_MAX and STELLAR_SHARPNESS_MIN < shape.sharpness < STELLAR_SHARPNESS_MAX
