"""What somebody wants of a table of targets, and how much of it there may be."""

from typing import NamedTuple

from catalogs.positions import Angle
from catalogs.roles import Named

MAX_BODY_BYTES = 64_000_000
MAX_ROWS = 100_000
MAX_MATCHES = 100
"""Of each target, where all are wanted."""
MAX_ROWS_BACK = 1_000_000
AT_ONCE = 2
"""Tables that a process matches at once."""
DEFAULT_RADIUS = 2.0
"""Arcsec."""


class Asked(NamedTuple):
    """What a client wants of its table. Without a catalogue, the objects are asked."""

    catalog: str | None
    radius_arcsec: float
    most: int
    named: Named
    ra_written: Angle | None
    dec_written: Angle | None
    skip_bad: bool
