"""Positions and separations against astropy; pixel ranges against brute force."""

import warnings
from math import isclose

import astropy.units as u
import numpy as np
import pytest
from astropy.coordinates import Angle, SkyCoord
from astropy_healpix.core import healpix_to_xyz
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import InvalidPosition
from domain.sky import (
    HEALPIX_ORDER,
    Box,
    Cone,
    PixelRanges,
    Position,
    box,
    coarser_pixel,
    cone,
    cone_cover,
    cone_ranges,
    direction,
    healpix,
    max_pixel_radius,
    parse_position,
    pixel_directions,
    position,
    position_of_direction,
    ranges_of,
    ranges_of_cones,
    separation_arcsec,
    share_of_sky,
)
from tests.support.points import ARCSEC, BOXES, CONES, in_box, inside, separations, sky_points

RAS = st.floats(0, 360, exclude_max=True)
DECS = st.floats(-90, 90)


@given(RAS, DECS, RAS, DECS)
def test_separation_is_that_of_astropy(ra: float, dec: float, other_ra: float, other_dec: float) -> None:
    expected = SkyCoord(ra, dec, unit="deg").separation(SkyCoord(other_ra, other_dec, unit="deg")).arcsec
    ours = separation_arcsec(Position(ra, dec), Position(other_ra, other_dec))
    # Near the antipode the haversine formula loses half of its digits.
    assert isclose(ours, expected, rel_tol=1e-9, abs_tol=1e-6 if ours < 640_000 else 0.01)


@pytest.mark.parametrize(
    ("a", "b", "arcsec"),
    [
        (Position(0, 0), Position(359.9999, 0), 0.36),
        (Position(0, 90), Position(180, 90), 0.0),
        (Position(10, 89.9999), Position(190, 89.9999), 0.72),
        (Position(0, -90), Position(0, 90), 648_000.0),
        (Position(5, 5), Position(5, 5), 0.0),
        (Position(10, 60), Position(10 + 2 * ARCSEC, 60), 1.0),
    ],
)
def test_separations_across_ra_zero_and_poles(a: Position, b: Position, arcsec: float) -> None:
    assert separation_arcsec(a, b) == pytest.approx(arcsec, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("region", CONES, ids=str)
def test_cone_ranges_hold_every_point_of_the_cone(region: Cone) -> None:
    points = sky_points()
    wanted = separations(points, region.center) <= region.radius_arcsec
    assert wanted.any()
    held = inside(healpix(points.ra, points.dec), ranges_of(region))
    assert not (wanted & ~held).any()


@pytest.mark.parametrize("region", CONES, ids=str)
def test_pixels_that_are_whole_hold_no_point_beside_the_cone(region: Cone) -> None:
    points = sky_points()
    wanted = separations(points, region.center) <= region.radius_arcsec
    cover = cone_cover(region)
    whole, edge = (inside(healpix(points.ra, points.dec), ranges) for ranges in cover)
    assert not (whole & ~wanted).any()
    assert not (whole & edge).any()
    assert not (wanted & ~(whole | edge)).any()


@settings(max_examples=200)
@given(RAS, DECS, st.floats(-1.5, 3.5).map(lambda power: 10**power))
def test_ranges_of_few_cells_are_those_of_many(ra: float, dec: float, radius: float) -> None:
    region = cone(position(ra, dec), radius)
    assert cone_ranges(region) == cone_cover(region).edge


@settings(max_examples=60)
@given(RAS, DECS, st.floats(3, 5.4).map(lambda power: 10**power), st.integers(0, 10**6))
def test_points_at_the_rim_of_a_cone_are_in_no_whole_pixel(ra: float, dec: float, radius: float, seed: int) -> None:
    region = cone(position(ra, dec), radius)
    angles = np.random.default_rng(seed).uniform(0, 360, 64)
    center = SkyCoord(ra, dec, unit="deg")
    rim, beside = (
        center.directional_offset_by(angles * u.deg, radius * share * u.arcsec) for share in (1 - 1e-9, 1 + 1e-7)
    )
    whole, edge = cone_cover(region)
    assert not inside(healpix(beside.ra.deg, beside.dec.deg), whole).any()
    assert inside(healpix(rim.ra.deg, rim.dec.deg), edge).all()
    if radius >= 3 * 3600:
        area = 2 * np.pi * (1 - np.cos(np.radians(radius / 3600)))
        assert share_of_sky(whole) * 4 * np.pi > 0.7 * area


@pytest.mark.parametrize("region", BOXES, ids=str)
def test_box_ranges_hold_every_point_of_the_box(region: Box) -> None:
    points = sky_points()
    wanted = in_box(points, region)
    assert wanted.any()
    assert not (wanted & ~inside(healpix(points.ra, points.dec), ranges_of(region))).any()


@settings(max_examples=60)
@given(RAS, DECS, st.floats(-1.5, 6).map(lambda power: 10**power), st.integers(0, 10**6))
def test_points_on_the_rim_are_in_the_ranges(ra: float, dec: float, radius: float, seed: int) -> None:
    region = cone(position(ra, dec), min(radius, 648_000))
    center = SkyCoord(ra, dec, unit="deg")
    angles = np.random.default_rng(seed).uniform(0, 360, 64)
    rim = center.directional_offset_by(angles * u.deg, region.radius_arcsec * u.arcsec)
    assert inside(healpix(rim.ra.deg, rim.dec.deg), ranges_of(region)).all()


@settings(max_examples=60)
@given(RAS, DECS, st.floats(-1.5, 5).map(lambda power: 10**power))
def test_small_regions_have_few_ranges_that_do_not_overlap(ra: float, dec: float, radius: float) -> None:
    ranges = ranges_of(cone(position(ra, dec), radius))
    assert len(ranges.first) <= (150 if radius <= 3600 else 300)
    assert all(first <= last for first, last in zip(ranges.first, ranges.last, strict=True))
    assert all(end < start for end, start in zip(ranges.last[:-1], ranges.first[1:], strict=True))


@settings(max_examples=60)
@given(
    RAS,
    st.floats(0, 360),
    st.lists(DECS, min_size=2, max_size=2).map(sorted),
    st.lists(st.tuples(st.floats(0, 1), st.floats(0, 1)), min_size=1, max_size=30),
)
def test_any_box_holds_its_points(
    ra_min: float, ra_max: float, decs: list[float], shares: list[tuple[float, float]]
) -> None:
    region = box(ra_min, ra_max, *decs)
    width = ra_max - ra_min if ra_min <= ra_max else 360 - ra_min + ra_max
    ra = [(ra_min + share * width) % 360 for share, _ in shares]
    dec = [min(decs[0] + share * (decs[1] - decs[0]), decs[1]) for _, share in shares]
    assert inside(healpix(ra, dec), ranges_of(region)).all()


@pytest.mark.parametrize("center", [Position(0, 90), Position(0, -90), Position(0, 0), Position(359.9999, 10)])
@pytest.mark.parametrize("radius", [0.01, 1.0, 3600.0])
def test_mean_position_is_right_across_ra_zero_and_at_the_poles(center: Position, radius: float) -> None:
    angles = np.arange(0, 360, 45) * u.deg
    ring = SkyCoord(center.ra, center.dec, unit="deg").directional_offset_by(angles, radius * u.arcsec)
    mean = position_of_direction(*direction(ring.ra.deg, ring.dec.deg).sum(axis=0).tolist())
    assert separation_arcsec(mean, center) < 1e-6


@given(RAS, DECS)
def test_a_direction_leads_back_to_its_position(ra: float, dec: float) -> None:
    back = position_of_direction(*direction(ra, dec).tolist())
    assert 0 <= back.ra < 360
    assert separation_arcsec(back, Position(ra, dec)) < 1e-6


@given(RAS, DECS, st.integers(0, HEALPIX_ORDER))
def test_coarser_pixels_are_the_pixels_of_that_order(ra: float, dec: float, order: int) -> None:
    assert coarser_pixel(int(healpix(ra, dec)), order) == int(healpix(ra, dec, order))


@pytest.mark.parametrize(
    "text",
    [
        "10:00:24 -02:12:00",
        "10:00:24,-02:12:00",
        "10:00:24.123, -02:12:00.45",
        "10h00m24s -2d12m",
        "10h00m24s -02d12m00s",
        "10 00 24 -02 12 00",
        "00:00:00 +90:00:00",
        "23:59:59.999 -00:00:01",
        "10:00.4 -02:12",
    ],
)
def test_sexagesimal_positions_are_hours_and_degrees(text: str) -> None:
    words = text.replace(",", " ").split()
    half = len(words) // 2
    ra = Angle(" ".join(words[:half]), unit=u.hourangle).deg
    dec = Angle(" ".join(words[half:]), unit=u.deg).deg
    assert separation_arcsec(parse_position(text), Position(ra, dec)) < 1e-6


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("150.1 -2.2", Position(150.1, -2.2)),
        ("150.1,-2.2", Position(150.1, -2.2)),
        ("  150.1 ,  -2.2 ", Position(150.1, -2.2)),
        ("0 0", Position(0, 0)),
        ("360 0", Position(0, 0)),
        ("-10 5", Position(350, 5)),
        ("1e2 9e1", Position(100, 90)),
        ("150.1d -2.2d", Position(150.1, -2.2)),
        ("150.1-2.2", Position(150.1, -2.2)),
        ("150.1+2.2", Position(150.1, 2.2)),
        ("150.1 \N{MINUS SIGN}2.2", Position(150.1, -2.2)),
        ("\N{EN DASH}10, 5", Position(350, 5)),
    ],
)
def test_plain_numbers_are_degrees(text: str, expected: Position) -> None:
    assert parse_position(text) == pytest.approx(expected)


@given(RAS, DECS)
def test_decimal_positions_are_read_exactly(ra: float, dec: float) -> None:
    assert parse_position(f"{ra!r} {dec!r}") == Position(ra, dec)


@given(RAS, DECS)
def test_positions_as_astropy_writes_them_are_read(ra: float, dec: float) -> None:
    place = SkyCoord(ra, dec, unit="deg")
    for text in (place.to_string("hmsdms", precision=6), place.to_string("hmsdms", sep=":", precision=6)):
        assert separation_arcsec(parse_position(text), Position(ra, dec)) < 1e-4


@pytest.mark.parametrize(
    "text",
    [
        "",
        "5",
        "M31",
        "10:00:24",
        "nan nan",
        "inf 0",
        "0 91",
        "0 -90.001",
        "10:00:24 +95:00:00",
        "a b",
        "1 2 3",
        "1e400 0",
        "1_0 2",
    ],
)
def test_what_is_no_position_is_refused_in_words(text: str) -> None:
    with pytest.raises(InvalidPosition):
        parse_position(text)


@pytest.mark.parametrize("text", ["150.1 +02:12:00", "10 -0:30:00", "10.5-2d12m", "150.1 2d", "10 -02 12 00"])
def test_a_plain_right_ascension_beside_a_sexagesimal_declination_may_be_either(text: str) -> None:
    with pytest.raises(InvalidPosition, match="in degrees or hours"):
        parse_position(text)


def test_signs_of_papers_are_read_in_sexagesimal_positions() -> None:
    assert parse_position("10:00:24 \N{MINUS SIGN}02:12:00") == parse_position("10:00:24 -02:12:00")


@given(st.one_of(st.text(max_size=30), st.text("0123456789+-.:hmsd °'\" ,eJna", max_size=30)))
def test_any_text_is_a_position_or_refused(text: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            place = parse_position(text)
        except InvalidPosition:
            return
    assert 0 <= place.ra < 360
    assert -90 <= place.dec <= 90


@given(st.floats(), st.floats())
def test_any_numbers_are_a_position_or_refused(ra: float, dec: float) -> None:
    try:
        place = position(ra, dec)
    except InvalidPosition:
        return
    assert 0 <= place.ra < 360
    assert place.dec == dec


@pytest.mark.parametrize("radius", [0, -1, float("nan"), float("inf"), 648_000.1])
def test_a_radius_off_the_sphere_is_refused(radius: float) -> None:
    with pytest.raises(InvalidPosition):
        cone(Position(0, 0), radius)


@pytest.mark.parametrize(
    "edges",
    [(0, 10, 5, -5), (0, 10, -91, 0), (0, 10, 0, 91), (-1, 10, 0, 1), (0, 361, 0, 1), (0, float("nan"), 0, 1)],
)
def test_a_box_off_the_sphere_is_refused(edges: tuple[float, float, float, float]) -> None:
    with pytest.raises(InvalidPosition):
        box(*edges)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.tuples(RAS, DECS), min_size=1, max_size=20),
    st.floats(-3, 4.5).map(lambda power: 10**power),
    st.integers(0, 10**6),
)
def test_ranges_of_many_cones_hold_every_point_of_each(
    centers: list[tuple[float, float]], radius: float, seed: int
) -> None:
    corners = [(45.0, 41.8103149), (90.0, -41.8103149), (0.0, 0.0), (12.0, 90.0), (0.0, -90.0)]
    ra, dec = np.array([*centers, *corners]).T
    ranges = ranges_of_cones(ra, dec, radius)
    random = np.random.default_rng(seed)
    for number in range(len(ra)):
        own = PixelRanges(
            ranges.first[ranges.number == number].tolist(), ranges.last[ranges.number == number].tolist()
        )
        assert all(end + 1 < start for end, start in zip(own.last[:-1], own.first[1:], strict=True))
        around = SkyCoord(ra[number], dec[number], unit="deg").directional_offset_by(
            random.uniform(0, 360, 32) * u.deg, radius * np.repeat([1.0, 0.5], 16) * u.arcsec
        )
        assert inside(healpix(around.ra.deg, around.dec.deg), own).all()
    assert len(ranges.first) <= 9 * len(ra)


@pytest.mark.parametrize("radius", [0.0, -1.0, 36_001.0])
def test_many_cones_have_a_radius_within_limits(radius: float) -> None:
    with pytest.raises(InvalidPosition):
        ranges_of_cones([1.0], [1.0], radius)


@pytest.mark.parametrize("order", [0, 1, 3, 6])
def test_no_corner_of_a_pixel_is_farther_than_the_longest_radius(order: int) -> None:
    pixels = np.arange(12 * 4**order)
    corners = np.stack(healpix_to_xyz(pixels[:, None], 2**order, [0, 0, 1, 1], [0, 1, 0, 1], order="nested"), -1)
    chords = np.linalg.norm(corners - pixel_directions(pixels, order)[:, None], axis=-1)
    assert 2 * np.arcsin(chords.max() / 2) == pytest.approx(max_pixel_radius(order), rel=1e-12)


@given(st.integers(0, 23), st.integers(0, 59), st.floats(0, 59.999), st.integers(0, 89), st.integers(0, 59))
def test_plain_sexagesimal_positions_are_those_of_astropy(
    hours: int, minutes: int, seconds: float, degrees: int, arcmin: int
) -> None:
    text = f"{hours:02d}:{minutes:02d}:{seconds:06.3f} -{degrees:02d}:{arcmin:02d}:{seconds:05.2f}"
    expected = SkyCoord(text, unit=(u.hourangle, u.deg))
    assert separation_arcsec(parse_position(text), Position(expected.ra.deg, expected.dec.deg)) < 1e-6
