"""Drawings hold what they are of."""

from collections.abc import Iterator
from typing import Any

import matplotlib
import pytest

from arrayan_client import Arrayan, InvalidInput

from .conftest import Ask

matplotlib.use("Agg")
from matplotlib import pyplot


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    pyplot.close("all")


@pytest.mark.parametrize("quantity", ["difference", "apparent", "flux"])
def test_a_light_curve_shows_every_point(ask: Ask, busiest: str, quantity: str) -> None:
    axes = ask("plot_lightcurve", busiest, quantity=quantity, limits=False, forced=False)
    name = {"difference": "magnitude", "apparent": "apparent_magnitude", "flux": "flux"}[quantity]
    detections = ask("query_detections", busiest)
    wanted = sorted((row.mjd, getattr(row, name)) for row in detections if getattr(row, name) is not None)
    drawn = sorted((x, y) for container in axes.containers for x, y in container.lines[0].get_xydata().tolist())
    assert drawn == wanted
    assert bool(axes.yaxis_inverted()) is (quantity != "flux")
    assert axes.get_title() == busiest


def test_limits_and_folds(arrayan: Arrayan, busiest: str) -> None:
    figure, ax = pyplot.subplots()
    folded = arrayan.plot_lightcurve(busiest, period=0.7, ax=ax)
    assert folded is ax
    assert len(figure.axes) == 1
    assert all(0 <= x < 2 for container in ax.containers for x in container.lines[0].get_xdata())
    assert "period 0.7 d" in ax.get_xlabel()
    for options in ({"quantity": "colour"}, {"period": 0}, {"period": -1.0}):
        with pytest.raises(InvalidInput):
            arrayan.plot_lightcurve(busiest, **options)


def test_stamps_are_drawn_as_they_are(ask: Ask, busiest: str) -> None:
    figure: Any = ask("plot_stamps", busiest)
    stamps = ask("get_stamps", busiest)
    assert [axes.get_title() for axes in figure.axes] == ["science", "template", "difference"]
    image = figure.axes[0].images[0]
    assert image.origin == "upper"
    assert image.get_array().shape == (stamps.science.height, stamps.science.width)
