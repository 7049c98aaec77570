"""Directions on the sky: Galactic and ecliptic latitude, the Sun and the Moon, airmass at Palomar.

Low-precision formulas (about 0.1 deg for the Sun, 1 deg for the Moon): enough to know when a field is up and
how bright the sky behind it is.
"""

import numpy as np

from simulate.arrays import FloatArray

PALOMAR_LATITUDE = 33.356
PALOMAR_LONGITUDE = -116.863
OBLIQUITY = 23.4393
SYNODIC_MONTH = 29.530588853
NEW_MOON_MJD = 51549.76
"""A new moon: 2000 January 6, 18:14 UT (Meeus, Astronomical Algorithms, ch. 49)."""
GALACTIC_POLE = (192.85948, 27.12825)


def galactic_latitude(ra: FloatArray | float, dec: FloatArray | float) -> FloatArray:
    """Degrees, from J2000 degrees."""
    pole_ra, pole_dec = np.radians(GALACTIC_POLE)
    alpha, delta = np.radians(ra), np.radians(dec)
    sine = np.sin(delta) * np.sin(pole_dec) + np.cos(delta) * np.cos(pole_dec) * np.cos(alpha - pole_ra)
    return np.asarray(np.degrees(np.arcsin(sine)))


def ecliptic_latitude(ra: FloatArray | float, dec: FloatArray | float) -> FloatArray:
    """Degrees, from J2000 degrees."""
    alpha, delta, epsilon = np.radians(ra), np.radians(dec), np.radians(OBLIQUITY)
    sine = np.sin(delta) * np.cos(epsilon) - np.cos(delta) * np.sin(epsilon) * np.sin(alpha)
    return np.asarray(np.degrees(np.arcsin(sine)))


def _equatorial(longitude: FloatArray, latitude: FloatArray) -> tuple[FloatArray, FloatArray]:
    lam, beta, epsilon = np.radians(longitude), np.radians(latitude), np.radians(OBLIQUITY)
    ra = np.arctan2(np.sin(lam) * np.cos(epsilon) - np.tan(beta) * np.sin(epsilon), np.cos(lam))
    dec = np.arcsin(np.sin(beta) * np.cos(epsilon) + np.cos(beta) * np.sin(epsilon) * np.sin(lam))
    return np.degrees(ra) % 360, np.degrees(dec)


def solar_longitude(mjd: FloatArray) -> FloatArray:
    """Ecliptic longitude of the Sun [deg] (Astronomical Almanac, low-precision formula)."""
    days = mjd - 51544.5
    anomaly = np.radians(357.528 + 0.9856003 * days)
    return np.asarray((280.460 + 0.9856474 * days + 1.915 * np.sin(anomaly) + 0.020 * np.sin(2 * anomaly)) % 360)


def sun_position(mjd: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Right ascension and declination [deg]."""
    return _equatorial(solar_longitude(mjd), np.zeros_like(mjd))


def moon_phase(mjd: FloatArray) -> FloatArray:
    """Age of the Moon in turns: 0 new, 0.5 full."""
    return np.asarray((mjd - NEW_MOON_MJD) / SYNODIC_MONTH % 1.0)


def moon_position(mjd: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Right ascension and declination [deg], from the mean lunation and the largest latitude term."""
    longitude = solar_longitude(mjd) + 360 * moon_phase(mjd)
    latitude = 5.13 * np.sin(np.radians(93.27 + 13.229350 * (mjd - 51544.5)))
    return _equatorial(longitude, latitude)


def sidereal_time(mjd: FloatArray) -> FloatArray:
    """Local mean sidereal time at Palomar [deg]."""
    return np.asarray((280.46062 + 360.98564737 * (mjd - 51544.5) + PALOMAR_LONGITUDE) % 360)


def altitude(ra: FloatArray, dec: FloatArray, mjd: FloatArray) -> FloatArray:
    """Degrees above the horizon at Palomar."""
    hour_angle, delta, phi = np.radians(sidereal_time(mjd) - ra), np.radians(dec), np.radians(PALOMAR_LATITUDE)
    sine = np.sin(phi) * np.sin(delta) + np.cos(phi) * np.cos(delta) * np.cos(hour_angle)
    return np.asarray(np.degrees(np.arcsin(np.clip(sine, -1, 1))))


def airmass(altitude_deg: FloatArray) -> FloatArray:
    """Thickness of the air in zenith units (Krisciunas & Schaefer 1991, equation 3)."""
    return np.asarray((1 - 0.96 * np.cos(np.radians(altitude_deg)) ** 2) ** -0.5)


def separation(ra_1: FloatArray, dec_1: FloatArray, ra_2: FloatArray, dec_2: FloatArray) -> FloatArray:
    """Angle between two directions [deg]."""
    delta_1, delta_2 = np.radians(dec_1), np.radians(dec_2)
    cosine = np.sin(delta_1) * np.sin(delta_2) + np.cos(delta_1) * np.cos(delta_2) * np.cos(np.radians(ra_1 - ra_2))
    return np.asarray(np.degrees(np.arccos(np.clip(cosine, -1, 1))))


def moonlight_ratio(phase: FloatArray, moon_altitude: FloatArray, target_altitude: FloatArray,
                    moon_distance: FloatArray) -> FloatArray:  # fmt: skip
    """Brightness of moonlit sky over dark zenith sky in V, at `moon_distance` degrees from the Moon.

    Krisciunas & Schaefer (1991), equations 8, 15, 20 and 21, with k_V = 0.17 and a dark sky of 79 nanolambert.
    """
    angle = np.degrees(np.abs(np.pi - 2 * np.pi * phase))
    moon = 10 ** (-0.4 * (3.84 + 0.026 * angle + 4e-9 * angle**4))
    distance = np.maximum(moon_distance, 5.0)
    scatter = 10**5.36 * (1.06 + np.cos(np.radians(distance)) ** 2) + 10 ** (6.15 - distance / 40)
    dimmed = 10 ** (-0.4 * 0.17 * airmass(moon_altitude)) * (1 - 10 ** (-0.4 * 0.17 * airmass(target_altitude)))
    return np.asarray(np.where(moon_altitude > 0, scatter * moon * dimmed / 79.0, 0.0))


def dust_reddening(latitude: float) -> float:
    """E(B-V) [mag] of a plane-parallel Galaxy: 0.03 / sin |b|, at most 1; patchiness is left out."""
    return float(min(0.03 / max(abs(np.sin(np.radians(latitude))), 0.03), 1.0))
