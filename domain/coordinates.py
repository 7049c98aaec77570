"""Positions as people write them, and in the other frames of the sky.

Galactic coordinates are those of Liu, Zhu & Zhang (2011, A&A 526 A16) as astropy has them for ICRS; ecliptic ones
are geocentric of the mean equinox and ecliptic of J2000, without light's travel from the barycentre, which moves no
star by a visible amount.
"""

from typing import NamedTuple

import astropy.units as u
import numpy as np
from astropy.coordinates import BarycentricMeanEcliptic, Galactic, SkyCoord
from numpy.typing import ArrayLike, NDArray

from domain.sky import Position

SECONDS_DIGITS = 3
"""Of time, in a right ascension: 15 mas at the equator."""
ARCSEC_DIGITS = 2


class Longitudes(NamedTuple):
    """Longitude and latitude in some frame, degrees, of the same length."""

    longitude: NDArray[np.float64]
    latitude: NDArray[np.float64]


def hours_and_degrees(place: Position) -> tuple[str, str]:
    """Right ascension as `hh:mm:ss.sss` and declination as `+dd:mm:ss.ss`."""
    thousandths = round(place.ra / 15 * 3600 * 10**SECONDS_DIGITS) % (24 * 3600 * 10**SECONDS_DIGITS)
    hundredths = round(abs(place.dec) * 3600 * 10**ARCSEC_DIGITS)
    sign = "-" if place.dec < 0 and hundredths else "+"
    return _sexagesimal(thousandths, SECONDS_DIGITS), sign + _sexagesimal(hundredths, ARCSEC_DIGITS)


def _sexagesimal(parts: int, digits: int) -> str:
    seconds, fraction = divmod(parts, 10**digits)
    minutes, seconds = divmod(seconds, 60)
    whole, minutes = divmod(minutes, 60)
    return f"{whole:02d}:{minutes:02d}:{seconds:02d}.{fraction:0{digits}d}"


def galactic(place: Position) -> Position:
    """Galactic longitude and latitude, degrees, in the fields ra and dec."""
    found = SkyCoord(place.ra, place.dec, unit="deg").galactic
    return Position(float(found.l.deg), float(found.b.deg))


def from_galactic(longitude: ArrayLike, latitude: ArrayLike) -> Longitudes:
    """ICRS right ascensions and declinations of galactic places, degrees."""
    found = SkyCoord(l=longitude, b=latitude, unit="deg", frame=Galactic).icrs
    return Longitudes(np.asarray(found.ra.deg), np.asarray(found.dec.deg))


def ecliptic(place: Position) -> Position:
    """Ecliptic longitude and latitude of J2000, degrees, in the fields ra and dec."""
    found = SkyCoord(place.ra, place.dec, unit="deg").transform_to(BarycentricMeanEcliptic())
    return Position(float(found.lon.deg), float(found.lat.deg))


def from_ecliptic(longitude: ArrayLike, latitude: ArrayLike) -> Longitudes:
    """ICRS right ascensions and declinations of ecliptic places, degrees."""
    given = SkyCoord(
        lon=np.asarray(longitude) * u.deg, lat=np.asarray(latitude) * u.deg, frame=BarycentricMeanEcliptic()
    ).icrs
    return Longitudes(np.asarray(given.ra.deg), np.asarray(given.dec.deg))
