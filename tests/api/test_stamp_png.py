"""Pictures of stamps: the right way up, with every pixel in its place and a shade that says what it is."""

import io
import itertools
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import fastavro
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray
from PIL import Image

from api.stamp_png import MAX_PICTURE_SIDE, NO_DATA_COLOR, Stretch, render_picture, render_png
from domain.stamp import Orientation, Stamp, StampKind, decode_stamp

SKY, NOISE = 150.0, 10.0
MIDDLE_GREY = 128
ARCSEC_PER_PIXEL = 1.012


def stamp(pixels: NDArray[np.float32], kind: StampKind = StampKind.SCIENCE) -> Stamp:
    return Stamp(kind, pixels.astype(np.float32), b"")


def picture(png: bytes) -> NDArray[np.uint8]:
    """Height x width x red, green, blue; row 0 is the top."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def render(pixels: NDArray[np.float32], kind: StampKind = StampKind.SCIENCE) -> NDArray[np.uint8]:
    return picture(render_png(stamp(pixels, kind), scale=1))


def sky(shape: tuple[int, int] = (63, 63)) -> NDArray[np.float32]:
    return np.random.default_rng(1).normal(SKY, NOISE, shape).astype(np.float32)


def star(flux: float, row: int = 31, column: int = 31) -> NDArray[np.float32]:
    """A Gaussian star of ZTF's usual width; `flux` is its peak."""
    y, x = np.mgrid[:63, :63]
    return np.asarray(flux * np.exp(-((x - column) ** 2 + (y - row) ** 2) / 2), np.float32)


def brightest(shades: NDArray[np.int64]) -> tuple[float, float]:
    """Mean row and column of the pixels that are white."""
    rows, columns = np.nonzero(shades == shades.max())
    return float(rows.mean()), float(columns.mean())


def greys(rgb: NDArray[np.uint8]) -> NDArray[np.int64]:
    assert (rgb == rgb[..., :1]).all(), "a flux must be a shade of grey"
    return rgb[..., 0].astype(np.int64)


def test_row_zero_is_at_the_bottom_and_column_zero_at_the_left() -> None:
    shades = greys(render(sky() + star(5000, row=5, column=10)))
    assert brightest(shades) == pytest.approx((62 - 5, 10), abs=0.5)


def test_row_zero_is_on_top_where_a_survey_has_it_in_the_north() -> None:
    png = render_png(stamp(sky() + star(5000, row=5, column=10)), scale=1, row_zero_on_top=True)
    assert brightest(greys(picture(png))) == pytest.approx((5, 10), abs=0.5)


def test_reference_sources_of_real_stamps_lie_where_row_zero_is_north_and_column_zero_east(
    shared_alerts: Path,
) -> None:
    """Four ways to lay the stamp on the sky; the source that the packet places nearby tells them apart."""
    votes = Counter(
        max(
            itertools.product((1, -1), (1, -1)),
            key=lambda way: template_near(record, row_way=way[0], column_way=way[1]),
        )
        for path in sorted((shared_alerts / "ztf/as_sent").rglob("*.avro"))
        for record in cast("Iterator[dict[str, Any]]", fastavro.reader(path.open("rb")))
        if 5 < record["candidate"]["distnr"] < 20 and record["cutoutTemplate"] is not None
    )
    assert votes[-1, -1] > 0.7 * votes.total() > 70


def template_near(record: dict[str, Any], *, row_way: int, column_way: int) -> float:
    """Mean template flux where the nearest reference source lies, when rows and columns grow these ways."""
    candidate = record["candidate"]
    pixels = decode_stamp(StampKind.TEMPLATE, record["cutoutTemplate"]["stampData"]).pixels
    north = (candidate["decnr"] - candidate["dec"]) * 3600 / ARCSEC_PER_PIXEL
    east = (candidate["ranr"] - candidate["ra"]) * 3600 / ARCSEC_PER_PIXEL * np.cos(np.radians(candidate["dec"]))
    row, column = round(31 + row_way * north), round(31 + column_way * east)
    around = pixels[max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2]
    return float(np.nanmean(around)) if np.isfinite(around).any() else -np.inf


def test_each_pixel_becomes_a_square() -> None:
    image = stamp(sky((41, 63)) + 0)
    large, small = picture(render_png(image, scale=3)), picture(render_png(image, scale=1))
    assert large.shape == (123, 189, 3)
    assert (large == small.repeat(3, axis=0).repeat(3, axis=1)).all()


def test_default_scale_makes_a_small_file_of_four_times_the_size() -> None:
    png = render_png(stamp(sky() + star(3000)))
    assert picture(png).shape == (252, 252, 3)
    assert len(png) < 10_000


def test_an_enormous_stamp_is_enlarged_less() -> None:
    assert picture(render_png(stamp(sky((900, 1000))), scale=16)).shape == (3600, 4000, 3)
    assert picture(render_png(stamp(np.zeros((1, 5000), np.float32)), scale=16)).shape == (1, 5000, 3)
    assert max(picture(render_png(stamp(sky()), scale=16)).shape) < MAX_PICTURE_SIDE


@pytest.mark.parametrize("kind", list(StampKind))
@pytest.mark.parametrize("missing", [np.nan, np.inf, -np.inf])
def test_missing_pixels_have_a_colour_that_no_flux_has(kind: StampKind, missing: float) -> None:
    pixels = sky() + star(5000)
    pixels[:20] = missing
    rgb = render(pixels, kind)
    assert (rgb[-20:] == NO_DATA_COLOR).all()
    assert brightest(greys(rgb[:-20])) == pytest.approx((31, 31), abs=0.5)


@pytest.mark.parametrize("kind", list(StampKind))
def test_an_image_without_any_data_is_all_of_that_colour(kind: StampKind) -> None:
    assert (render(np.full((63, 63), np.nan, np.float32), kind) == NO_DATA_COLOR).all()


@pytest.mark.parametrize("kind", list(StampKind))
@pytest.mark.parametrize("level", [0.0, -3e38, 3e38, 17.0])
def test_a_constant_image_is_flat_mid_grey(kind: StampKind, level: float) -> None:
    assert (render(np.full((9, 9), level, np.float32), kind) == MIDDLE_GREY).all()


@pytest.mark.parametrize("kind", [StampKind.SCIENCE, StampKind.TEMPLATE])
def test_sky_is_dark_and_the_star_is_white(kind: StampKind) -> None:
    shades = greys(render(sky() + star(5000), kind))
    assert shades[31, 31] == 255
    assert np.median(shades) < 60


def test_a_faint_star_stands_out_from_the_sky() -> None:
    shades = greys(render(sky() + star(8 * NOISE)))
    assert shades[30:33, 30:33].mean() > np.median(shades) + 60


def test_a_faint_star_shows_beside_a_bright_one() -> None:
    shades = greys(render(sky() + star(50_000, 10, 10) + star(15 * NOISE)))
    assert shades[31, 31] > np.median(shades) + 30


def test_one_hot_pixel_does_not_set_the_scale() -> None:
    clean = sky() + star(20 * NOISE)
    hot = clean.copy()
    hot[3, 3] = 1e9
    difference = np.abs(greys(render(hot)) - greys(render(clean)))
    assert difference[62 - 3, 3] > 100
    difference[62 - 3, 3] = 0
    assert difference.max() < 10


def test_noise_alone_does_not_look_like_sources() -> None:
    assert np.abs(greys(render(sky(), StampKind.DIFFERENCE)) - MIDDLE_GREY).max() < 100


def test_in_a_difference_brightening_is_white_fading_black_and_sky_mid_grey() -> None:
    pixels = sky() + star(40 * NOISE, 20, 20) - star(40 * NOISE, 45, 45)
    shades = greys(render(pixels, StampKind.DIFFERENCE))
    assert shades[62 - 20, 20] > 245
    assert shades[62 - 45, 45] < 10
    assert abs(np.median(shades) - MIDDLE_GREY) < 5


def test_a_difference_and_its_negative_are_each_other_inverted() -> None:
    pixels = sky() - np.float32(SKY) + star(40 * NOISE, 20, 20)
    shades = greys(render(pixels, StampKind.DIFFERENCE))
    assert np.abs(255 - shades - greys(render(-pixels, StampKind.DIFFERENCE))).max() <= 1


def test_an_image_without_noise_still_shows_its_star() -> None:
    shades = greys(render(star(100)))
    assert shades[31, 31] == 255
    assert shades[0, 0] < 60


@given(
    arrays.arrays(
        np.float32,
        arrays.array_shapes(min_dims=2, max_dims=2, max_side=12),
        elements=st.floats(width=32, allow_nan=True, allow_infinity=True),
    ),
    st.sampled_from(StampKind),
    st.integers(1, 16),
)
def test_any_image_gives_a_picture_and_always_the_same(
    pixels: NDArray[np.float32], kind: StampKind, scale: int
) -> None:
    png = render_png(stamp(pixels, kind), scale=scale)
    assert picture(png).shape == (pixels.shape[0] * scale, pixels.shape[1] * scale, 3)
    missing = (picture(png)[::scale, ::scale][::-1] == NO_DATA_COLOR).all(axis=-1)
    assert (missing == ~np.isfinite(pixels)).all()
    assert png == render_png(stamp(pixels, kind), scale=scale)


def test_brighter_pixels_are_never_darker_in_a_real_stamp(shared_alerts: Path) -> None:
    path = min((shared_alerts / "ztf" / "as_sent").rglob("*.avro"))
    with path.open("rb") as file:
        record = next(iter(fastavro.reader(file)))
    assert isinstance(record, dict)
    decoded = decode_stamp(StampKind.DIFFERENCE, record["cutoutDifference"]["stampData"])
    shades = greys(picture(render_png(decoded, scale=1)))[::-1]
    in_order = np.argsort(decoded.pixels, axis=None)
    assert (np.diff(shades.ravel()[in_order]) >= 0).all()


@pytest.mark.parametrize("stretch", list(Stretch))
@pytest.mark.parametrize("kind", [StampKind.SCIENCE, StampKind.DIFFERENCE])
def test_brighter_is_never_darker_in_any_stretch(stretch: Stretch, kind: StampKind) -> None:
    pixels = sky()
    pixels[20:43, 20:43] = np.linspace(-5000, 5000, 23 * 23).reshape(23, 23)
    shades = greys(picture(render_png(stamp(pixels, kind), scale=1, row_zero_on_top=True, stretch=stretch)))
    assert (np.diff(shades[20:43, 20:43].ravel()) >= 0).all()
    assert shades.min() < 10
    assert shades.max() > 245


@pytest.mark.parametrize("stretch", list(Stretch))
def test_any_stretch_takes_what_has_no_contrast(stretch: Stretch) -> None:
    flat = picture(render_png(stamp(np.full((5, 5), 7.0, np.float32)), scale=1, stretch=stretch))
    assert (flat == MIDDLE_GREY).all() or (flat == MIDDLE_GREY - 1).all()


def test_a_difference_has_the_sky_in_the_middle_in_any_stretch() -> None:
    pixels = np.zeros((63, 63), np.float32)
    pixels[::2, ::2], pixels[10, 10], pixels[50, 50] = 1.0, 300.0, -300.0
    for stretch in Stretch:
        shades = greys(picture(render_png(stamp(pixels, StampKind.DIFFERENCE), scale=1, stretch=stretch)))
        assert abs(int(np.median(shades)) - MIDDLE_GREY) <= 1


@pytest.mark.parametrize("north", [0.0, 90.0, 180.0, -90.0])
@pytest.mark.parametrize("east_is_left", [True, False])
def test_turned_with_north_up_a_star_in_the_north_is_on_top(north: float, east_is_left: bool) -> None:
    """A star 20 pixels to the north and 6 to the east, wherever these are, comes to the top, left of the middle."""
    up, side = np.radians(north), np.radians(north + (90 if east_is_left else -90))
    right = -20 * np.sin(up) - 6 * np.sin(side)
    above = 20 * np.cos(up) + 6 * np.cos(side)
    pixels = sky()
    pixels[31 + round(above), 31 + round(right)] += 1e5
    lies = Orientation(north, east_is_left, 1.0, is_measured=True)
    turned = np.asarray(render_picture(stamp(pixels), scale=1, turned_from=lies).convert("L"))
    row, column = np.unravel_index(np.argmax(turned), turned.shape)
    assert (row - turned.shape[0] // 2, column - turned.shape[1] // 2) == (-20, -6)


def test_turned_by_any_angle_nothing_is_cut_off_and_corners_have_no_data() -> None:
    lies = Orientation(30.0, True, 1.0, is_measured=True)
    turned = render_picture(stamp(sky()), scale=2, turned_from=lies)
    assert turned.size[0] > 126
    assert turned.convert("RGB").getpixel((0, 0)) == NO_DATA_COLOR
