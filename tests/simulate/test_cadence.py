"""The schedule against what the survey does."""

import numpy as np

from simulate.bands import G, I, R
from simulate.cadence import SLOT_DAYS, Schedule, build_schedule
from simulate.sky import moon_phase


def test_is_reproducible_and_ends_with_a_clear_night(schedule: Schedule) -> None:
    again = build_schedule(7, schedule.last_night)
    np.testing.assert_array_equal(again.exposures.mjd, schedule.exposures.mjd)
    np.testing.assert_array_equal(again.exposures.seeing, schedule.exposures.seeing)
    assert len(schedule.fields_of_last_night()) > 30


def test_telescope_looks_at_one_place_at_a_time(schedule: Schedule) -> None:
    assert np.diff(schedule.exposures.mjd).min() > SLOT_DAYS - 9 / 86400


def test_fields_are_revisited_after_two_or_three_nights(schedule: Schedule) -> None:
    gaps, visits = [], []
    for field in schedule.fields_of_last_night():
        nights, count = np.unique(schedule.of_field(int(field)).night, return_counts=True)
        gaps += list(np.diff(nights))
        visits += list(count)
    assert 2 <= np.median(gaps) <= 3
    assert 0.2 < np.mean(np.array(visits) == 1) < 0.5
    assert 1.4 < np.mean(visits) < 2.2


def test_filters_are_g_and_r_and_rarely_i(schedule: Schedule) -> None:
    share = {fid: float(np.mean(schedule.exposures.fid == fid)) for fid in (G, R, I)}
    assert 0.4 < share[G] < 0.6
    assert 0.4 < share[R] < 0.6
    assert 0.0 < share[I] < 0.05


def test_weather_closes_whole_nights() -> None:
    schedule = build_schedule(3, 61350)
    open_nights = len(np.unique(schedule.exposures.night))
    assert 120 < open_nights < 185


def test_limits_are_those_of_the_survey(schedule: Schedule) -> None:
    exposures = schedule.exposures
    for fid, median in ((G, 20.1), (R, 19.75)):
        limits = exposures.limiting_magnitude[exposures.fid == fid]
        assert abs(np.median(limits) - median) < 0.3
        assert np.percentile(limits, 2) > 17
        assert np.percentile(limits, 98) < 21.2


def test_full_moon_makes_limits_brighter(schedule: Schedule) -> None:
    exposures = schedule.exposures
    phase = moon_phase(exposures.mjd)
    green = exposures.fid == G
    full = green & (np.abs(phase - 0.5) < 0.07)
    new = green & ((phase < 0.07) | (phase > 0.93))
    limit = exposures.limiting_magnitude
    assert np.median(limit[new]) - np.median(limit[full]) > 0.4
