"""Polygons against astropy's position angles, wherever on the sky; and what is no polygon."""

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import SkyCoord
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InvalidPosition
from domain.polygon import MAX_VERTICES, Polygon, polygon, polygon_cover
from domain.sky import Position, direction, healpix, position
from tests.support.points import POLYGONS, Points, from_outline, in_polygon, inside, sky_points

RIM_ARCSEC = 1e-4


@pytest.mark.parametrize("region", POLYGONS, ids=lambda region: str(region.vertices))
def test_holds_what_its_outline_goes_around(region: Polygon) -> None:
    points = sky_points()
    wanted = in_polygon(points, region)
    clear = from_outline(points, region) > RIM_ARCSEC
    assert (wanted & clear).any()
    assert (region.holds(direction(*points)) == wanted)[clear].all()


@pytest.mark.parametrize("region", POLYGONS, ids=lambda region: str(region.vertices))
def test_cover_decides_rightly_and_leaves_out_nothing(region: Polygon) -> None:
    points = sky_points()
    held = region.holds(direction(*points))
    whole, edge = polygon_cover(region)
    pixels = healpix(*points)
    in_whole, in_edge = inside(pixels, whole), inside(pixels, edge)
    assert not (in_whole & ~held).any()
    assert not (held & ~in_whole & ~in_edge).any()
    assert not (in_whole & in_edge).any()
    assert len(whole.first) + len(edge.first) < 1500


@settings(max_examples=60, deadline=None)
@given(
    st.floats(0, 360, exclude_max=True),
    st.floats(-90, 90),
    st.floats(-3, 1.8).map(lambda power: 10**power),
    st.lists(st.floats(0.3, 1), min_size=3, max_size=12),
    st.booleans(),
    st.integers(0, 10**6),
)
def test_stars_of_any_size_at_any_place(
    ra: float, dec: float, size: float, arms: list[float], backwards: bool, seed: int
) -> None:
    center = SkyCoord(ra, dec, unit="deg")
    angles = np.linspace(0, 360, len(arms), endpoint=False)
    corners = center.directional_offset_by(angles * u.deg, size * np.array(arms) * u.deg)
    vertices = [position(float(corner.ra.deg), float(corner.dec.deg)) for corner in corners]
    region = polygon(vertices[::-1] if backwards else vertices)
    random = np.random.default_rng(seed)
    around = center.directional_offset_by(
        random.uniform(0, 360, 300) * u.deg, 1.3 * size * random.uniform(0, 1, 300) * u.deg
    )
    points = Points(around.ra.deg, around.dec.deg)
    clear = from_outline(points, region) > RIM_ARCSEC
    held = region.holds(direction(*points))
    assert (held == in_polygon(points, region))[clear].all()
    pixels = healpix(*points)
    whole, edge = polygon_cover(region)
    assert not (inside(pixels, whole) & ~held).any()
    assert not (held & ~inside(pixels, whole) & ~inside(pixels, edge)).any()


def test_the_smaller_part_is_inside_whichever_way_round() -> None:
    square = [Position(10, 10), Position(20, 10), Position(20, 20), Position(10, 20)]
    places = direction([15, 195, 5], [15, -15, 15])
    for vertices in (square, square[::-1], [*square, square[0]]):
        assert polygon(vertices).holds(places).tolist() == [True, False, False]
    # A band along the equator: the cap north of it is smaller than all that lies south.
    cap = polygon([Position(ra, 5) for ra in range(0, 360, 10)])
    assert cap.holds(direction([0, 0, 50], [90, -90, 4])).tolist() == [True, False, False]


@pytest.mark.parametrize(
    ("vertices", "message"),
    [
        ([(0, 0), (10, 0)], "3 to 500 different vertices, got 2"),
        ([(0, 0), (10, 0), (0, 0)], "vertices 2 and 0 of the polygon are the same place"),
        ([(0, dec / 10) for dec in range(MAX_VERTICES + 1)], "got 501"),
        ([(0, 0), (0, 0), (1, 1)], "vertices 0 and 1 of the polygon are the same place"),
        ([(0, 0), (180, 0), (90, 45)], "vertices 0 and 1 of the polygon lie opposite"),
        ([(0, 0), (10, 10), (10, 0), (0, 10)], "crosses itself: the edges from vertex 0 and from vertex 2"),
        ([(0, 0), (10, 0), (5, 0)], "touches itself"),
        ([(0, 0), (10, 0), (5, 0), (5, 5)], "touches itself: vertex 2 lies on the edge from vertex 0"),
        ([(0, 0), (10, 0), (10, 10), (5, 0)], "touches itself: vertex 3 lies on the edge from vertex 0"),
        ([(0, 0), (120, 0), (240, 0)], "halves the sky"),
    ],
)
def test_what_is_no_polygon_is_refused_in_words(vertices: list[tuple[float, float]], message: str) -> None:
    with pytest.raises(InvalidPosition, match=message):
        polygon([position(ra, dec) for ra, dec in vertices])
