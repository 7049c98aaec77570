"""An alert as a record of ZTF's schema 4.02."""

from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

import numpy as np

from simulate.arrays import BoolArray
from simulate.avro_container import raw_schema
from simulate.bands import DARK_SKY_DN
from simulate.calibration import Calibration, image_calibration
from simulate.detection import (
    DRB_VERSION,
    RB_VERSION,
    Visit,
    deep_score,
    measured_fields,
    visits,
)
from simulate.fits_stamp import gzip_fits
from simulate.images import draw_stamps
from simulate.neighbourhood import (
    MISSING,
    Fields,
    ReferenceSource,
    band_letter,
    gaia_fields,
    history_fields,
    panstarrs_fields,
    reference_fields,
    reference_image_fields,
    reference_number,
    reference_sources,
)
from simulate.population import SimulatedObject
from simulate.random_stream import random_stream
from simulate.scene import Scene, draw_scene

PUBLISHER = "Arrayán simulator"
HISTORY_DAYS = 30.0
NO_FORCED_FLUX = -99999.0
_UNFORCED_OBJECTS, _OUT_OF_REFERENCE = 0.35, "61"
"""A third of the objects have forced photometry rows without a flux; 61 is the usual code of real ones."""


class Alert(NamedTuple):
    """One alert and the exposure that caused it."""

    record: Fields
    exposure: int

    @property
    def candid(self) -> int:
        candid = self.record["candid"]
        assert isinstance(candid, int)
        return candid


def alerts_of(drawn: SimulatedObject) -> list[Alert]:
    """The packets of the object's alerts, in order of time."""
    scene = draw_scene(random_stream(*drawn.key, 10), drawn.source, drawn.latitude)
    references = reference_sources(drawn, scene)
    seen = visits(drawn)
    return [Alert(_record(drawn, scene, references, seen, int(alert)), int(alert)) for alert in drawn.alerts]


def _record(
    drawn: SimulatedObject,
    scene: Scene,
    references: dict[int, ReferenceSource],
    seen: Sequence[Visit],
    alert: int,
) -> Fields:
    visit = seen[alert]
    stamps = draw_stamps(drawn, scene, alert, visit.x, visit.y)
    history = [
        earlier
        for earlier in seen[:alert]
        if drawn.exposures.mjd[alert] - drawn.exposures.mjd[earlier.index] < HISTORY_DAYS
    ]
    unforced = _without_flux(drawn)
    candidate = _candidate(drawn, scene, references, visit)
    candid, positive = candidate["candid"], candidate["isdiffpos"] == "t"
    difference = "scimref" if positive else "refmsci"
    return {
        "schemavsn": "4.02",
        "publisher": PUBLISHER,
        "objectId": drawn.object_id,
        "candid": candid,
        "candidate": candidate,
        "prv_candidates": [_previous(drawn, earlier, references[earlier.fid]) for earlier in history] or None,
        "fp_hists": [
            _forced(drawn, earlier, references[earlier.fid], unforced=bool(unforced[earlier.index]))
            for earlier in reversed(history)
        ],
        "cutoutScience": {
            "fileName": f"candid{candid}_pid{visit.image.pid}_targ_sci.fits.gz",
            "stampData": gzip_fits(stamps.science),
        },
        "cutoutTemplate": {"fileName": f"candid{candid}_ref.fits.gz", "stampData": gzip_fits(stamps.template)},
        "cutoutDifference": {
            "fileName": f"candid{candid}_pid{visit.image.pid}_targ_{difference}.fits.gz",
            "stampData": gzip_fits(stamps.difference),
        },
    }


def _calibration(drawn: SimulatedObject, visit: Visit) -> Calibration:
    return image_calibration(visit.image, visit.fid, drawn.field_number)


def _image_fields(drawn: SimulatedObject, visit: Visit) -> Fields:
    """What belongs to the quadrant's image, in candidates, previous detections and upper limits alike."""
    calibration = _calibration(drawn, visit)
    image = visit.image
    quadrant = f"c{image.rcid // 4 + 1:02d}_o_q{image.rcid % 4 + 1}"
    name = f"sim_{image.nid:04d}{image.fraction:05d}_{drawn.field_number:06d}_z{band_letter(visit.fid)}_{quadrant}"
    return {
        "jd": visit.jd,
        "fid": visit.fid,
        "pid": image.pid,
        "diffmaglim": float(drawn.exposures.limiting_magnitude[visit.index]),
        "pdiffimfilename": f"{name}_scimrefdiffimg.fits",
        "programpi": "Simulated",
        "programid": 1,
        "nid": image.nid,
        "rcid": image.rcid,
        "field": drawn.field_number,
        "magzpsci": float(drawn.exposures.zero_point[visit.index]),
        "magzpsciunc": calibration.magzpsciunc,
        "magzpscirms": calibration.magzpscirms,
        "clrcoeff": calibration.clrcoeff,
        "clrcounc": calibration.clrcounc,
        "rbversion": RB_VERSION,
    }


def _candidate(
    drawn: SimulatedObject, scene: Scene, references: dict[int, ReferenceSource], visit: Visit
) -> Fields:
    rng = random_stream(*drawn.key, 200_000 + visit.index)
    calibration = _calibration(drawn, visit)
    k, photometry = visit.index, drawn.photometry
    ratio = float(np.abs(photometry.flux[k]) / photometry.flux_error[k])
    peak = 0.13 * float(np.abs(photometry.flux[k]) / drawn.exposures.pixel_noise[k])
    matched = 1.4 * ratio * float(rng.lognormal(0, 0.1))
    return {
        **_image_fields(drawn, visit),
        **measured_fields(drawn, visit, references[visit.fid]),
        **solar_system_fields(drawn, rng),
        **panstarrs_fields(scene, drawn),
        **gaia_fields(scene, drawn),
        **history_fields(drawn, k),
        **reference_image_fields(drawn, visit.fid),
        "tooflag": 0,
        "dsnrms": peak,
        "ssnrms": matched,
        "dsdiff": peak - matched,
        "nmatches": calibration.nmatches,
        "zpclrcov": calibration.zpclrcov,
        "zpmed": float(drawn.exposures.zero_point[k]) - 0.04,
        "clrmed": calibration.clrmed,
        "clrrms": calibration.clrrms,
        "exptime": 30.0,
        "drb": deep_score(rng, drawn, ratio),
        "drbversion": DRB_VERSION,
    }


def solar_system_fields(drawn: SimulatedObject, rng: np.random.Generator) -> Fields:
    """The nearest known asteroid: most simulated ones are known, and one in 300 others has a passer-by."""
    moving = drawn.subclass == "asteroid"
    if rng.random() > (0.88 if moving else 0.003):
        return {"ssdistnr": MISSING, "ssmagnr": MISSING, "ssnamenr": "null"}
    number = int(rng.integers(1000, 700000))
    name = str(number) if rng.random() < 0.85 else f"{rng.integers(2000, 2026)}{_half_month(rng)}{number % 400}"
    magnitude = drawn.source.parameters["mean_magnitude"] if moving else float(rng.uniform(17, 21))
    return {
        "ssdistnr": float(rng.choice([0, 1, 2], p=[0.6, 0.35, 0.05]) if moving else rng.integers(3, 29)),
        "ssmagnr": round(magnitude + float(rng.normal(0, 0.15)), 1),
        "ssnamenr": name,
    }


def _half_month(rng: np.random.Generator) -> str:
    return "".join("ABCDEFGHJKLMNOPQRSTUVWXY"[int(letter)] for letter in rng.integers(0, 24, 2))


def _previous(drawn: SimulatedObject, visit: Visit, reference: ReferenceSource) -> Fields:
    """A detection of the last 30 days, or an upper limit: a record whose candid is null."""
    fields = {**dict.fromkeys(_previous_names()), **_image_fields(drawn, visit)}
    if drawn.photometry.detected[visit.index]:
        fields.update(measured_fields(drawn, visit, reference))
    return fields


@cache
def _previous_names() -> tuple[str, ...]:
    record = next(f for f in raw_schema()["fields"] if f["name"] == "prv_candidates")
    return tuple(field["name"] for field in record["type"][1]["items"]["fields"])


def _forced(drawn: SimulatedObject, visit: Visit, reference: ReferenceSource, *, unforced: bool) -> Fields:
    """Forced photometry of an earlier exposure, in DN; some objects have rows without a flux."""
    k, exposures, calibration = visit.index, drawn.exposures, _calibration(drawn, visit)
    fields: Fields = {
        **{name: value for name, value in _image_fields(drawn, visit).items() if name in _forced_names()},
        "rfid": reference_number(drawn.field_number, drawn.place.rcid, visit.fid),
        "sciinpseeing": float(exposures.seeing[k]),
        "scibckgnd": float(exposures.sky[k]),
        "scisigpix": float(exposures.pixel_noise[k]),
        "exptime": 30.0,
        "adpctdif1": calibration.adpctdif1,
        "adpctdif2": calibration.adpctdif2,
        "forcediffimflux": float(drawn.photometry.flux[k]),
        "forcediffimfluxunc": float(drawn.photometry.background_error[k]),
        "procstatus": "0",
        **reference_fields(reference, in_pixels=False),
    }
    if unforced:
        fields.update(
            forcediffimflux=NO_FORCED_FLUX, forcediffimfluxunc=NO_FORCED_FLUX, procstatus=_OUT_OF_REFERENCE
        )
    elif float(exposures.sky[k]) > 12 * DARK_SKY_DN[visit.fid]:
        fields["procstatus"] = "56"
    return fields


def _without_flux(drawn: SimulatedObject) -> BoolArray:
    """The exposures for which the survey gives no forced flux."""
    rng = random_stream(*drawn.key, 11)
    affected = rng.random() < _UNFORCED_OBJECTS
    share = float(rng.uniform(0.1, 0.9))
    return np.asarray(affected & (rng.random(len(drawn.exposures)) < share))


@cache
def _forced_names() -> frozenset[str]:
    record = next(f for f in raw_schema()["fields"] if f["name"] == "fp_hists")
    return frozenset(field["name"] for field in record["type"][1]["items"]["fields"])
