"""Objects that make alerts, against what is expected of their kind."""

import numpy as np
import pytest

from simulate.cadence import Schedule
from simulate.identity import image_number, object_id
from simulate.population import SimulatedObject, draw_alerting_object
from simulate.sky import ecliptic_latitude, galactic_latitude
from tests.simulate.conftest import SEED


def draw_many(subclass: str, count: int, schedule: Schedule) -> list[SimulatedObject]:
    return [draw_alerting_object(SEED, slot, subclass, schedule) for slot in range(count)]


def test_objects_live_where_their_kind_does(schedule: Schedule) -> None:
    asteroids = np.array([drawn.position for drawn in draw_many("asteroid", 30, schedule)]).T
    assert np.median(np.abs(ecliptic_latitude(*asteroids))) < 15
    quasars = np.array([drawn.position for drawn in draw_many("QSO", 15, schedule)]).T
    assert np.min(np.abs(galactic_latitude(*quasars))) >= 10
    cepheids = np.array([drawn.position for drawn in draw_many("CEP", 30, schedule)]).T
    assert np.median(np.abs(galactic_latitude(*cepheids))) < 20


def test_some_supernovae_are_young_with_limits_before(schedule: Schedule) -> None:
    young = 0
    for drawn in draw_many("SNIa", 40, schedule):
        before = drawn.exposures.mjd < drawn.source.first_light_mjd
        assert not drawn.photometry.detected[before].any()
        young += schedule.last_night + 1 - drawn.source.first_light_mjd < 15 and bool(before.any())
    assert young >= 4


def test_type_ia_redshifts_are_of_a_magnitude_limited_survey(schedule: Schedule) -> None:
    redshifts = [drawn.source.redshift for drawn in draw_many("SNIa", 40, schedule)]
    assert 0.04 < np.median(redshifts) < 0.14


def test_unseen_object_is_no_alert(schedule: Schedule) -> None:
    for drawn in draw_many("RRL", 20, schedule):
        assert drawn.photometry.detected[drawn.alerts].all()
        assert (drawn.exposures.night[drawn.alerts] == schedule.last_night).all()


@pytest.mark.parametrize("seed", [0, 1, 99])
def test_names_of_a_night_are_distinct(seed: int) -> None:
    assert len({object_id(seed, slot) for slot in range(20_000)}) == 20_000


def test_numbers_follow_the_pattern_of_the_survey() -> None:
    image = image_number(60229.4338542, 3)
    assert image.pid == 2475433850315
    assert image.candid(9, positive=True) == 2475433850315015009
    assert image.candid(3, positive=False) == 2475433850315010003
