"""When the survey looks where: a schedule of exposures, night by night.

The public ZTF survey: all visible sky every two to three nights, g and r within an hour, i rarely; nights lost to
weather; deeper in dark time. Rates were set so that gaps, visits per night and limits agree with the histories of
583 real packets (docs/simulator.md has both columns).
"""

from dataclasses import dataclass

import numpy as np

from simulate.arrays import BoolArray, FloatArray, IntArray
from simulate.bands import AIRMASS_EXTINCTION, DARK_SKY_DN, ZERO_POINT, G, I, R
from simulate.exposures import Exposures
from simulate.fields import Fields, all_fields
from simulate.random_stream import random_stream
from simulate.sky import (
    airmass,
    altitude,
    moon_phase,
    moon_position,
    moonlight_ratio,
    separation,
    sidereal_time,
    sun_position,
)

SLOT_DAYS = 42.0 / 86400
"""30 s of exposure, readout and slew."""
BLOCK_FIELDS = 55
"""Fields that are visited in one filter before the telescope returns to them in the other: about 38 minutes."""
MINIMUM_ALTITUDE = 28.0
_CLEAR_TO_CLOSED, _CLOSED_TO_CLEAR = 0.14, 0.40
_SECOND_VISIT, _EXTRA_PAIR, _I_BAND = 0.72, 0.10, 0.03
_INTERVAL_NIGHTS, _INTERVAL_SHARES = (1, 2, 3, 4), (0.10, 0.25, 0.45, 0.20)
_GAIN_ELECTRONS_EFFECTIVE, _READ_VARIANCE = 3.4, 2.5
"""Pixel noise^2 = sky / 3.4 + 2.5 [DN^2]: fitted by eye to background and rms of 560 real science stamps."""
_MOONLIGHT_BY_FID = np.array([np.nan, 0.75, 0.40, 0.20])
"""Moonlight is blue. Below the formula's own scale, so that the bright-time limits match the real ones."""
_MOON_AVOIDANCE_DEG = 25.0


@dataclass(frozen=True)
class Schedule:
    """All exposures up to the end of `last_night`, and which of them are of each field."""

    exposures: Exposures
    last_night: int

    def of_field(self, field: int) -> Exposures:
        return self.exposures.take(np.flatnonzero(self.exposures.field == field))

    def fields_of_last_night(self) -> IntArray:
        return np.unique(self.exposures.field[self.exposures.night == self.last_night])


def build_schedule(seed: int, last_night: int, nights: int = 200) -> Schedule:
    """The schedule of `nights` nights that end with `last_night` (integer MJD), which is always a clear one."""
    fields = all_fields()
    due = np.full(len(fields.number), last_night - nights, dtype=np.int64)
    clear = True
    columns: list[tuple[FloatArray, IntArray, IntArray, FloatArray]] = []
    for night in range(last_night - nights + 1, last_night + 1):
        rng = random_stream(seed, 1, night)
        clear = bool(rng.random() > (_CLEAR_TO_CLOSED if clear else 1 - _CLOSED_TO_CLEAR)) or night == last_night
        if not clear:
            continue
        mjd, field, fid = _one_night(rng, night, fields, due <= night)
        due[np.unique(field)] = night + rng.choice(_INTERVAL_NIGHTS, len(np.unique(field)), p=_INTERVAL_SHARES)
        clouds = _clouds(rng, mjd)
        columns.append((mjd, field, fid, clouds))
    mjd, field, fid, clouds = (np.concatenate(column) for column in zip(*columns, strict=True))
    return Schedule(_under_the_sky(seed, mjd, field, fid, clouds), last_night)


def _dark_hours(night: int) -> tuple[float, float]:
    """MJD at which the Sun passes 12 degrees below the horizon in the evening and in the morning."""
    times = night + np.linspace(0.0, 0.7, 337)
    sun_ra, sun_dec = sun_position(times)
    dark = times[altitude(sun_ra, sun_dec, times) < -12]
    return float(dark[0]), float(dark[-1])


def _one_night(
    rng: np.random.Generator, night: int, fields: Fields, due: BoolArray
) -> tuple[FloatArray, IntArray, IntArray]:
    evening, morning = _dark_hours(night)
    order = _by_transit(fields, np.flatnonzero(due), evening, morning)
    start = evening
    visits: list[tuple[float, int, int]] = []
    for first in range(0, len(order), BLOCK_FIELDS):
        block = order[first : first + BLOCK_FIELDS]
        for fid, kept in _filters_of_block(rng):
            for field in block:
                if rng.random() < kept:
                    visits.append((start, int(field), fid))
                    start += SLOT_DAYS
        if start > morning:
            break
    mjd = np.array([visit[0] for visit in visits]) + rng.uniform(0, 8, len(visits)) / 86400
    field, fid_of = (np.array([visit[k] for visit in visits], dtype=np.int64) for k in (1, 2))
    up = (altitude(fields.ra[field], fields.dec[field], mjd) > MINIMUM_ALTITUDE) & (mjd < morning)
    up &= separation(fields.ra[field], fields.dec[field], *moon_position(mjd)) > _MOON_AVOIDANCE_DEG
    return np.round(mjd[up], 7), field[up], fid_of[up]


def _by_transit(fields: Fields, due: IntArray, evening: float, morning: float) -> IntArray:
    """Fields in the order of their best time within the night; those never high enough are left out."""
    wait = (fields.ra[due] - sidereal_time(np.array(evening)) + 180) % 360 - 180
    best = np.clip(evening + wait / 360.985, evening, morning)
    up = altitude(fields.ra[due], fields.dec[due], best) > MINIMUM_ALTITUDE
    return np.asarray(due[up][np.lexsort((fields.dec[due][up], np.round(best[up] * 48)))])


def _filters_of_block(rng: np.random.Generator) -> list[tuple[int, float]]:
    """The filters of one block in their order, each with the chance that a field is visited in it."""
    pair = [G, R] if rng.random() < 0.5 else [R, G]
    if rng.random() < _I_BAND:
        pair[1] = I
    visits = [(pair[0], 1.0), (pair[1], _SECOND_VISIT)]
    return visits * 2 if rng.random() < _EXTRA_PAIR else visits


def _clouds(rng: np.random.Generator, mjd: FloatArray) -> FloatArray:
    """Extinction by clouds [mag]: a thin veil on most nights, patches on every sixth."""
    veil = rng.exponential(0.03)
    patchy = rng.random() < 0.16
    patches = rng.exponential(0.35, len(mjd)) if patchy else rng.exponential(0.01, len(mjd))
    return np.asarray(np.minimum(veil + patches, 1.8))


def _under_the_sky(seed: int, mjd: FloatArray, field: IntArray, fid: IntArray, clouds: FloatArray) -> Exposures:
    """Seeing, transparency and sky brightness of exposures whose times and fields are known."""
    rng = random_stream(seed, 2)
    fields = all_fields()
    ra, dec = fields.ra[field], fields.dec[field]
    height = altitude(ra, dec, mjd)
    air = airmass(height)
    night = np.floor(mjd).astype(np.int64)
    _, night_index = np.unique(night, return_inverse=True)
    nightly_seeing = rng.normal(0.0, 0.16, night_index.max() + 1)[night_index]
    seeing = 1.95 * np.exp(nightly_seeing + rng.normal(0, 0.07, len(mjd))) * air**0.6 * (640 / 560) ** 0.2
    seeing *= np.array([np.nan, 1.06, 1.0, 0.96])[fid]
    nightly_zero = rng.normal(0.0, 0.03, night_index.max() + 1)[night_index]
    zero_point = ZERO_POINT[fid] - AIRMASS_EXTINCTION[fid] * (air - 1) - clouds + nightly_zero
    moon_ra, moon_dec = moon_position(mjd)
    moonlight = moonlight_ratio(
        moon_phase(mjd), altitude(moon_ra, moon_dec, mjd), height, separation(ra, dec, moon_ra, moon_dec)
    )
    sky = DARK_SKY_DN[fid] * air**0.7 * (1 + _MOONLIGHT_BY_FID[fid] * moonlight) * rng.lognormal(0, 0.06, len(mjd))
    sky *= 10 ** (-0.2 * clouds)
    noise = np.sqrt(sky / _GAIN_ELECTRONS_EFFECTIVE + _READ_VARIANCE) * rng.lognormal(0.05, 0.08, len(mjd))
    return Exposures(mjd, field, fid, np.maximum(seeing, 1.45), zero_point, sky, noise)
