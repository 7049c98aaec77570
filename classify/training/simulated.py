"""Simulated light curves of every class, observed in every manner that real ones are.

A light curve must not tell its survey, or the classes that only one survey has will be known by it. So every
class is observed alike: on windows of the simulated schedule or at the times of real objects; as alerts (5
sigma on the difference image, with signs and limits) or, for what is in the reference image, as total
magnitudes; in two bands or in one; with or without limits and signs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from classify.features.arrays import Floats, Integers
from classify.features.photometry import Limit, Measurement, Photometry, sorted_photometry
from classify.training.labelled import LabelledCurve, has_enough
from domain.band import Band
from simulate.bands import FIDS, G, I, R
from simulate.cadence import Schedule, build_schedule
from simulate.exposures import Exposures
from simulate.light_curves.registry import FAMILIES
from simulate.photometry_noise import measure, to_counts
from simulate.population import REFERENCE_FRAMES
from simulate.random_stream import random_stream
from simulate.source import Sightline, Source

LAST_NIGHT = 61350
NIGHTS = 1100
SHORTEST_WINDOW, LONGEST_WINDOW = 25.0, 1100.0
_BAND_OF_FID = {G: Band.g, R: Band.r, I: Band.i}
_REAL_TIMES, _ONE_BAND, _TOTAL, _UNSIGNED, _WITHOUT_LIMITS = 0.3, 0.15, 0.5, 0.5, 0.5
"""Shares of the manners of observing."""
_BAND_OFFSET, _ERROR_MISJUDGED = 0.1, 0.3
"""Spread of zero points [mag], and of the logarithm of a factor on all errors of an object."""
_MOST_POINTS = 150
_ATTEMPTS = 60


@dataclass(frozen=True, slots=True)
class ObservedTimes:
    """When a real object was measured: MJD and `fid`."""

    mjd: Floats
    fid: Integers


def simulate_curves(
    label: str, count: int, seed: int, real_times: Sequence[ObservedTimes] = ()
) -> Iterator[LabelledCurve]:
    """`count` objects of one class that have 6 detections in g or in r."""
    schedule = _schedule(seed)
    fields = np.unique(schedule.exposures.field)
    number = sorted(FAMILIES).index(label)
    for slot in range(count):
        for attempt in range(_ATTEMPTS):
            rng = random_stream(seed, 77, number, slot, attempt)
            photometry = _observed(rng, label, schedule, fields, real_times)
            photometry = None if photometry is None else _of_another_system(rng, photometry)
            if photometry is not None and has_enough(photometry):
                name = f"sim_{label}_{seed}_{slot}"
                yield LabelledCurve(name, name, "simulator", label, True, photometry)
                break


@cache
def _schedule(seed: int) -> Schedule:
    return build_schedule(seed, LAST_NIGHT, NIGHTS)


def _observed(
    rng: np.random.Generator, label: str, schedule: Schedule, fields: Integers, real_times: Sequence[ObservedTimes]
) -> Photometry | None:
    exposures = _window(rng, schedule.of_field(int(rng.choice(fields))), real_times)
    if len(exposures) < 6:
        return None
    source = FAMILIES[label].draw(rng, _sightline(rng, exposures))
    flux, reference = _fluxes(rng, source, exposures)
    background = to_counts(reference[exposures.fid], exposures.zero_point)
    difference = to_counts(flux, exposures.zero_point) - background
    measured = measure(rng, exposures, difference, background)
    in_reference = source.quiet_magnitudes is not None and bool(np.all(reference[1:] > 10 ** (-0.4 * 21.5)))
    if in_reference and rng.random() < _TOTAL:
        return _total(exposures, measured.flux + background, measured.flux_error)
    sign = np.where(measured.flux > 0, 1, -1)
    found = measured.detected
    apparent = in_reference and bool(np.any(sign[found] < 0))
    if apparent:
        magnitude, error = _magnitudes(exposures, measured.flux + background, measured.flux_error)
    else:
        magnitude, error = measured.magnitude, measured.magnitude_error
    if rng.random() < _UNSIGNED:
        sign = np.zeros_like(sign)
    limits = () if rng.random() < _WITHOUT_LIMITS else np.flatnonzero(~found).tolist()
    return sorted_photometry(
        (
            Measurement(
                float(exposures.mjd[k]), band(exposures, k), float(magnitude[k]), float(error[k]), int(sign[k])
            )
            for k in np.flatnonzero(found).tolist()
        ),
        (
            Limit(float(exposures.mjd[k]), band(exposures, k), float(exposures.limiting_magnitude[k]))
            for k in limits
        ),
        is_apparent=apparent,
    )


def _of_another_system(rng: np.random.Generator, photometry: Photometry) -> Photometry:
    """Errors misjudged and bands offset a little, as they are from one survey to the next."""
    offsets = rng.normal(0, _BAND_OFFSET, len(photometry.points))
    return replace(
        photometry,
        magnitude=photometry.magnitude + np.repeat(offsets, photometry.points),
        error=photometry.error * float(rng.lognormal(0, _ERROR_MISJUDGED)),
        limit=photometry.limit + np.repeat(offsets, np.diff(photometry.limit_start)),
    )


def band(exposures: Exposures, k: int) -> Band:
    """The band of an exposure."""
    return _BAND_OF_FID[int(exposures.fid[k])]


def _window(rng: np.random.Generator, exposures: Exposures, real_times: Sequence[ObservedTimes]) -> Exposures:
    """A part of a field's exposures, perhaps at a real object's times, perhaps of one band."""
    length = float(np.exp(rng.uniform(np.log(SHORTEST_WINDOW), np.log(LONGEST_WINDOW))))
    last = float(rng.uniform(LAST_NIGHT - NIGHTS + min(length, NIGHTS - 1), LAST_NIGHT + 1))
    kept = np.flatnonzero((exposures.mjd > last - length) & (exposures.mjd <= last))
    most = int(rng.integers(12, 2 * _MOST_POINTS))
    if len(kept) > most:
        kept = np.sort(rng.choice(kept, most, replace=False))
    chosen = exposures.take(kept)
    if real_times and rng.random() < _REAL_TIMES:
        chosen = _at(rng, exposures, real_times[int(rng.integers(len(real_times)))])
    if rng.random() < _ONE_BAND:
        chosen = chosen.take(np.flatnonzero(chosen.fid == (G if rng.random() < 0.5 else R)))
    return chosen


def _at(rng: np.random.Generator, exposures: Exposures, times: ObservedTimes) -> Exposures:
    """Exposures under skies of this field, but at the times and in the bands of a real object."""
    fid = np.where(np.isin(times.fid, np.unique(exposures.fid)), times.fid, R)
    sky = np.array([int(rng.choice(np.flatnonzero(exposures.fid == f))) for f in fid], dtype=np.int64)
    at = exposures.take(sky)
    order = np.argsort(times.mjd)
    return Exposures(
        times.mjd[order],
        *(getattr(at, name)[order] for name in ("field", "fid", "seeing", "zero_point", "sky", "pixel_noise")),
    )


def _sightline(rng: np.random.Generator, exposures: Exposures) -> Sightline:
    """The `night` around which families place what happens once lies anywhere in the window."""
    at = float(rng.uniform(exposures.mjd[0], exposures.mjd[-1] + 40.0))
    return Sightline(
        galactic_latitude=float(rng.choice([-1, 1]) * rng.uniform(15, 80)),
        ecliptic_latitude=float(rng.uniform(-60, 60)),
        visit_mjd=np.array([at]),
        visit_fid=np.array([R]),
        survey_mjd=exposures.mjd,
    )


def _fluxes(rng: np.random.Generator, source: Source, exposures: Exposures) -> tuple[Floats, Floats]:
    """True flux at each exposure, and mean flux in the reference by `fid`, up to two years before [maggies]."""
    frames = np.sort(rng.uniform(exposures.mjd[0] - 900, exposures.mjd[0] - 500, REFERENCE_FRAMES))
    mjd = np.concatenate([np.repeat(frames, len(FIDS)), exposures.mjd])
    fid = np.concatenate([np.tile(np.array(FIDS), REFERENCE_FRAMES), exposures.fid])
    flux = source.light_curve.flux(mjd, fid, rng)
    past = flux[: len(FIDS) * REFERENCE_FRAMES].reshape(REFERENCE_FRAMES, len(FIDS))
    return flux[past.size :], np.concatenate([[0.0], past.mean(axis=0)])


def _magnitudes(exposures: Exposures, total: Floats, total_error: Floats) -> tuple[Floats, Floats]:
    flux = np.where(total > 0, total, np.nan)
    return exposures.zero_point - 2.5 * np.log10(flux), 1.0857 * total_error / flux


def _total(exposures: Exposures, total: Floats, total_error: Floats) -> Photometry:
    """All epochs above 5 sigma, as a catalogue of light curves has them."""
    magnitude, error = _magnitudes(exposures, total, total_error)
    return sorted_photometry(
        (
            Measurement(float(exposures.mjd[k]), band(exposures, k), float(magnitude[k]), float(error[k]), 0)
            for k in np.flatnonzero(error < 0.217).tolist()
        ),
        (),
        is_apparent=True,
    )
