"""The measurements of one detection: position, shape, scores, in the ranges of real packets."""

from dataclasses import dataclass

import numpy as np

from simulate.detector import HEIGHT, PIXEL_ARCSEC, WIDTH, distance_to_edge
from simulate.exposures import Exposures
from simulate.identity import JD_OF_MJD_ZERO, MAX_TBLID, ImageNumber, image_number
from simulate.neighbourhood import Fields, ReferenceSource, away, reference_fields
from simulate.population import SimulatedObject
from simulate.random_stream import random_stream

RB_VERSION, DRB_VERSION = "t17_f5_c3", "d6_m7"
_POINTING_JITTER_PIXELS = 6.0


@dataclass(frozen=True)
class Visit:
    """One exposure of one object, with what the pipeline would write of it."""

    index: int
    jd: float
    fid: int
    image: ImageNumber
    x: float
    y: float


def visits(drawn: SimulatedObject) -> list[Visit]:
    """All exposures of the object; pointings repeat within a few pixels."""
    rng = random_stream(*drawn.key, 9)
    exposures = drawn.exposures
    jitter = rng.normal(0, _POINTING_JITTER_PIXELS, (len(exposures), 2))
    x = np.clip(drawn.place.x + jitter[:, 0], 10.2, WIDTH - 10.2)
    y = np.clip(drawn.place.y + jitter[:, 1], 10.2, HEIGHT - 10.2)
    return [
        Visit(
            index=k,
            jd=round(float(exposures.mjd[k]) + JD_OF_MJD_ZERO, 7),
            fid=int(exposures.fid[k]),
            image=image_number(float(exposures.mjd[k]), drawn.place.rcid),
            x=float(x[k]),
            y=float(y[k]),
        )
        for k in range(len(exposures))
    ]


def table_position(slot: int) -> int:
    """`tblid`: one for each object of a night as long as the numbers last."""
    return slot % MAX_TBLID


def measured_fields(drawn: SimulatedObject, visit: Visit, reference: ReferenceSource) -> Fields:
    """The fields that candidates and previous detections share, apart from those of the image."""
    rng = random_stream(*drawn.key, 100_000 + visit.index)
    k, photometry, exposures = visit.index, drawn.photometry, drawn.exposures
    ratio = float(np.abs(photometry.flux[k]) / photometry.flux_error[k])
    magnitude, error = float(photometry.magnitude[k]), float(photometry.magnitude_error[k])
    depth = magnitude - float(exposures.limiting_magnitude[k])
    positive = bool(photometry.flux[k] > 0)
    scatter = rng.normal(0, 0.06 + 0.45 * float(exposures.seeing[k]) / max(ratio, 3.0), 2)
    position = away(drawn.position, float(scatter[0]), float(scatter[1]))
    tblid = table_position(drawn.key[2])
    aperture = magnitude + float(rng.normal(0.05, 0.03 + 0.9 * error))
    aperture_error = float(np.clip(0.16 * 10 ** (0.3 * depth), 0.003, 0.55)) * float(rng.lognormal(0, 0.1))
    fields: Fields = {
        "candid": visit.image.candid(tblid, positive=positive),
        "isdiffpos": "t" if positive else "f",
        "tblid": tblid,
        "xpos": visit.x,
        "ypos": visit.y,
        "ra": round(position.ra, 7),
        "dec": round(position.dec, 7),
        "magpsf": magnitude,
        "sigmapsf": error,
        "chipsf": _chi(rng, depth, drawn),
        "magap": aperture,
        "sigmagap": aperture_error,
        "magapbig": aperture - abs(float(rng.normal(0.01, 0.05))),
        "sigmagapbig": aperture_error * 1.24,
        "sky": float(rng.standard_t(2.5) * 0.2),
        "magdiff": aperture - magnitude,
        "magfromlim": float(exposures.limiting_magnitude[k]) - aperture,
        "mindtoedge": distance_to_edge(visit.x, visit.y),
        "nbad": 0,
        "scorr": float(photometry.matched_filter_ratio[k]),
        **_shape(rng, drawn, exposures, k, ratio),
        **reference_fields(reference, in_pixels=True),
    }
    offset = float(np.hypot(scatter[0], scatter[1]))
    if reference.distance < 1.0:
        fields["distnr"] = float(np.hypot(reference.distance, offset)) / PIXEL_ARCSEC
    return fields


def _chi(rng: np.random.Generator, depth: float, drawn: SimulatedObject) -> float:
    slope = 0.34 if drawn.source.quiet_magnitudes is not None else 0.2
    high = 2.5 if drawn.subclass == "bogus" else 1.0
    return float(high * 10 ** (0.05 - slope * min(depth, 0.3) + rng.normal(0, 0.15)))


def _shape(rng: np.random.Generator, drawn: SimulatedObject, exposures: Exposures, k: int, ratio: float) -> Fields:
    """SExtractor's and the classifiers' view: sharp, long or ragged when bogus."""
    bogus = drawn.subclass == "bogus"
    seeing = float(exposures.seeing[k])
    wide = {"cosmic ray": 0.55, "hot pixel": 0.5, "ghost": 1.7, "bad column": 0.7}.get(drawn.source.kind, 1.0)
    fwhm = float(np.clip(seeing * wide * rng.lognormal(0.06, 0.20 + 1.2 / max(ratio, 5.0)), 1.09, 7.0))
    difference_fwhm = float(np.clip(rng.normal(3.35, 0.5), 2.2, 5.2))
    minor = float(np.clip(rng.normal(0.85, 0.15), 0.3, 1.45))
    elongation = 1.0 + float(rng.exponential(0.28 if bogus else 0.10)) + 0.02
    speed = drawn.source.parameters.get("speed_arcsec_min", 0.0)
    elongation = float(np.clip(elongation + 0.04 * speed, 1.004, 1.65))
    negative_pixels = int(rng.poisson(6.0 if bogus else 0.6 + 8.0 / max(ratio, 5.0)))
    return {
        "fwhm": fwhm,
        "classtar": float(rng.beta(1.2, 1.4) if bogus else rng.beta(1.0 + 0.6 * min(ratio, 30.0), 1.0)),
        "seeratio": float(np.clip(difference_fwhm / fwhm, 0.35, 2.0)),
        "aimage": minor * elongation,
        "bimage": minor,
        "aimagerat": minor * elongation / fwhm,
        "bimagerat": minor / fwhm,
        "elong": elongation,
        "nneg": min(negative_pixels, 13),
        "rb": _forest_score(rng, drawn, ratio),
        "sumrat": float(np.clip(rng.normal(0.68, 0.12) if bogus else 1 - rng.exponential(0.15 / ratio), 0.4, 1.0)),
    }


def _forest_score(rng: np.random.Generator, drawn: SimulatedObject, ratio: float) -> float:
    """`rb`: medians 0.86 for supernovae, 0.75 for stars and 0.55 for (faint) asteroids in the real packets."""
    if drawn.subclass == "bogus":
        return float(np.clip(rng.beta(2.0, 4.2), 0.02, 0.9))
    strength = 1 - np.exp(-ratio / 10)
    base = 0.66 if drawn.source.host is not None else 0.45 if drawn.subclass == "asteroid" else 0.56
    centre = base + 0.22 * strength
    return float(np.clip(rng.normal(centre, 0.10), 0.25, 0.99))


def deep_score(rng: np.random.Generator, drawn: SimulatedObject, ratio: float) -> float:
    """`drb`: near 1 for what is real, spread over the low values for what is not, with a tail on both sides."""
    if drawn.subclass == "bogus":
        return float(np.clip(rng.beta(0.35, 2.2), 1e-6, 0.98))
    return float(np.clip(1 - 10 ** (rng.normal(-2.7, 0.9) - 0.3 * (ratio > 15)), 0.02, 1 - 1e-6))
