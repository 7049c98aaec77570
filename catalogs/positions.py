"""Positions in the cells of a table: degrees, hours or sexagesimal text, made degrees ICRS."""

import re
from collections.abc import Sequence
from enum import StrEnum
from math import degrees, isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from catalogs.table import Column, TableFile, UnreadableTable

HOURS_TO_DEGREES = 15.0
FEW_ROWS = 20
"""A table as short as this may well lie within 24 degrees of RA 0."""

SEXAGESIMAL = re.compile(
    r"\s*([+-]?)\s*(\d{1,3})\s*(?:([:hd°\s])\s*)(\d{1,2})(?:\s*(?:[:m'′\s]\s*)(\d{1,2}(?:\.\d*)?)\s*[s\"″]?|\s*[m'′]?)\s*"
)
ICRS_FRAMES = re.compile(
    r"(eq_)?(icrs|fk5)(\b|_|;|,|2000|j2000).*|icrs.*|j2000(\.0)?|equatorial|2000(\.0)?", re.IGNORECASE
)


class Angle(StrEnum):
    """How an angle is written."""

    DEGREES = "degrees"
    HOURS = "hours"
    RADIANS = "radians"
    SEXAGESIMAL = "sexagesimal"
    """`12:34:56.7`: hours for a right ascension, degrees for a declination, and for either as `12d34m56.7s`."""


_ANGLES_BY_UNIT = {
    **dict.fromkeys(("deg", "degree", "degrees", "d", "°", "degr"), Angle.DEGREES),
    **dict.fromkeys(("h", "hr", "hour", "hours", "hourangle", "15deg"), Angle.HOURS),  # astropy writes 15deg
    **dict.fromkeys(("rad", "radian", "radians"), Angle.RADIANS),
    **dict.fromkeys(
        ('"h:m:s"', '"d:m:s"', "h:m:s", "d:m:s", "hms", "dms", "hh:mm:ss", "dd:mm:ss"), Angle.SEXAGESIMAL
    ),
}


class Problem(NamedTuple):
    """A row whose position cannot be used: its place among the rows of the piece, the column, and why."""

    place: int
    column: str
    why: str


def check_frame(table: TableFile) -> str | None:
    """What there is to say of a table's frame; None for ICRS and where nothing is said. Raises UnreadableTable
    for a frame that would have to be converted."""
    frame = table.frame
    if frame is None or frame.lower().startswith("icrs"):
        return None
    if ICRS_FRAMES.fullmatch(frame):
        return f"the frame is {frame}, taken as ICRS: they agree within 0.1 arcsec"
    raise UnreadableTable(
        f"{table.name}: the positions are in the frame {frame!r}; convert them to ICRS, for example with "
        "astropy.coordinates or TOPCAT"
    )


def angle_by_unit(column: Column) -> Angle | None:
    """How a column writes angles, when its unit says so. Raises UnreadableTable for a unit of no angle."""
    if column.unit is None:
        return None
    found = _ANGLES_BY_UNIT.get(column.unit.strip().strip("'").lower())
    if found is None:
        raise UnreadableTable(
            f"column {column.name!r} has the unit {column.unit!r}; positions are read in deg, hour, rad or as h:m:s"
        )
    return found


def right_ascension_by_unit(column: Column) -> Angle | None:
    """The same for a right ascension. Raises UnreadableTable also for sexagesimal degrees, which cells do not
    show."""
    written = angle_by_unit(column)
    if written is Angle.SEXAGESIMAL and (column.unit or "").strip("\"' ").lower().startswith("d"):
        raise UnreadableTable(
            f"column {column.name!r} has the unit {column.unit!r}; sexagesimal right ascensions are read in hours: "
            "give decimal degrees, or say that it is sexagesimal where they are hours"
        )
    return written


def angle_by_cells(cells: Sequence[Any]) -> Angle:
    """How the first cells are written: sexagesimal where they are such texts, else degrees."""
    texts = [cell for cell in cells[:FEW_ROWS] if isinstance(cell, str) and cell.strip()]
    return Angle.SEXAGESIMAL if texts and all(SEXAGESIMAL.fullmatch(text) for text in texts) else Angle.DEGREES


def right_ascensions(
    cells: Sequence[Any], written: Angle, column: str
) -> tuple[NDArray[np.float64], list[Problem]]:
    """Degrees in [0, 360), and the cells that are none."""
    values, problems = _numbers(cells, written, column, hours=True)
    outside = np.flatnonzero(np.isfinite(values) & ((values < -360) | (values > 360))).tolist()
    problems += [Problem(i, column, f"{cells[i]!r} is no right ascension ({written})") for i in outside]
    wrapped = np.mod(values, 360.0)
    wrapped[wrapped == 360.0] = 0.0
    return wrapped, problems


def declinations(cells: Sequence[Any], written: Angle, column: str) -> tuple[NDArray[np.float64], list[Problem]]:
    """Degrees in [-90, 90], and the cells that are none."""
    values, problems = _numbers(cells, written, column, hours=False)
    outside = np.flatnonzero(np.isfinite(values) & (np.abs(values) > 90)).tolist()
    problems += [Problem(i, column, f"{cells[i]!r} does not lie between -90 and 90 degrees") for i in outside]
    return values, problems


def _numbers(
    cells: Sequence[Any], written: Angle, column: str, *, hours: bool
) -> tuple[NDArray[np.float64], list[Problem]]:
    factor = {Angle.HOURS: HOURS_TO_DEGREES, Angle.RADIANS: degrees(1.0)}.get(written, 1.0)
    if written is not Angle.SEXAGESIMAL:
        try:
            values = np.array(list(map(float, cells)), dtype=np.float64)
            if np.isfinite(values).all() and not any(isinstance(cell, str) and "_" in cell for cell in cells):
                return values * factor, []
        except (TypeError, ValueError):
            pass
    found = np.full(len(cells), np.nan)
    problems: list[Problem] = []
    for index, cell in enumerate(cells):
        try:
            found[index] = _sexagesimal(cell, hours) if written is Angle.SEXAGESIMAL else _number(cell) * factor
        except ValueError as error:
            problems.append(Problem(index, column, str(error)))
    return found, problems


def _number(cell: Any) -> float:
    if cell is None or (isinstance(cell, str) and not cell.strip()):
        raise ValueError("it is empty")
    try:
        if isinstance(cell, str) and "_" in cell:  # Python takes 1_0 for 10
            raise ValueError
        value = float(cell)
    except (TypeError, ValueError):
        hint = ": say that it is sexagesimal" if isinstance(cell, str) and SEXAGESIMAL.fullmatch(cell) else ""
        raise ValueError(f"{str(cell)[:40]!r} is no number{hint}") from None
    if not isfinite(value):
        raise ValueError(f"{cell!r} is no finite number")
    return value


def _sexagesimal(cell: Any, hours: bool) -> float:
    text = "" if cell is None else str(cell)
    if not text.strip():
        raise ValueError("it is empty")
    found = SEXAGESIMAL.fullmatch(text)
    if found is None:
        form = "hours like 12:34:56.7" if hours else "degrees like -12:34:56"
        raise ValueError(f"{text[:40]!r} is not written in {form}")
    sign, whole, mark, minutes, seconds = found.groups()
    if mark == "h" and not hours:
        raise ValueError(f"{text[:40]!r} is in hours, as no declination is")
    if int(minutes) > 59 or float(seconds or 0) > 60:
        raise ValueError(f"{text[:40]!r} has more than 60 minutes or seconds")
    value = int(whole) + int(minutes) / 60 + float(seconds or 0) / 3600
    return (-value if sign == "-" else value) * (HOURS_TO_DEGREES if hours and mark not in ("d", "°") else 1.0)
