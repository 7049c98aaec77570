"""When a place can be observed from a site: its altitude, the Sun's and the Moon's through a night.

Positions of Sun and Moon are those of astropy's built-in ephemeris (ERFA; arcminutes for the Moon), without
refraction, and without fetching tables of the Earth's rotation: good to an arcminute, which no plan needs better.
Airmass is that of Pickering (2002, DIO 12 1): 1 / sin(h + 244 / (165 + 47 h^1.1)), h in degrees.
"""

import warnings
from datetime import date
from typing import NamedTuple

import astropy.units as u
import numpy as np
from astropy.coordinates import AltAz, EarthLocation, SkyCoord, get_body
from astropy.time import Time
from astropy.utils import iers
from erfa import ErfaWarning
from numpy.typing import ArrayLike, NDArray

from domain.errors import ArrayanError
from domain.sky import Position

STEP_MINUTES = 10
HOURS = 24
HIGHEST_METERS = 9000.0
EARLIEST, LATEST = date(1980, 1, 1), date(2100, 1, 1)

iers.conf.auto_download = False
iers.conf.auto_max_age = None
iers.conf.iers_degraded_accuracy = "ignore"
"""What astropy has with it, however old, and never a download: the Earth turns by half a second more or less, which
is 8 arcsec. For the whole process, since threads compute at the same time."""


class InvalidSite(ArrayanError):
    """A site that is not on the Earth, or a night that cannot be computed."""


class Site(NamedTuple):
    """A place on the Earth: geodetic longitude (east) and latitude, degrees, and height, m (WGS 84)."""

    longitude: float
    latitude: float
    height_meters: float


class Visibility(NamedTuple):
    """A night in steps of STEP_MINUTES from local noon to noon: MJD (UTC), altitudes in degrees, airmass (NaN below
    the horizon), the Moon's distance from the place in degrees at local midnight, and its lit part, 0 to 1."""

    mjd: NDArray[np.float64]
    altitude: NDArray[np.float64]
    airmass: NDArray[np.float64]
    sun_altitude: NDArray[np.float64]
    moon_altitude: NDArray[np.float64]
    moon_separation: float
    moon_illumination: float


def site(longitude: float, latitude: float, height_meters: float = 0.0) -> Site:
    """A checked site. Raises InvalidSite."""
    if not (-180 <= longitude <= 360 and -90 <= latitude <= 90 and -500 <= height_meters <= HIGHEST_METERS):
        raise InvalidSite(
            "a site has a longitude of -180 to 360 and a latitude of -90 to 90 degrees, and lies -500 to "
            f"{HIGHEST_METERS:.0f} m high; got {longitude}, {latitude}, {height_meters}"
        )
    return Site(float(longitude), float(latitude), float(height_meters))


def visibility(place: Position, seen_from: Site, evening: date) -> Visibility:
    """The night that begins on a date, from local mean noon to noon. Raises InvalidSite for a date beyond the
    ephemeris."""
    if not EARLIEST <= evening <= LATEST:
        raise InvalidSite(f"nights are computed for {EARLIEST:%Y} to {LATEST:%Y}, got {evening}")
    location = EarthLocation.from_geodetic(seen_from.longitude, seen_from.latitude, seen_from.height_meters)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ErfaWarning)  # of years whose leap seconds nobody knows yet
        noon = Time(f"{evening.isoformat()}T12:00:00", scale="utc") - _east(seen_from.longitude) / 15 * u.hour
        times = noon + np.arange(0, HOURS * 60 + 1, STEP_MINUTES) * u.min
        frame = AltAz(obstime=times, location=location)
        target = SkyCoord(place.ra, place.dec, unit="deg")
        altitude = target.transform_to(frame).alt.deg
        sun = get_body("sun", times, location)
        moon = get_body("moon", times, location)
        sun_altitude, moon_altitude = sun.transform_to(frame).alt.deg, moon.transform_to(frame).alt.deg
        midnight = len(times) // 2
        separation = float(moon[midnight].separation(target, origin_mismatch="ignore").deg)  # seen from the site
        elongation = float(sun[midnight].separation(moon[midnight]).rad)
    return Visibility(
        mjd=np.asarray(times.mjd),
        altitude=np.asarray(altitude),
        airmass=airmass(altitude),
        sun_altitude=np.asarray(sun_altitude),
        moon_altitude=np.asarray(moon_altitude),
        moon_separation=separation,
        moon_illumination=(1 - np.cos(elongation)) / 2,
    )


def airmass(altitude: ArrayLike) -> NDArray[np.float64]:
    """Airmass at an altitude in degrees; NaN below the horizon."""
    height = np.asarray(altitude, dtype=float)
    above = np.where(height > 0, height, np.nan)
    found: NDArray[np.float64] = 1 / np.sin(np.radians(above + 244 / (165 + 47 * above**1.1)))
    return found


def _east(longitude: float) -> float:
    """Longitude in -180 to 180."""
    return (longitude + 180) % 360 - 180
