"""A night at a site as a picture: the altitude of an object and of the Moon, from noon to noon."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

WIDTH, HEIGHT = 640.0, 240.0
LEFT, RIGHT, TOP, BOTTOM = 36.0, 44.0, 8.0, 24.0
HIGHEST = 90.0
AIRMASS_ALTITUDES = {90: "1.0", 42: "1.5", 30: "2.0", 19: "3.0"}
"""Airmass as the right axis tells it, by whole degrees of altitude."""
TWILIGHTS = ((-18.0, "night"), (-12.0, "astronomical"), (0.0, "twilight"))
"""How dark it is while the Sun is below an altitude, the darkest first."""
HOURS_BETWEEN_TICKS = 3


class Shade(NamedTuple):
    """A span of the night and how dark it is."""

    x: float
    width: float
    kind: str


class Tick(NamedTuple):
    """A mark of an axis."""

    place: float
    text: str


class NightPicture(NamedTuple):
    """Lines as the points of polylines, broken at the horizon."""

    object: list[str]
    moon: list[str]
    shades: list[Shade]
    hours: list[Tick]
    altitudes: list[Tick]
    airmasses: list[Tick]


def night_picture(found: Mapping[str, Any]) -> NightPicture:
    """The picture of a visibility as the endpoint answers it."""
    times = found["mjd"]
    return NightPicture(
        object=_above_horizon(times, found["altitude"]),
        moon=_above_horizon(times, found["moonAltitude"]),
        shades=_shades(times, found["sunAltitude"]),
        hours=[
            Tick(_x(time, times), f"{round(time % 1 * 24) % 24:02d}h")
            for time in _whole_hours(times[0], times[-1], HOURS_BETWEEN_TICKS)
        ],
        altitudes=[Tick(_y(altitude), f"{altitude}°") for altitude in (0, 30, 60, 90)],
        airmasses=[Tick(_y(altitude), text) for altitude, text in AIRMASS_ALTITUDES.items()],
    )


def _whole_hours(first: float, last: float, step: int) -> list[float]:
    number = int(first * 24 // step + 1) * step
    found = []
    while number / 24 <= last:
        found.append(number / 24)
        number += step
    return found


def _above_horizon(times: Sequence[float], altitudes: Sequence[float]) -> list[str]:
    lines: list[list[str]] = [[]]
    for time, altitude in zip(times, altitudes, strict=True):
        if altitude >= 0:
            lines[-1].append(f"{_x(time, times)},{_y(altitude)}")
        elif lines[-1]:
            lines.append([])
    return [" ".join(line) for line in lines if line]


def _shades(times: Sequence[float], sun: Sequence[float]) -> list[Shade]:
    found: list[Shade] = []
    for here, after, altitude in zip(times[:-1], times[1:], sun[:-1], strict=True):
        kind = next((kind for limit, kind in TWILIGHTS if altitude < limit), None)
        if kind is None:
            continue
        x, width = _x(here, times), _x(after, times) - _x(here, times)
        if found and found[-1].kind == kind and abs(found[-1].x + found[-1].width - x) < 0.3:
            found[-1] = found[-1]._replace(width=round(found[-1].width + width, 1))
        else:
            found.append(Shade(x, round(width, 1), kind))
    return found


def _x(time: float, times: Sequence[float]) -> float:
    return round(LEFT + (time - times[0]) / (times[-1] - times[0]) * (WIDTH - LEFT - RIGHT), 1)


def _y(altitude: float) -> float:
    return round(HEIGHT - BOTTOM - altitude / HIGHEST * (HEIGHT - TOP - BOTTOM), 1)
