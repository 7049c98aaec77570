"""What every kind of region has in common."""

import pytest

from domain.moc import parse_moc
from domain.region import coverage_of
from domain.sky import NOWHERE, Cone, Position
from domain.skymap import InvalidSkymap, skymap_level
from tests.support.points import POLYGONS


def test_pixels_of_a_moc_need_no_test_and_those_of_a_cone_all() -> None:
    assert coverage_of(parse_moc("3/7")).edge == NOWHERE
    assert coverage_of(Cone(Position(10, 10), 100.0)).whole == NOWHERE


def test_all_pixels_are_sorted_and_apart() -> None:
    for region in POLYGONS:
        ranges = coverage_of(region).all
        assert all(end < start for end, start in zip(ranges.last[:-1], ranges.first[1:], strict=True))


def test_a_sky_map_s_region_has_pixels_only_once_it_is_drawn() -> None:
    with pytest.raises(InvalidSkymap, match="give it as a MOC"):
        coverage_of(skymap_level("0" * 32, 0.9))
