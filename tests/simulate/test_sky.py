"""Low-precision positions against astropy's."""

import numpy as np
import pytest
from astropy import units as u
from astropy.coordinates import AltAz, EarthLocation, SkyCoord, get_body
from astropy.time import Time
from astropy.utils import iers

from simulate.cosmology import arcsec_per_kpc, distance_modulus
from simulate.detector import HEIGHT, WIDTH, DetectorPosition, sky_position
from simulate.sky import (
    PALOMAR_LATITUDE,
    PALOMAR_LONGITUDE,
    altitude,
    ecliptic_latitude,
    galactic_latitude,
    moon_position,
    separation,
    sun_position,
)

MJD = np.linspace(60000.2, 61700.4, 25)
RA, DEC = np.linspace(0, 359, 25), np.linspace(-89, 89, 25)


def test_latitudes() -> None:
    places = SkyCoord(RA, DEC, unit="deg")
    np.testing.assert_allclose(galactic_latitude(RA, DEC), places.galactic.b.deg, atol=1e-3)
    np.testing.assert_allclose(ecliptic_latitude(RA, DEC), places.barycentrictrueecliptic.lat.deg, atol=0.02)


@pytest.mark.parametrize(
    ("body", "position", "degrees"), [("sun", sun_position, 0.4), ("moon", moon_position, 12.0)]
)
def test_sun_and_moon(body: str, position: object, degrees: float) -> None:
    """The Moon's mean lunation is off by up to its largest terms: enough for the sky's brightness."""
    assert callable(position)
    ra, dec = position(MJD)
    true = get_body(body, Time(MJD, format="mjd"), ephemeris="builtin")
    assert np.max(separation(ra, dec, true.ra.deg, true.dec.deg)) < degrees


def test_altitude() -> None:
    here = EarthLocation(lat=PALOMAR_LATITUDE * u.deg, lon=PALOMAR_LONGITUDE * u.deg)
    with (
        iers.conf.set_temp("auto_download", False),
        iers.conf.set_temp("auto_max_age", None),
        iers.conf.set_temp("iers_degraded_accuracy", "ignore"),
    ):
        true = (
            SkyCoord(RA, DEC, unit="deg")
            .transform_to(AltAz(obstime=Time(MJD, format="mjd"), location=here))
            .alt.deg
        )
    np.testing.assert_allclose(altitude(RA, DEC, MJD), true, atol=0.5)


@pytest.mark.parametrize("redshift", [0.01, 0.1, 0.5, 2.0])
def test_distances(redshift: float) -> None:
    steps = np.linspace(0, redshift, 200_001)
    hubble = np.sqrt(0.3 * (1 + (steps[1:] + steps[:-1]) / 2) ** 3 + 0.7)
    comoving = 299792.458 / 70 * float(np.sum(np.diff(steps) / hubble))
    assert distance_modulus(redshift) == pytest.approx(5 * np.log10(comoving * (1 + redshift)) + 25, abs=0.002)
    assert arcsec_per_kpc(redshift) == pytest.approx(206264.8 * (1 + redshift) / comoving / 1000, rel=0.002)


def test_pixels_grow_westwards_and_southwards() -> None:
    middle = sky_position(100.0, 20.0, DetectorPosition(27, WIDTH / 2, HEIGHT / 2))
    west = sky_position(100.0, 20.0, DetectorPosition(27, WIDTH / 2 + 1000, HEIGHT / 2))
    south = sky_position(100.0, 20.0, DetectorPosition(27, WIDTH / 2, HEIGHT / 2 + 1000))
    assert (middle.ra - west.ra) * np.cos(np.radians(20)) == pytest.approx(1000 * 1.01 / 3600, rel=0.01)
    assert middle.dec - south.dec == pytest.approx(1000 * 1.01 / 3600, rel=0.01)
