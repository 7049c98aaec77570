"""Numbers as astronomers write them. None becomes a dash: it is not known, which is not zero."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from domain.coordinates import ecliptic, galactic, hours_and_degrees
from domain.sky import position
from domain.time import datetime_from_mjd

UNKNOWN = "–"
BAND_SYMBOLS: Mapping[str, str] = {"u": "◆", "g": "●", "r": "■", "i": "▲", "z": "▼", "y": "✚"}
"""A shape for every band, so that a curve can be read without its colours."""


def number(value: float | None, digits: int = 2) -> str:
    """A number with so many digits behind the point; none of them is a negative zero."""
    return UNKNOWN if value is None else f"{round(value, digits) + 0.0:.{digits}f}"


def significant(value: float | None, digits: int = 5) -> str:
    """A number with so many significant digits."""
    return UNKNOWN if value is None else f"{value:.{digits}g}"


def count(value: int | None) -> str:
    """A whole number, its thousands apart."""
    return UNKNOWN if value is None else f"{value:,}".replace(",", "\u202f")


def yes_or_no(value: bool | None) -> str:
    return UNKNOWN if value is None else ("yes" if value else "no")


def percent(value: float | None) -> str:
    """A probability in percent, never rounded to certainty."""
    if value is None:
        return UNKNOWN
    if 0 < value < 0.001:
        return "< 0.1 %"
    return "> 99.9 %" if 0.999 < value < 1 else f"{100 * value:.1f} %"


def mjd(value: float | None) -> str:
    """An MJD to the second."""
    return UNKNOWN if value is None else f"{value:.5f}"


def utc(value: float | None) -> str:
    """The calendar date and time of an MJD, to the second."""
    return UNKNOWN if value is None else f"{datetime_from_mjd(value):%Y-%m-%d %H:%M:%S}"


def moment(text: str | None) -> str:
    """A time of the endpoint, to the minute."""
    return UNKNOWN if text is None else f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M} UTC"


def degrees(value: float) -> str:
    """An angle to 0.4 milliarcseconds."""
    return f"{value:.7f}"


def hms(ra: float, dec: float) -> str:
    """A position as `hh:mm:ss.sss +dd:mm:ss.ss`."""
    return " ".join(hours_and_degrees(position(ra, dec)))


def galactic_of(ra: float, dec: float) -> str:
    """Galactic longitude and latitude, degrees."""
    found = galactic(position(ra, dec))
    return f"{found.ra:.6f} {found.dec:+.6f}"


def ecliptic_of(ra: float, dec: float) -> str:
    """Ecliptic longitude and latitude, degrees."""
    found = ecliptic(position(ra, dec))
    return f"{found.ra:.6f} {found.dec:+.6f}"


def duration(seconds: float | None) -> str:
    """A time span in the unit that reads best."""
    if seconds is None:
        return UNKNOWN
    for size, unit in ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min")):
        if seconds >= size:
            return f"{seconds / size:.1f} {unit}"
    return f"{seconds:.1f} s"


def band_symbol(band: str) -> str:
    return BAND_SYMBOLS.get(band, "○")


def pairs(names: Iterable[str]) -> list[tuple[str, str]]:
    """Names as the values and the texts of a choice."""
    return [(name, name) for name in names]
