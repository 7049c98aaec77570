"""A real light curve as another survey would have measured it.

Surveys differ in cadence, depth, bands, and in what they keep; classes in the training data come from few surveys
each, so that all of this tells the class unless training shows each object in other surveys' manners. What is
done to a light curve never depends on its survey, and on its class only where the sky does: transients are not in
the reference image, everything else may be.
"""

from math import exp, log
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from classify.features.arrays import Floats, Integers
from classify.features.photometry import BANDS, ERROR_FLOOR, Limit, Measurement, Photometry, sorted_photometry
from domain.band import Band

_G, _R = BANDS.index(Band.g), BANDS.index(Band.r)
_FEWEST, _MOST = 7, 150
_LOUDEST = 0.3
"""Noise that is added, over the standard deviation of the light curve, at most."""
_TWO_BANDS, _ONE_BAND, _SELECTED, _BARE = 0.6, 0.25, 0.4, 0.5
"""Chances: a light curve of one band gets two; one of two loses one; only differences of 5 sigma are kept; limits
and signs are lost."""
_SIGMAS = 5.0


class _Points(NamedTuple):
    """Measurements as columns, in any order."""

    band: Integers
    mjd: Floats
    magnitude: Floats
    error: Floats
    sign: Floats

    def take(self, index: "Integers | NDArray[np.bool_]") -> "_Points":
        return _Points(
            self.band[index], self.mjd[index], self.magnitude[index], self.error[index], self.sign[index]
        )


def in_another_manner(rng: np.random.Generator, photometry: Photometry, *, is_transient: bool) -> Photometry:
    """The same object thinned, noisier, in other bands, and with or without limits and signs."""
    points, limits = _points(photometry), _limits(photometry)
    points = _thinned(rng, points)
    points = _in_other_bands(rng, points, is_transient)
    points = _noisier(rng, points)
    if not is_transient and rng.random() < _SELECTED:
        points, limits = _selected_by_difference(rng, points)
    if rng.random() < _BARE:
        points, limits = points._replace(sign=np.zeros(len(points.sign))), []
    return sorted_photometry(
        (
            Measurement(mjd, BANDS[int(band)], magnitude, error, int(sign))
            for band, mjd, magnitude, error, sign in zip(*(column.tolist() for column in points), strict=True)
        ),
        limits,
        is_apparent=photometry.is_apparent,
    )


def _points(photometry: Photometry) -> _Points:
    return _Points(
        np.repeat(np.arange(len(BANDS)), photometry.points),
        photometry.time + photometry.first_mjd,
        photometry.magnitude,
        np.sqrt(np.maximum(photometry.error**2 - ERROR_FLOOR**2, 0)),
        photometry.sign,
    )


def _limits(photometry: Photometry) -> list[Limit]:
    bands = np.repeat(np.arange(len(BANDS)), np.diff(photometry.limit_start)).tolist()
    times = (photometry.limit_time + photometry.first_mjd).tolist()
    return [
        Limit(mjd, BANDS[band], magnitude)
        for band, mjd, magnitude in zip(bands, times, photometry.limit.tolist(), strict=True)
    ]


def _thinned(rng: np.random.Generator, points: _Points) -> _Points:
    """A random number of points, perhaps of a part of the time span only."""
    first, last = float(points.mjd.min()), float(points.mjd.max())
    if rng.random() < 0.5 and last > first:
        length = (last - first) * exp(rng.uniform(log(0.1), 0.0))
        begin = rng.uniform(first, last - length)
        inside = (points.mjd >= begin) & (points.mjd <= begin + length)
        if inside.sum() >= 2 * _FEWEST:
            points = points.take(inside)
    count = len(points.mjd)
    most = min(count, _MOST)
    kept = int(exp(rng.uniform(log(min(_FEWEST, most)), log(most + 1))))
    return points.take(np.sort(rng.choice(count, min(kept, count), replace=False)))


def _in_other_bands(rng: np.random.Generator, points: _Points, is_transient: bool) -> _Points:
    """Points of one band are dealt to g and r, with another amplitude in r and a colour; or one band goes.

    Transients change colour as they fade, so theirs are not made up: they may lose a band and no more.
    """
    present = np.unique(points.band)
    both = np.isin([_G, _R], present).all()
    if both and rng.random() < _ONE_BAND:
        kept = points.take(points.band == (_G if rng.random() < 0.5 else _R))
        return kept if len(kept.mjd) >= _FEWEST else points
    if len(present) == 1 and not is_transient and rng.random() < _TWO_BANDS:
        return _dealt(rng, points)
    if len(present) == 1 and rng.random() < 0.5:
        return points._replace(band=np.full(len(points.band), _G if rng.random() < 0.5 else _R))
    return points


def _dealt(rng: np.random.Generator, points: _Points) -> _Points:
    red = rng.random(len(points.mjd)) < rng.uniform(0.3, 0.7)
    level = float(np.median(points.magnitude))
    ratio, colour = float(rng.uniform(0.6, 1.05)), float(rng.normal(0.5, 0.4))
    magnitude = np.where(red, level + ratio * (points.magnitude - level) - colour, points.magnitude)
    return points._replace(band=np.where(red, _R, _G), magnitude=magnitude)


def _noisier(rng: np.random.Generator, points: _Points) -> _Points:
    """White noise beyond what there is, errors that know of it, all errors misjudged by one factor, and zero points
    of the bands a little off."""
    loudest = max(_LOUDEST * float(points.magnitude.std()), 0.004)
    noise = exp(rng.uniform(log(0.003), log(loudest))) if loudest > 0.003 else 0.003
    offset = rng.normal(0, 0.1, len(BANDS))[points.band]
    return points._replace(
        magnitude=points.magnitude + rng.normal(0, noise, len(points.mjd)) + offset,
        error=np.hypot(points.error, noise) * float(rng.lognormal(0, 0.3)),
    )


def _selected_by_difference(rng: np.random.Generator, points: _Points) -> tuple[_Points, list[Limit]]:
    """What an alert stream keeps: epochs at which the difference from a reference is significant. The others are
    limits. Everything stays where too little would be left."""
    reference = np.full(len(BANDS), np.nan)
    for band in np.unique(points.band).tolist():
        own = points.magnitude[points.band == band]
        reference[band] = own.mean() + rng.normal(0, 0.5) * own.std()
    step = points.magnitude - reference[points.band]
    signal = np.abs(1 - 10 ** (0.4 * np.clip(step, -8, 8)))
    found = signal > _SIGMAS * np.hypot(points.error, 0.01) / 1.0857
    signed = points._replace(sign=np.where(step < 0, 1.0, -1.0))
    if found.sum() < _FEWEST:
        return signed, []
    missed = points.take(~found)
    limits = [
        Limit(mjd, BANDS[int(band)], float(reference[int(band)]) - 2.5 * float(np.log10(_SIGMAS * error + 0.02)))
        for band, mjd, error in zip(missed.band.tolist(), missed.mjd.tolist(), missed.error.tolist(), strict=True)
    ]
    return signed.take(found), limits
