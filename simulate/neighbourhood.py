"""What the catalogues say around a candidate, as fields of a packet: reference image, Pan-STARRS, Gaia, history."""

from dataclasses import dataclass

import numpy as np

from simulate.arrays import BoolArray
from simulate.bands import FIDS, LETTER
from simulate.detector import PIXEL_ARCSEC, SkyPosition
from simulate.population import SimulatedObject
from simulate.random_stream import random_stream
from simulate.scene import Scene

Fields = dict[str, object]
MISSING = -999.0
_REFERENCE_LIMIT = {1: 23.0, 2: 22.7, 3: 22.0}
_PANSTARRS_RADIUS, _GAIA_RADIUS = 30.0, 90.0
_GAIA_FAINTEST, _GAIA_BRIGHT = 20.7, 14.0
_REFERENCE_FIRST_JD, _REFERENCE_LAST_JD = 2458200.5, 2458400.5


@dataclass(frozen=True)
class ReferenceSource:
    """Nearest source of the reference image in one filter."""

    distance: float
    """Arcsec from the changing source."""
    position: SkyPosition
    magnitude: float
    magnitude_error: float
    chi: float
    sharp: float


def away(position: SkyPosition, east: float, north: float) -> SkyPosition:
    """The place some arcsec east and north of another."""
    dec = position.dec + north / 3600
    return SkyPosition((position.ra + east / 3600 / np.cos(np.radians(dec))) % 360, dec)


def reference_sources(drawn: SimulatedObject, scene: Scene) -> dict[int, ReferenceSource]:
    """By `fid`. The source's own star has the magnitude that it had in the reference."""
    rng = random_stream(*drawn.key, 1)
    found = {}
    for column, fid in enumerate(FIDS):
        magnitudes = scene.magnitudes[:, column].copy()
        own = np.flatnonzero(~scene.neighbour & (scene.radius == 0))
        if len(own):
            magnitudes[own[0]] = drawn.template_magnitude[fid] if drawn.subclass != "bogus" else magnitudes[own[0]]
        seen = np.flatnonzero(magnitudes < _REFERENCE_LIMIT[fid])
        if len(seen) == 0:
            found[fid] = _blank_reference(rng, drawn)
            continue
        nearest = int(seen[np.argmin(scene.distance[seen])])
        magnitude, extended = float(magnitudes[nearest]), float(scene.radius[nearest])
        error = float(np.hypot(0.010, 0.25 * 10 ** (0.35 * (magnitude - 22.6))))
        found[fid] = ReferenceSource(
            distance=float(scene.distance[nearest]),
            position=away(drawn.position, float(scene.east[nearest]), float(scene.north[nearest])),
            magnitude=magnitude + float(rng.normal(0, error)),
            magnitude_error=error,
            chi=float(rng.lognormal(np.log(0.6 if extended < 0.8 else 1.8), 0.4)),
            sharp=float(rng.normal(0.0 if extended < 0.8 else 0.3, 0.02 + 0.8 * error + 0.1 * (extended > 0.8))),
        )
    return found


def _blank_reference(rng: np.random.Generator, drawn: SimulatedObject) -> ReferenceSource:
    distance, turn = float(rng.uniform(20, 33)), float(rng.uniform(0, 2 * np.pi))
    position = away(drawn.position, distance * np.cos(turn), distance * np.sin(turn))
    return ReferenceSource(distance, position, float(rng.uniform(21.5, 23.0)), 0.2, 0.8, float(rng.normal(0, 0.2)))


def panstarrs_fields(scene: Scene, drawn: SimulatedObject) -> Fields:
    """The three nearest catalogue sources within 30 arcsec."""
    rng = random_stream(*drawn.key, 2)
    near = np.flatnonzero(scene.distance < _PANSTARRS_RADIUS)
    near = near[np.argsort(scene.distance[near])]
    fields: Fields = {"nmtchps": len(near)}
    for rank in (1, 2, 3):
        entry = int(near[rank - 1]) if rank <= len(near) else None
        fields[f"objectidps{rank}"] = int(rng.integers(10**16, 2 * 10**17)) if entry is not None else -999
        for column, letter in enumerate("griz"):
            magnitude = MISSING if entry is None else float(scene.magnitudes[entry, column])
            fields[f"s{letter}mag{rank}"] = magnitude if magnitude < 23.5 else MISSING
        fields[f"sgscore{rank}"] = MISSING if entry is None else float(scene.star_score[entry])
        fields[f"distpsnr{rank}"] = MISSING if entry is None else float(scene.distance[entry])
    return fields


def gaia_fields(scene: Scene, drawn: SimulatedObject) -> Fields:
    """Nearest Gaia star of any brightness and nearest brighter than G = 14, within 90 arcsec.

    The scene reaches 33 arcsec; stars farther out are drawn from the same density.
    """
    rng = random_stream(*drawn.key, 4)
    gaia = scene.magnitudes[:, 1] - 0.1
    star = (scene.star_score > 0.4) & (gaia < _GAIA_FAINTEST)
    crowding = max(int(star.sum()), 1) / 1.2
    fields: Fields = {}
    for suffix, chosen, per_arcmin2, brightest, faintest in (
        ("", star, crowding, 14.5, _GAIA_FAINTEST),
        ("bright", star & (gaia < _GAIA_BRIGHT), 0.035 * crowding, 10.0, _GAIA_BRIGHT),
    ):
        inside = np.flatnonzero(chosen)
        if len(inside):
            nearest = int(inside[np.argmin(scene.distance[inside])])
            distance, magnitude = float(scene.distance[nearest]), float(gaia[nearest])
        else:
            area = 0.3 + rng.exponential(1 / per_arcmin2)
            distance, magnitude = 60 * float(np.sqrt(area / np.pi)), float(rng.uniform(brightest, faintest))
        beyond = distance > _GAIA_RADIUS
        fields[f"neargaia{suffix}"] = MISSING if beyond else distance
        fields[f"maggaia{suffix}"] = MISSING if beyond else magnitude
    return fields


def reference_image_fields(drawn: SimulatedObject, fid: int) -> Fields:
    """The reference image: the same for all objects of one field, quadrant and filter."""
    rng = random_stream(5, drawn.field_number, drawn.place.rcid, fid)
    first = float(rng.uniform(_REFERENCE_FIRST_JD, _REFERENCE_LAST_JD - 60))
    return {
        "rfid": reference_number(drawn.field_number, drawn.place.rcid, fid),
        "jdstartref": round(first, 6),
        "jdendref": round(float(rng.uniform(first + 20, _REFERENCE_LAST_JD)), 6),
        "nframesref": int(rng.choice([15, 16, 17, 20, 31], p=[0.85, 0.06, 0.04, 0.03, 0.02])),
    }


def reference_number(field: int, rcid: int, fid: int) -> int:
    return field * 10**6 + 120_000 + fid * 100 + rcid


def survey_coverage(drawn: SimulatedObject) -> int:
    """How often the place was observed before the simulated schedule begins: since 2018."""
    rng = random_stream(6, drawn.field_number)
    return int(np.clip(rng.lognormal(np.log(1300), 0.35), 300, 4000))


def history_fields(drawn: SimulatedObject, alert: int) -> Fields:
    """Counts since the survey began: simulated for the schedule's nights, for stars extrapolated before it."""
    rng = random_stream(*drawn.key, 7)
    seen = drawn.photometry.raw_detected[: alert + 1] & _plausible(drawn, alert)
    first = int(np.flatnonzero(seen)[0]) if seen.any() else alert
    past = survey_coverage(drawn)
    jd_first = float(drawn.exposures.mjd[first]) + 2400000.5
    detections = int(seen.sum())
    if drawn.source.quiet_magnitudes is not None and drawn.subclass != "bogus":
        earlier = int(rng.binomial(past, min(1.0, detections / (alert + 1)) * 0.9))
        if earlier:
            detections += earlier
            jd_first = float(rng.uniform(2458200.5, 2458200.5 + 400 / np.sqrt(earlier)))
    return {
        "ndethist": max(detections, 1),
        "ncovhist": past + alert + 1,
        "jdstarthist": round(jd_first, 7),
        "jdendhist": round(float(drawn.exposures.mjd[alert]) + 2400000.5, 7),
    }


def _plausible(drawn: SimulatedObject, alert: int) -> BoolArray:
    """Where something has ever been: noise peaks at the place of a moving object are not counted."""
    return np.asarray(np.abs(drawn.true_difference[: alert + 1]) > 0.5 * drawn.photometry.flux_error[: alert + 1])


def band_letter(fid: int) -> str:
    return LETTER[fid]


def reference_fields(reference: ReferenceSource, *, in_pixels: bool) -> Fields:
    """Nearest reference source; candidates have `distnr` in pixels, forced photometry in arcsec."""
    return {
        "distnr": reference.distance / (PIXEL_ARCSEC if in_pixels else 1.0),
        "ranr": round(reference.position.ra, 7),
        "decnr": round(reference.position.dec, 7),
        "magnr": reference.magnitude,
        "sigmagnr": reference.magnitude_error,
        "chinr": reference.chi,
        "sharpnr": reference.sharp,
    }
