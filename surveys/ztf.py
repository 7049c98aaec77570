"""ZTF alerts, schema 1.x to 4.02, as ZTF sends them and as other brokers write them again.

Field meanings: the survey's alert schema documents (ZwickyTransientFacility/ztf-avro-alert). Unset numbers
are null, NaN, -999 or, in forced photometry, -99999; all become None here.
"""

import re
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any, NamedTuple

from domain.alert import Alert, Detection, ForcedPhotometry, NonDetection
from domain.band import Band
from domain.dead_letter import MalformedPacket, Reason
from domain.errors import InvalidPosition
from domain.photometry import (
    AB_ZERO_POINT_NJY,
    NO_APPARENT_MAGNITUDE,
    NO_FLUX,
    NearestCatalogSource,
    ReferenceShape,
    apparent_magnitude,
    flux_of_magnitude,
    is_near_reference,
    is_stellar,
    magnitude_of_flux,
)
from domain.sky import position
from domain.stamp import StampKind
from domain.survey import SurveyName
from domain.time import mjd_from_jd
from surveys.avro import Record, WriterSchema
from surveys.avro_rows import Picker

BANDS = {1: Band.g, 2: Band.r, 3: Band.i}
UNSET = -999.0
UNSET_FORCED = -99999.0
LARGEST_FLOAT = (2 - 2**-23) * 2.0**127
"""More can only stand in a packet that somebody wrote again in another schema; the database would keep infinity."""

CANDID_EPOCH_JD = 2457754.5
"""Start of 2017: a candid counts millionths of a day since then, followed by nine digits of place."""
FIRST_JD, LAST_JD = 2400000.5, 2500000.5
"""MJD 0 to 100,000 (years 1858 to 2132): outside, a date is an error."""

CANDID_PLACE = 10**9
CANDID_TOLERANCE_DAYS = 2e-3

POSITIVE = {"t": True, "1": True, "true": True, "f": False, "0": False, "false": False}

OBJECT_NAME = re.compile(r"ZTF(\d\d)([a-z]{7})")
LETTERS = 26
OBJECT_ID_BASE = -1
"""Keys of ZTF objects count down from here; positive keys are left to surveys with 64-bit ids of their own."""

CUTOUTS = {
    StampKind.SCIENCE: "cutoutScience",
    StampKind.TEMPLATE: "cutoutTemplate",
    StampKind.DIFFERENCE: "cutoutDifference",
}
FITS_SIGNATURES = (b"\x1f\x8b", b"SIMPLE")

DETECTION = Picker(
    ("ra", "dec", "jd", "fid", "isdiffpos", "magpsf", "sigmapsf"),
    ("distnr", "magnr", "sigmagnr", "diffmaglim", "rb", "drb"),
)
NON_DETECTION = Picker(("pid", "jd", "fid", "diffmaglim"))

ALERT_FIELDS = frozenset({"objectId", "candidate", "prv_candidates", "cutoutScience"})
CANDIDATE_FIELDS = frozenset({"jd", "fid", "pid", "candid", "isdiffpos", "magpsf", "sigmapsf", "distnr", "magnr"})
OWN_RECORD_NAME = "ztf.alert"


class ZtfExtras(NamedTuple):
    """What ZTF says of a candidate beyond the common form, for classifiers; units as in its schema."""

    program_id: int | None
    field_id: int | None
    readout_channel: int | None
    fwhm_pixels: float | None
    star_galaxy_sextractor: float | None
    reference_distance: float | None
    reference_magnitude: float | None
    reference_magnitude_error: float | None
    reference_chi: float | None
    reference_sharpness: float | None
    ps1_star_galaxy_scores: tuple[float | None, float | None, float | None]
    ps1_distances_arcsec: tuple[float | None, float | None, float | None]
    detections_in_history: int | None
    coverages_in_history: int | None
    first_jd_in_history: float | None
    reference_first_jd: float | None
    reference_last_jd: float | None
    solar_system_name: str | None
    solar_system_distance_arcsec: float | None
    solar_system_magnitude: float | None
    exposure_seconds: float | None


class Ztf:
    """Reads ZTF alerts."""

    name = SurveyName.ZTF

    def recognises(self, schema: WriterSchema) -> bool:
        """ZTF's own record name, or the fields of its alert under the name another broker gave it."""
        if schema.name == OWN_RECORD_NAME:
            return True
        return schema.field_names >= ALERT_FIELDS and _candidate_fields(schema) >= CANDIDATE_FIELDS

    def parse(self, record: Record) -> Alert:
        """The alert in a decoded packet.

        Raises MalformedPacket: MISSING_FIELD, INVALID_VALUE, or INTEGRITY when the time of the exposure
        does not agree with the candid, which only happens when somebody changed the packet.
        """
        name = _required(record, "objectId", "alert")
        candidate = _required(record, "candidate", "alert")
        candid = record.get("candid") or _required(candidate, "candid", "candidate")
        try:
            return self._alert(str(name), int(candid), candidate, record)
        except KeyError as error:
            raise MalformedPacket(Reason.MISSING_FIELD, f"{name}, candid {candid}: there is no {error}") from error
        except (InvalidPosition, TypeError, ValueError, OverflowError) as error:
            raise MalformedPacket(Reason.INVALID_VALUE, f"{name}, candid {candid}: {error}") from error

    def _alert(self, name: str, candid: int, candidate: Record, record: Record) -> Alert:
        check_integrity(candid, candidate["jd"])
        stamps = _stamps(record)
        detections, non_detections, forced = _history(record.get("prv_candidates") or ())
        forced.extend(_forced_photometry(row) for row in record.get("fp_hists") or ())
        return Alert(
            survey=self.name,
            object_name=name,
            object_id=object_id(name),
            detection=_detection(candidate, candid, stellar=_stellar(candidate), has_stamps=bool(stamps)),
            previous_detections=tuple(detections),
            non_detections=tuple(non_detections),
            forced_photometry=tuple(forced),
            stamps=stamps,
            extras=_extras(candidate),
        )


def object_id(name: str) -> int:
    """Deterministic key of a ZTF name: 'ZTF' + two digits + seven letters, counted in base 26.

    Raises ValueError for any other name.
    """
    match = OBJECT_NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"objectId {name!r} is not of the form ZTF20abcdefg")
    number = int(match[1])
    for letter in match[2]:
        number = number * LETTERS + ord(letter) - ord("a")
    return OBJECT_ID_BASE - number


def check_integrity(candid: int, jd: float) -> None:
    """Raise MalformedPacket(INTEGRITY) unless the candid encodes the exposure's Julian Date."""
    expected = CANDID_EPOCH_JD + (candid // CANDID_PLACE) / 1e6
    if not abs(jd - expected) < CANDID_TOLERANCE_DAYS:
        raise MalformedPacket(
            Reason.INTEGRITY,
            f"candid {candid} says the exposure began at JD {expected:.6f}, but jd is {jd:.6f}: "
            "the packet was changed after ZTF sent it",
        )


def _candidate_fields(schema: WriterSchema) -> frozenset[str]:
    for field in schema.parsed["fields"]:
        if field["name"] == "candidate":
            kinds = field["type"] if isinstance(field["type"], list) else [field["type"]]
            return frozenset(f["name"] for kind in kinds if isinstance(kind, dict) for f in kind.get("fields", ()))
    return frozenset()


def _required(record: Mapping[str, Any], field: str, where: str) -> Any:
    value = record.get(field)
    if value is None:
        raise MalformedPacket(Reason.MISSING_FIELD, f"the {where} has no {field}")
    return value


def _number(value: float | None, unset: float = UNSET) -> float | None:
    if value is None or value == unset or not isfinite(value):
        return None
    if abs(value) > LARGEST_FLOAT:
        raise ValueError(f"{value} is beyond the 32-bit floats that ZTF sends")
    return value


def _band(fid: int) -> Band:
    band = BANDS.get(fid)
    if band is None:
        raise ValueError(f"fid {fid!r} is no ZTF filter (1 = g, 2 = r, 3 = i)")
    return band


def _is_positive(flag: str | int | None) -> bool:
    positive = POSITIVE.get(str(flag).lower())
    if positive is None:
        raise ValueError(f"isdiffpos must be t, f, 1 or 0, got {flag!r}")
    return positive


def _mjd(jd: float) -> float:
    if not FIRST_JD <= jd <= LAST_JD:
        raise ValueError(f"jd {jd} is no date of the survey")
    return mjd_from_jd(jd)


def _history(
    rows: Iterable[Record],
) -> tuple[list[Detection], list[NonDetection], list[ForcedPhotometry]]:
    """Split prv_candidates: rows with a candid, rows with a limit only, and (schema 3.4-3.5) forced ones."""
    detections, non_detections, forced = [], [], []
    for row in rows:
        if "forcediffimflux" in row:
            forced.append(_forced_photometry(row))
        elif row["candid"] is None:
            non_detections += _non_detection(row)
        else:
            detections.append(_detection(row, row["candid"], stellar=None, has_stamps=False))
    return detections, non_detections, forced


def _detection(row: Record, candid: int, *, stellar: bool | None, has_stamps: bool) -> Detection:
    ra, dec, jd, fid, sign, magpsf, sigmapsf, distnr, magnr, sigmagnr, diffmaglim, rb, drb = DETECTION(row)
    place = position(ra, dec)
    positive = _is_positive(sign)
    magnitude, error = _number(magpsf), _number(sigmapsf)
    near = is_near_reference(_number(distnr))
    reference = _number(magnr)
    apparent = NO_APPARENT_MAGNITUDE
    if near and reference is not None and magnitude is not None:
        apparent = apparent_magnitude(magnitude, error, reference, _number(sigmagnr), is_positive=positive)
    flux = NO_FLUX if magnitude is None else flux_of_magnitude(magnitude, error, is_positive=positive)
    return Detection(
        candid,
        _mjd(jd),
        _band(fid),
        place.ra,
        place.dec,
        positive,
        magnitude,
        error,
        *apparent,
        *flux,
        limiting_magnitude=_number(diffmaglim),
        real_bogus=_number(rb),
        deep_real_bogus=_number(drb),
        corrected=near and reference is not None,
        stellar=False if stellar is None and not near else stellar,
        has_stamps=has_stamps,
    )


def _stellar(candidate: Record) -> bool:
    return is_stellar(
        is_near_reference(_number(candidate.get("distnr"))),
        ReferenceShape(_number(candidate.get("chinr")), _number(candidate.get("sharpnr"))),
        NearestCatalogSource(_number(candidate.get("distpsnr1")), _number(candidate.get("sgscore1"))),
    )


def _non_detection(row: Record) -> list[NonDetection]:
    """The limit of an epoch; an epoch without one says nothing."""
    pid, jd, fid, diffmaglim = NON_DETECTION(row)
    limit = _number(diffmaglim)
    return [] if limit is None else [NonDetection(pid, _mjd(jd), _band(fid), limit)]


def _forced_photometry(row: Record) -> ForcedPhotometry:
    flux, error = _forced_flux(row)
    magnitude, magnitude_error = (None, None) if flux is None else magnitude_of_flux(flux, error)
    positive = None if flux is None else flux >= 0
    apparent = NO_APPARENT_MAGNITUDE
    if magnitude is not None and positive is not None and _near_forced_reference(row):
        apparent = apparent_magnitude(
            magnitude,
            magnitude_error,
            row["magnr"],
            _number(row.get("sigmagnr"), UNSET_FORCED),
            is_positive=positive,
        )
    return ForcedPhotometry(
        row["pid"],
        _mjd(row["jd"]),
        _band(row["fid"]),
        flux,
        error,
        magnitude,
        magnitude_error,
        positive,
        apparent.magnitude,
        apparent.error,
        _number(row.get("diffmaglim")),
    )


def _near_forced_reference(row: Record) -> bool:
    near = is_near_reference(_number(row.get("distnr"), UNSET_FORCED))
    return near and _number(row.get("magnr"), UNSET_FORCED) is not None


def _forced_flux(row: Record) -> tuple[float | None, float | None]:
    """Flux and error, nJy, from data numbers and the image's magnitude zero point."""
    counts = _number(row.get("forcediffimflux"), UNSET_FORCED)
    zero_point = _number(row.get("magzpsci"))
    if counts is None or zero_point is None:
        return None, None
    njy_per_count = 10.0 ** (0.4 * (AB_ZERO_POINT_NJY - zero_point))
    error = _number(row.get("forcediffimfluxunc"), UNSET_FORCED)
    return counts * njy_per_count, None if error is None else error * njy_per_count


def _stamps(record: Record) -> dict[StampKind, bytes]:
    """The FITS stamps; those of the early test stream are JPEG pictures without fluxes, and are left out."""
    stamps = {}
    for kind, field in CUTOUTS.items():
        data = (record.get(field) or {}).get("stampData")
        if data and data.startswith(FITS_SIGNATURES):
            stamps[kind] = data
    return stamps


def _extras(candidate: Record) -> ZtfExtras:
    get = candidate.get
    name = get("ssnamenr")
    return ZtfExtras(
        get("programid"),
        get("field"),
        get("rcid"),
        _number(get("fwhm")),
        _number(get("classtar")),
        _number(get("distnr")),
        _number(get("magnr")),
        _number(get("sigmagnr")),
        _number(get("chinr")),
        _number(get("sharpnr")),
        (_number(get("sgscore1")), _number(get("sgscore2")), _number(get("sgscore3"))),
        (_number(get("distpsnr1")), _number(get("distpsnr2")), _number(get("distpsnr3"))),
        get("ndethist"),
        get("ncovhist"),
        _number(get("jdstarthist")),
        _number(get("jdstartref")),
        _number(get("jdendref")),
        None if name in (None, "null", "") else name,
        _number(get("ssdistnr")),
        _number(get("ssmagnr")),
        _number(get("exptime")),
    )
