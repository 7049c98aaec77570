"""A finding chart: what we know around an object, as an SVG to look at, to print and to take to the telescope.

North is up and east to the left, in the plane that touches the sky at the object.
"""

import base64
import io
from collections.abc import Mapping, Sequence
from math import ceil, hypot, isfinite, sqrt
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageOps

from api.stamp_png import render_picture
from domain.coordinates import hours_and_degrees
from domain.sky import Position, position
from domain.stamp import NORTH_AT_ROW_ZERO, Orientation, Stamp, StampKind
from domain.survey import SurveyName
from domain.tangent_plane import offsets

SIDE = 600.0
"""Of the picture, in its own units."""
FIELDS = {"1": "1′", "2": "2′", "4": "4′", "8": "8′"}
"""Sides of the field, arcmin."""
DEFAULT_FIELD = "2"
STAMPS = {"template": "Template", "science": "Science", "none": "No stamp"}
BARS_ARCSEC = (5, 10, 15, 30, 60, 120)
LARGEST_BAR = 0.3
"""Of the side."""
STAMP_SCALE = 4
MOST_SOURCES = 30
"""Of those in the table and with numbers; more would hide each other."""
MAGNITUDES = ("mag", "phot_g_mean_mag", "gmag", "rmag", "r", "g")
"""Names under which catalogues keep a brightness, the best first."""


class ChartSource(NamedTuple):
    """Something beside the object: an object of ours or a source of a catalogue. Offsets are arcsec from it to the
    object: what a telescope is moved by."""

    number: int
    kind: str
    name: str
    link: str | None
    ra: float
    dec: float
    x: float
    y: float
    separation: float
    to_east: float
    to_north: float
    note: str


class ScaleBar(NamedTuple):
    """A length on the chart."""

    arcsec: int
    width: float


class Backdrop(NamedTuple):
    """A stamp under the chart, north up, its side in units of the picture."""

    data: str
    x: float
    y: float
    width: float
    height: float
    is_measured: bool


class Chart(NamedTuple):
    """All that the picture shows."""

    name: str
    place: str
    field: str
    sources: list[ChartSource]
    left_out: int
    bar: ScaleBar
    backdrop: Backdrop | None


def search_radius(field: str) -> float:
    """Arcsec from the middle to a corner of a field (a key of FIELDS)."""
    return ceil(float(field) * 30 * sqrt(2) * 10) / 10


def chart(found: Mapping[str, Any], field: str) -> Chart:
    """The chart of an object as the endpoint answers it."""
    center = position(found["ra"], found["dec"])
    per_arcsec = SIDE / (float(field) * 60)
    near = _sources(found, center, per_arcsec)
    return Chart(
        name=found["name"],
        place=" ".join(hours_and_degrees(center)),
        field=field,
        sources=near[:MOST_SOURCES],
        left_out=max(0, len(near) - MOST_SOURCES),
        bar=_bar(per_arcsec),
        backdrop=_backdrop(found, per_arcsec),
    )


def _sources(found: Mapping[str, Any], center: Position, per_arcsec: float) -> list[ChartSource]:
    given = [
        *(("object", one["object"], _of_object(one["object"])) for one in found["neighbors"]),
        *(("source", one, _brightness(one["values"])) for one in found["crossmatches"]),
    ]
    places = offsets(center, [one["ra"] for _, one, _ in given], [one["dec"] for _, one, _ in given])
    near = []
    for (kind, one, note), east, north in zip(given, places.east.tolist(), places.north.tolist(), strict=True):
        x, y = SIDE / 2 - east * per_arcsec, SIDE / 2 - north * per_arcsec
        if isfinite(x) and 0 <= x <= SIDE and 0 <= y <= SIDE:
            near.append((hypot(east, north), kind, one, note, x, y, east, north))
    near.sort(key=lambda item: item[0])
    return [
        ChartSource(
            number=number,
            kind=kind,
            name=one["name"] if kind == "object" else f"{one['catalog']} {one['sourceId']}",
            link=f"{one['survey']}/{one['name']}" if kind == "object" else None,
            ra=one["ra"],
            dec=one["dec"],
            x=round(x, 1),
            y=round(y, 1),
            separation=separation,
            to_east=-east,
            to_north=-north,
            note=note,
        )
        for number, (separation, kind, one, note, x, y, east, north) in enumerate(near, 1)
    ]


def _of_object(one: Mapping[str, Any]) -> str:
    return f"{one['detectionCount']} detection{'' if one['detectionCount'] == 1 else 's'}"


def _brightness(values: Sequence[Mapping[str, Any]]) -> str:
    """The magnitude of a source, where its catalogue has one that we recognise."""
    known = {value["name"].lower(): value for value in values if value["value"] is not None}
    for name in MAGNITUDES:
        if name in known:
            return f"{known[name]['name']} {known[name]['value']}"
    return ""


def _bar(per_arcsec: float) -> ScaleBar:
    fitting = [arcsec for arcsec in BARS_ARCSEC if arcsec * per_arcsec <= SIDE * LARGEST_BAR]
    return ScaleBar(fitting[-1], round(fitting[-1] * per_arcsec, 1))


def _backdrop(found: Mapping[str, Any], per_arcsec: float) -> Backdrop | None:
    """The stamp in its place; None where it is not known how it lies, or where it was cut off at the edge of a
    detector, so that the object is not in its middle."""
    image = (found["stamps"] or {}).get("image")
    if image is None or image["orientation"] is None or image["width"] != image["height"]:
        return None
    told = image["orientation"]
    pixels = np.array(image["pixels"], dtype=np.float32).reshape(image["height"], image["width"])
    picture = render_picture(
        Stamp(StampKind(image["kind"]), pixels, b""),
        scale=STAMP_SCALE,
        row_zero_on_top=SurveyName(found["survey"]) in NORTH_AT_ROW_ZERO,
        turned_from=Orientation(told["north"], told["eastIsLeft"], told["pixelScale"], told["isMeasured"]),
    )
    width, height = (side / STAMP_SCALE * told["pixelScale"] * per_arcsec for side in picture.size)
    return Backdrop(
        data=_negative(picture),
        x=round((SIDE - width) / 2, 1),
        y=round((SIDE - height) / 2, 1),
        width=round(width, 1),
        height=round(height, 1),
        is_measured=told["isMeasured"],
    )


def _negative(picture: Image.Image) -> str:
    """Dark stars on white, as it is printed, within an address."""
    out = io.BytesIO()
    ImageOps.invert(picture.convert("L")).save(out, "PNG", optimize=True)
    return f"data:image/png;base64,{base64.b64encode(out.getvalue()).decode()}"
