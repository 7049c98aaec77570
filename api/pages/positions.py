"""Where the detections of an object lie around its mean position, as a picture: a moving body or a mix of two
sources shows at once."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from domain.sky import position
from domain.tangent_plane import offsets

SIDE, MARGIN = 240.0, 28.0
LEAST_ARCSEC = 0.5
"""Half of the side is at least this, so that noise does not look like a motion."""


class Spot(NamedTuple):
    """A detection in the picture."""

    x: float
    y: float
    band: str
    label: str


class Positions(NamedTuple):
    """The picture: half of its side in arcsec, and the scatter (root mean square) to the east and to the north."""

    half: float
    spots: list[Spot]
    rms_east: float
    rms_north: float


def positions(found: Mapping[str, Any]) -> Positions | None:
    """The picture of an object as the endpoint answers it; None without a detection."""
    rows: Sequence[Mapping[str, Any]] = found["lightCurve"]["detections"]
    if not rows:
        return None
    center = position(found["ra"], found["dec"])
    away = offsets(center, [row["ra"] for row in rows], [row["dec"] for row in rows])
    east, north = np.nan_to_num(away.east), np.nan_to_num(away.north)
    half = max(LEAST_ARCSEC, 1.1 * float(np.max(np.abs([east, north]))))
    per_arcsec = (SIDE / 2 - MARGIN) / half
    return Positions(
        half=half,
        spots=[
            Spot(
                round(SIDE / 2 - float(x) * per_arcsec, 1),
                round(SIDE / 2 - float(y) * per_arcsec, 1),
                row["band"],
                f"MJD {row['mjd']:.4f}: {x:+.2f} east, {y:+.2f} north",
            )
            for row, x, y in zip(rows, east, north, strict=True)
        ],
        rms_east=float(np.sqrt(np.mean(east**2))),
        rms_north=float(np.sqrt(np.mean(north**2))),
    )
