"""Finding charts: everything in its place, north up and east left."""

import base64
import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from api.pages.chart import FIELDS, MOST_SOURCES, SIDE, chart, search_radius

RA, DEC = 150.0, 60.0


def neighbor(name: str, east: float, north: float) -> dict[str, Any]:
    place = {"ra": RA + east / 3600 / np.cos(np.radians(DEC)), "dec": DEC + north / 3600}
    return {
        "separation": float(np.hypot(east, north)),
        "object": {"survey": "ZTF", "name": name, **place, "detectionCount": 3, "stellar": None},
    }


def source(identifier: str, east: float, north: float, **values: str) -> dict[str, Any]:
    return {
        "catalog": "gaia",
        "sourceId": identifier,
        "ra": RA + east / 3600 / np.cos(np.radians(DEC)),
        "dec": DEC + north / 3600,
        "separation": float(np.hypot(east, north)),
        "values": [{"name": name, "value": value, "unit": "mag"} for name, value in values.items()],
    }


def stamps(width: int = 63, height: int = 63, north: float | None = 0.0) -> dict[str, Any]:
    """A star of one pixel, 20 pixels to the right and 10 below the top."""
    pixels = np.random.default_rng(1).normal(0, 1, (height, width))
    pixels[10, 51] = 1e5
    lies = {"north": north, "eastIsLeft": True, "pixelScale": 1.0, "isMeasured": False}
    return {
        "image": {
            "kind": "TEMPLATE",
            "width": width,
            "height": height,
            "pixels": pixels.ravel().tolist(),
            "orientation": None if north is None else lies,
        }
    }


def found(**changes: Any) -> dict[str, Any]:
    usual = {"survey": "ZTF", "name": "ZTF1", "ra": RA, "dec": DEC, "stamps": None}
    return {**usual, "neighbors": [], "crossmatches": [], **changes}


def test_what_is_east_is_left_and_what_is_north_is_up_at_its_distance() -> None:
    drawn = chart(found(neighbors=[neighbor("a", 30, 0)], crossmatches=[source("b", 0, 45, gmag="17.2")]), "2")
    east, north = drawn.sources
    assert (east.number, east.name, east.link) == (1, "a", "ZTF/a")
    assert east.x == pytest.approx(SIDE / 2 - 30 * SIDE / 120, abs=0.2)
    assert east.y == pytest.approx(SIDE / 2, abs=0.2)
    assert north.y == pytest.approx(SIDE / 2 - 45 * SIDE / 120, abs=0.2)
    assert (north.name, north.link, north.note) == ("gaia b", None, "gmag 17.2")
    assert east.to_east == pytest.approx(-30, abs=0.02)
    assert north.to_north == pytest.approx(-45, abs=0.02)


def test_what_is_outside_of_the_field_or_too_much_is_left_out() -> None:
    many = [neighbor(f"n{number}", 0.5 * number, 1) for number in range(MOST_SOURCES + 5)]
    drawn = chart(found(neighbors=many, crossmatches=[source("far", 59, 0)]), "1")
    assert [one.number for one in drawn.sources] == list(range(1, MOST_SOURCES + 1))
    assert drawn.left_out == 5


@pytest.mark.parametrize("field", FIELDS)
def test_the_bar_fits_and_the_search_reaches_the_corners(field: str) -> None:
    drawn = chart(found(), field)
    assert 0.1 * SIDE < drawn.bar.width <= 0.3 * SIDE
    assert drawn.bar.width / SIDE == pytest.approx(drawn.bar.arcsec / (60 * float(field)), rel=2e-2)
    assert search_radius(field) >= 60 * float(field) / np.sqrt(2)


def test_the_stamp_lies_at_its_scale_as_a_negative() -> None:
    drawn = chart(found(stamps=stamps()), "2")
    assert drawn.backdrop is not None
    assert drawn.backdrop.width == pytest.approx(63 / 120 * SIDE, abs=0.1)
    assert drawn.backdrop.x == pytest.approx((SIDE - drawn.backdrop.width) / 2, abs=0.1)
    data = base64.b64decode(drawn.backdrop.data.removeprefix("data:image/png;base64,"))
    picture = np.asarray(Image.open(io.BytesIO(data)))
    row, column = np.unravel_index(np.argmin(picture), picture.shape)
    assert (int(row) // 4, int(column) // 4) == (10, 51)


@pytest.mark.parametrize("given", [stamps(north=None), stamps(height=41), {"image": None}, None])
def test_a_stamp_that_nobody_can_place_is_left_out(given: dict[str, Any] | None) -> None:
    assert chart(found(stamps=given), "2").backdrop is None
