"""The map of the sky: Hammer's projection."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.pages import sky_map


def unproject(x: float, y: float) -> tuple[float, float]:
    """The inverse, written from its own formula."""
    px = -(x - sky_map.WIDTH / 2) / (sky_map.WIDTH / 2 - sky_map.MARGIN) * 2 * np.sqrt(2)
    py = -(y - sky_map.HEIGHT / 2) / (sky_map.HEIGHT / 2 - sky_map.MARGIN) * np.sqrt(2)
    z = np.sqrt(1 - (px / 4) ** 2 - (py / 2) ** 2)
    longitude = 2 * np.arctan2(z * px, 2 * (2 * z**2 - 1))
    return (np.degrees(longitude) + 180.0) % 360.0, np.degrees(np.arcsin(np.clip(z * py, -1, 1)))


@given(st.floats(0.5, 359.5), st.floats(-89, 89))
def test_places_are_found_again(ra: float, dec: float) -> None:
    found = sky_map.project([ra], [dec])
    again_ra, again_dec = unproject(found.x[0], found.y[0])
    assert again_ra == pytest.approx(ra, abs=1e-3)
    assert again_dec == pytest.approx(dec, abs=1e-3)


@given(st.floats(0, 360), st.floats(-90, 90))
def test_every_place_is_on_the_picture(ra: float, dec: float) -> None:
    found = sky_map.project([ra], [dec])
    assert sky_map.MARGIN - 1e-6 <= found.x[0] <= sky_map.WIDTH - sky_map.MARGIN + 1e-6
    assert sky_map.MARGIN - 1e-6 <= found.y[0] <= sky_map.HEIGHT - sky_map.MARGIN + 1e-6


def test_east_is_left_and_north_is_up() -> None:
    found = sky_map.project([180, 190, 180], [0, 0, 10])
    assert found.x[1] < found.x[0]
    assert found.y[2] < found.y[0]


@given(st.floats(0, 359), st.floats(-89, 89), st.sampled_from(sky_map.ZOOMS))
def test_the_place_in_the_middle_is_in_the_middle(ra: float, dec: float, zoom: int) -> None:
    view = sky_map.View(ra, dec, zoom)
    found = sky_map.project([ra], [dec], view)
    assert found.x[0] == pytest.approx(sky_map.WIDTH / 2, abs=1e-5)
    assert found.y[0] == pytest.approx(sky_map.HEIGHT / 2, abs=1e-5)
    beside = sky_map.project([ra, ra], [dec + 1e-3, dec - 1e-3], view)
    assert beside.y[0] < found.y[0] < beside.y[1]


@given(st.floats(0, 360), st.floats(-90, 90), st.floats(0, 359), st.floats(-89, 89))
def test_every_place_is_on_every_map_of_the_whole_sky(ra: float, dec: float, at_ra: float, at_dec: float) -> None:
    found = sky_map.project([ra], [dec], sky_map.View(at_ra, at_dec))
    assert sky_map.MARGIN - 1e-6 <= found.x[0] <= sky_map.WIDTH - sky_map.MARGIN + 1e-6
    assert sky_map.MARGIN - 1e-6 <= found.y[0] <= sky_map.HEIGHT - sky_map.MARGIN + 1e-6


def test_looking_closer_moves_places_apart_and_leaves_out_what_is_outside() -> None:
    view = sky_map.View(180.0, 0.0, 4)
    near, far = sky_map.project([190], [0], view), sky_map.project([190], [0])
    assert near.x[0] - sky_map.WIDTH / 2 == pytest.approx(4 * (far.x[0] - sky_map.WIDTH / 2))
    marks = sky_map.marks(["near", "far"], [181, 0], [0, 0], [1, 1], ["", ""], view)
    assert [mark.key for mark in marks] == ["near"]


@pytest.mark.parametrize("view", [sky_map.View(30, 60), sky_map.View(266, -29, 2), sky_map.View(0, -89)])
def test_no_line_crosses_the_map_where_it_leaves_it(view: sky_map.View) -> None:
    for line in (*sky_map.grid(view), *sky_map.milky_way(view), sky_map.ecliptic_line(view)):
        for piece in line.split("M")[1:]:
            places = np.array([[float(number) for number in part.split()] for part in piece.split("L")])
            steps = np.hypot(*np.diff(places, axis=0).T)
            assert (steps <= sky_map.LONGEST_STEP * view.zoom).all()


def test_larger_circles_come_first() -> None:
    marks = sky_map.marks(["a", "b", "c"], [1, 2, 3], [0, 0, 0], [0.1, 1.0, 0.5], ["a", "b", "c"])
    assert [mark.key for mark in marks] == ["b", "c", "a"]
    assert marks[0].radius == sky_map.LARGEST_RADIUS
    assert sky_map.marks([], [], [], [], []) == []


def test_lines_are_broken_where_they_leave_the_picture() -> None:
    for line in (*sky_map.milky_way(), sky_map.ecliptic_line()):
        numbers = [part.split() for part in line.replace("L", "M").split("M") if part]
        steps = np.diff([float(x) for x, _ in numbers])
        breaks = line.count("M") - 1
        assert breaks <= 2
        assert (np.abs(steps) > sky_map.WIDTH / 4).sum() == breaks
