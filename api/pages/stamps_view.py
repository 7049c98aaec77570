"""How stamps are shown: stretch, size, which way up, with a cross or without."""

from collections.abc import Mapping, Sequence
from math import cos, radians, sin
from typing import Any, NamedTuple
from urllib.parse import urlencode

from api.pages.form import Form
from api.stamp_png import Stretch

ZOOMS = {"2": "2×", "3": "3×", "4": "4×", "6": "6×", "8": "8×"}
DEFAULT_ZOOM = "3"
STRETCHES = {
    Stretch.ASINH.value: "asinh",
    Stretch.LINEAR.value: "linear",
    Stretch.LOG.value: "logarithmic",
    Stretch.PERCENTILE.value: "percentile (99 %)",
}
UP = {"as": "as sent", "up": "north up"}
CROSS = {"1": "cross", "0": "no cross"}
KINDS = {"difference": "Difference", "science": "Science", "template": "Template"}
FIRST_LOOK = urlencode({"scale": DEFAULT_ZOOM, "stretch": Stretch.ASINH.value})
"""The query of pictures that nobody has changed yet: an object's page asks for them before it knows more."""
BAR_ARCSEC = 10
ARM, LABEL = 9.0, 14.0
"""Lengths of the compass's arms, and to its letters, in units of its picture."""


class StampsView(NamedTuple):
    """What the form above the stamps says."""

    stretch: str
    zoom: int
    up: str
    cross: str

    @property
    def query(self) -> str:
        """The same choice for another alert."""
        return urlencode({"stretch": self.stretch, "zoom": self.zoom, "up": self.up, "cross": self.cross})

    def picture(self, stamp: Mapping[str, Any]) -> str:
        """The query of a stamp's picture."""
        asked = {"scale": str(self.zoom), "stretch": self.stretch}
        if self.turns(stamp):
            asked["north"] = "up"
        return urlencode(asked)

    def turns(self, stamp: Mapping[str, Any]) -> bool:
        """Whether a stamp is turned: only where it is known how it lies."""
        return self.up == "up" and stamp["orientation"] is not None


def read_view(form: Form) -> StampsView:
    """The view that a form asks for; mistakes are noted there."""
    return StampsView(
        stretch=form.choice("stretch", STRETCHES, Stretch.ASINH.value),
        zoom=int(form.choice("zoom", ZOOMS, DEFAULT_ZOOM)),
        up=form.choice("up", UP, "as"),
        cross=form.choice("cross", CROSS, "1"),
    )


class Arm(NamedTuple):
    """An arm of the compass: its tip, and the place of its letter, from the middle."""

    letter: str
    x: float
    y: float
    letter_x: float
    letter_y: float


def compass(view: StampsView, stamp: Mapping[str, Any]) -> list[Arm]:
    """Where north and east are in the picture; empty when nobody knows."""
    lies = stamp["orientation"]
    if lies is None:
        return []
    north = 0.0 if view.turns(stamp) else lies["north"]
    east = north + 90 if view.turns(stamp) or lies["eastIsLeft"] else north - 90
    return [_arm("N", north), _arm("E", east)]


def _arm(letter: str, degrees: float) -> Arm:
    """Degrees from up to the left."""
    x, y = -sin(radians(degrees)), -cos(radians(degrees))
    return Arm(letter, round(ARM * x, 1), round(ARM * y, 1), round(LABEL * x, 1), round(LABEL * y, 1))


def bar_percent(stamp: Mapping[str, Any]) -> float | None:
    """Length of a bar of BAR_ARCSEC, in percent of a stamp's width as sent; None when nobody knows its scale."""
    lies = stamp["orientation"]
    return None if lies is None else round(100 * BAR_ARCSEC / (lies["pixelScale"] * stamp["width"]), 1)


class Beside(NamedTuple):
    """The alerts with stamps before and after one, and its place among them, from 1; None where there is none."""

    previous: str | None
    next: str | None
    place: int
    total: int


def beside(candid: str, detections: Sequence[Mapping[str, Any]]) -> Beside | None:
    """Where an alert stands among those with stamps, in time; None when it is not among them."""
    candids = [row["candid"] for row in detections if row["hasStamps"]]
    if candid not in candids:
        return None
    here = candids.index(candid)
    return Beside(
        previous=candids[here - 1] if here else None,
        next=candids[here + 1] if here + 1 < len(candids) else None,
        place=here + 1,
        total=len(candids),
    )
