"""Where detections lie around the mean position."""

from typing import Any

import pytest

from api.pages.positions import LEAST_ARCSEC, SIDE, positions


def found(*places: tuple[float, float]) -> dict[str, Any]:
    rows = [{"mjd": 60000.0, "band": "g", "ra": ra, "dec": dec} for ra, dec in places]
    return {"ra": 10.0, "dec": 0.0, "lightCurve": {"detections": rows}}


def test_east_is_left_and_north_is_up() -> None:
    drawn = positions(found((10 + 1 / 3600, 0.0), (10.0, 1 / 3600)))
    assert drawn is not None
    east, north = drawn.spots
    assert east.x < SIDE / 2 == east.y
    assert north.y < SIDE / 2 == north.x
    assert drawn.rms_east == pytest.approx(drawn.rms_north) == pytest.approx(0.5**0.5)
    assert drawn.half == pytest.approx(1.1)


def test_noise_does_not_fill_the_picture_and_nothing_is_none() -> None:
    drawn = positions(found((10.00001, 0.0)))
    assert drawn is not None
    assert drawn.half == LEAST_ARCSEC
    assert positions(found()) is None
