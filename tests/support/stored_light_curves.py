"""Stored light curves, with what a test cares about and defaults for the rest."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from domain.band import Band
from domain.light_curve import LightCurve, StoredDetection, StoredForcedPhotometry, StoredNonDetection


def stored_detection(mjd: float, band: str = "g", magnitude: float | None = 18.0, **fields: Any) -> StoredDetection:
    row = StoredDetection(
        object_id=1,
        candid=int(mjd * 1e5),
        mjd=mjd,
        band=Band(band),
        ra=150.0,
        dec=2.0,
        is_positive=True,
        magnitude=magnitude,
        magnitude_error=0.05,
        apparent_magnitude=None,
        apparent_magnitude_error=None,
        apparent_magnitude_error_extended=None,
        flux=None,
        flux_error=None,
        limiting_magnitude=20.5,
        real_bogus=0.9,
        deep_real_bogus=None,
        corrected=False,
        dubious=False,
        has_stamps=True,
    )
    return row._replace(**fields)


def stored_limit(mjd: float, band: str = "g", limit: float = 20.0) -> StoredNonDetection:
    return StoredNonDetection(1, mjd, Band(band), limit)


def stored_forced(mjd: float, flux: float | None, error: float | None = 10.0) -> StoredForcedPhotometry:
    return StoredForcedPhotometry(1, mjd, Band.g, flux, error, None, None, None, None, None, 20.2)


def stored_light_curve(
    detections: Sequence[StoredDetection],
    limits: Sequence[StoredNonDetection] = (),
    forced: Sequence[StoredForcedPhotometry] = (),
) -> LightCurve:
    return LightCurve(detections, limits, forced)


def supernova_light_curve(seed: int = 1, bands: str = "gr") -> LightCurve:
    """Ten days up to 17.5 mag and a decline of 0.06 mag/d that slows down after a month; every third night."""
    rng = np.random.default_rng(seed)
    rows = []
    for day in range(0, 81, 3):
        since = day - 15
        fading = 0.016 * since**2 if since < 0 else 0.06 * min(since, 30) + 0.02 * max(since - 30, 0)
        for k, band in enumerate(bands):
            magnitude = 17.5 + fading * (1.0 - 0.15 * k) + float(rng.normal(0, 0.03))
            rows.append(stored_detection(60000.2 + day + 0.02 * k, band, magnitude))
    return stored_light_curve(rows, [stored_limit(59990.0), stored_limit(59995.0, "r")])
