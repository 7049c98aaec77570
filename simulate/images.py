"""The three stamps of an alert: science, template and difference, 63 x 63 pixels of 1.01 arcsec.

science    = sky + scene + changing source + photon and background noise
template   = sky + scene + source as it was in the reference, sharper and with a fifth of the noise
difference = science - template after matching: the change, the same noise, and residuals of bright sources

As in the real stream the difference stamp of a negative alert is the template minus the science image, so that the
candidate is bright in it; its file name says `refmsci` in place of `scimref`.
"""

from typing import NamedTuple

import numpy as np

from simulate.arrays import FloatArray, Image
from simulate.artefacts import ARTEFACTS
from simulate.bands import FIDS
from simulate.detector import PIXEL_ARCSEC
from simulate.photometry_noise import GAIN
from simulate.point_spread import SIZE, Ellipse, draw_galaxy, draw_point, draw_points
from simulate.population import SimulatedObject
from simulate.random_stream import random_stream
from simulate.scene import Scene
from simulate.stamp_edges import cut_to_detector, masked_pixels

TEMPLATE_FWHM = 2.3
"""Pixels; median of the stars in real templates."""
TEMPLATE_NOISE = 0.195
"""Noise of the template relative to the science image's: 15 frames; median of 560 real pairs."""
_TEMPLATE_CORRELATION = 0.22
"""Of neighbouring pixels of real templates, which are resampled."""
_SATURATION_DN = 45000.0
_REGISTRATION_SIGMA = 0.08
"""Pixels."""
_WIDTH_MISMATCH_SIGMA = 0.03
_SATURATED_NEIGHBOUR_MAGNITUDE = 13.8
_TRAIL_STEPS = 7
_EXPOSURE_MINUTES = 0.5


class Stamps(NamedTuple):
    """Float32 images; rows grow southwards and columns westwards, NaN where there are no data."""

    science: Image
    template: Image
    difference: Image


def draw_stamps(drawn: SimulatedObject, scene: Scene, alert: int, x: float, y: float) -> Stamps:
    """The stamps of exposure `alert` of an object that is at (x, y) on its quadrant."""
    rng = random_stream(*drawn.key, 1000 + alert)
    exposures = drawn.exposures
    fid, seeing = int(exposures.fid[alert]), float(exposures.seeing[alert])
    zero_point, noise_sigma = float(exposures.zero_point[alert]), float(exposures.pixel_noise[alert])
    sky = float(exposures.sky[alert])
    flux = float(drawn.photometry.flux[alert])
    sub_x, sub_y = x - round(x), y - round(y)
    steady = _Steady(drawn, scene, fid, zero_point, sub_x, sub_y)
    change = _change(rng, drawn, flux, seeing, sub_x, sub_y)
    own = float(drawn.reference_flux[alert])

    background = rng.normal(0, noise_sigma, (SIZE, SIZE))
    light = steady.image(seeing) + draw_point(own, sub_x, sub_y, seeing) + change
    photon_noise = rng.normal(0, 1, (SIZE, SIZE)) * np.sqrt(np.maximum(light, 0) / GAIN)
    science = sky + light + background + photon_noise

    template_light = steady.image(TEMPLATE_FWHM) + draw_point(own, sub_x, sub_y, TEMPLATE_FWHM)
    template_noise = _correlated(rng) * noise_sigma * TEMPLATE_NOISE
    template = sky + template_light + template_noise

    residual = _residual(rng, steady, own, seeing, sub_x, sub_y)
    difference = change + residual + background + photon_noise - template_noise + rng.normal(0, 0.15)
    if flux < 0:
        difference = -difference
    return _finish(rng, (science, template, difference), steady, x, y)


class _Steady:
    """All that is in science and template alike; also the star that an artefact is made of."""

    def __init__(
        self, drawn: SimulatedObject, scene: Scene, fid: int, zero_point: float, sub_x: float, sub_y: float
    ) -> None:
        others = scene.neighbour | (drawn.subclass == "bogus")
        self.x = sub_x - scene.east[others] / PIXEL_ARCSEC
        self.y = sub_y - scene.north[others] / PIXEL_ARCSEC
        self.flux = 10 ** (0.4 * (zero_point - scene.magnitudes[others, FIDS.index(fid)]))
        self.sigma = 0.85 * scene.radius[others] / PIXEL_ARCSEC
        self.saturated = (scene.magnitudes[others, 1] < _SATURATED_NEIGHBOUR_MAGNITUDE) & scene.neighbour[others]
        self.host: tuple[float, Ellipse] | None = None
        host = drawn.source.host
        if host is not None:
            shape = Ellipse(
                x=sub_x - host.east / PIXEL_ARCSEC,
                y=sub_y - host.north / PIXEL_ARCSEC,
                half_light_radius=host.half_light_radius / PIXEL_ARCSEC,
                axis_ratio=host.axis_ratio,
                angle=host.position_angle,
                sersic_index=host.sersic_index,
            )
            self.host = (float(10 ** (0.4 * (zero_point - host.magnitudes[FIDS.index(fid)]))), shape)

    def image(self, fwhm: float) -> FloatArray:
        image = draw_points(self.flux, self.x, self.y, fwhm, self.sigma)
        if self.host is not None:
            image = image + draw_galaxy(*self.host, fwhm)
        return image


def _change(
    rng: np.random.Generator, drawn: SimulatedObject, flux: float, seeing: float, x: float, y: float
) -> FloatArray:
    """What is new since the template: a star, a trail, or an artefact."""
    artefact = ARTEFACTS.get(drawn.source.kind) if drawn.subclass == "bogus" else None
    if artefact is not None:
        return artefact(rng, flux, seeing)
    speed = drawn.source.parameters.get("speed_arcsec_min")
    if speed is None:
        return draw_point(flux, x, y, seeing)
    angle = drawn.source.parameters["motion_angle_rad"]
    along = (np.arange(_TRAIL_STEPS) / (_TRAIL_STEPS - 1) - 0.5) * speed * _EXPOSURE_MINUTES / PIXEL_ARCSEC
    share = np.full(_TRAIL_STEPS, flux / _TRAIL_STEPS)
    return draw_points(share, x + along * np.cos(angle), y + along * np.sin(angle), seeing, np.zeros(_TRAIL_STEPS))


def _correlated(rng: np.random.Generator) -> FloatArray:
    """Unit noise whose neighbouring pixels are correlated as those of a resampled image."""
    white = rng.normal(0, 1, (SIZE + 1, SIZE + 1))
    share = _TEMPLATE_CORRELATION
    smooth = white + share * np.roll(white, 1, axis=0)
    smooth = smooth + share * np.roll(smooth, 1, axis=1)
    return np.asarray(smooth[1:, 1:] / (1 + share**2))


def _residual(
    rng: np.random.Generator, steady: _Steady, own: float, seeing: float, sub_x: float, sub_y: float
) -> FloatArray:
    """What subtraction leaves of steady light: a shift of the registration and an error of the PSF's width."""
    shift_x, shift_y = rng.normal(0, _REGISTRATION_SIGMA, 2)
    wider = float(rng.normal(0, _WIDTH_MISMATCH_SIGMA))
    flux = np.append(steady.flux, own)
    x, y, sigma = np.append(steady.x, sub_x), np.append(steady.y, sub_y), np.append(steady.sigma, 0.0)
    seen = draw_points(flux, x + shift_x, y + shift_y, seeing * (1 + wider), sigma)
    residual = seen - draw_points(flux, x, y, seeing, sigma)
    if steady.host is not None:
        light, shape = steady.host
        moved = shape._replace(x=shape.x + shift_x, y=shape.y + shift_y)
        residual = residual + draw_galaxy(light, moved, seeing * (1 + wider)) - draw_galaxy(light, shape, seeing)
    return residual


def _finish(
    rng: np.random.Generator,
    images: tuple[FloatArray, FloatArray, FloatArray],
    steady: _Steady,
    x: float,
    y: float,
) -> Stamps:
    """Saturate, mask, cut at the border and round to float32."""
    masked = masked_pixels(rng, x, y, steady.x[steady.saturated], steady.y[steady.saturated])
    rows, columns = cut_to_detector(x, y)
    finished = []
    for image in images:
        stamp = np.clip(image, -_SATURATION_DN, _SATURATION_DN).astype(np.float32)
        stamp[masked] = np.nan
        finished.append(stamp[rows, columns])
    return Stamps(*finished)
