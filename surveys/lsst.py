"""LSST alerts, schema 7.0 to 11.1, as Rubin sends them and as other brokers write them again.

Field meanings: Rubin's alert schemas (github.com/lsst/alert_packet). Fluxes are nJy, times MJD in TAI. Unset
numbers are null or NaN, unset identifiers null or 0; all become None here.
"""

import re
from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any, NamedTuple

from domain.alert import Alert, Detection, ForcedPhotometry, NonDetection
from domain.band import Band
from domain.dead_letter import MalformedPacket, Reason
from domain.errors import InvalidPosition
from domain.leap_seconds import utc_from_tai
from domain.photometry import magnitude_of_flux
from domain.sky import position
from domain.stamp import StampKind
from domain.survey import SurveyName
from surveys.avro import Record, WriterSchema

BANDS = {band.value: band for band in Band}
FIRST_MJD, LAST_MJD = 50_000.0, 100_000.0
"""Years 1995 to 2132: outside, a date is an error."""

LIMIT_SIGMA = 5.0

SOLAR_SYSTEM_PREFIX = "ss"
FOREIGN_KEYS = 2**53
"""Keys from -1 down to here are left to surveys whose names are no 64-bit numbers."""
KEY_SPAN = 2**63

CUTOUTS = {
    StampKind.SCIENCE: "cutoutScience",
    StampKind.TEMPLATE: "cutoutTemplate",
    StampKind.DIFFERENCE: "cutoutDifference",
}
FITS_SIGNATURES = (b"\x1f\x8b", b"SIMPLE")

OWN_RECORD_NAME = re.compile(r"lsst\.v\d+_\d+\.alert")
ALERT_FIELDS = frozenset({"diaSource", "prvDiaSources", "prvDiaForcedSources", "cutoutScience"})
SOURCE_FIELDS = frozenset(
    {"diaSourceId", "diaObjectId", "ssObjectId", "midpointMjdTai", "ra", "dec", "band", "psfFlux", "psfFluxErr"}
)


class LsstExtras(NamedTuple):
    """What LSST says of a diaSource beyond the common form, for classifiers; units as in its schema."""

    visit: int | None
    detector: int | None
    solar_system_id: int | None
    solar_system_designation: str | None
    signal_to_noise: float | None
    detected_negative: bool | None
    """Sign of the footprint in which the source was found. For dipoles it is often not that of the flux."""
    extendedness: float | None
    """From 0 (point source) to 1, of the source on the difference image, not of what lies under it."""
    is_dipole: bool | None
    science_flux: float | None
    science_flux_error: float | None
    template_flux: float | None
    template_flux_error: float | None
    aperture_flux: float | None
    aperture_flux_error: float | None
    psf_chi2: float | None
    psf_pixels: int | None
    trail_length_arcsec: float | None
    trail_angle_degrees: float | None
    glint_trail: bool | None
    pixel_flags: bool | None
    psf_flux_flag: bool | None
    centroid_flag: bool | None
    shape_flag: bool | None
    sources_of_object: int | None
    first_source_mjd_tai: float | None


class SurveyObject(NamedTuple):
    """The object of an alert: its name, and our key of it."""

    name: str
    key: int


class Lsst:
    """Reads LSST alerts."""

    name = SurveyName.LSST

    def recognises(self, schema: WriterSchema) -> bool:
        """Rubin's own record name, or the fields of its alert under the name another broker gave it."""
        if OWN_RECORD_NAME.fullmatch(schema.name):
            return True
        return schema.field_names >= ALERT_FIELDS and schema.field_names_of("diaSource") >= SOURCE_FIELDS

    def parse(self, record: Record) -> Alert:
        """The alert in a decoded packet. Raises MalformedPacket: MISSING_FIELD or INVALID_VALUE."""
        source = record.get("diaSource")
        if source is None:
            raise MalformedPacket(Reason.MISSING_FIELD, "the alert has no diaSource")
        source_id = source.get("diaSourceId")
        try:
            return self._alert(source, record)
        except KeyError as error:
            raise MalformedPacket(Reason.MISSING_FIELD, f"diaSourceId {source_id}: there is no {error}") from error
        except (InvalidPosition, TypeError, ValueError, OverflowError) as error:
            raise MalformedPacket(Reason.INVALID_VALUE, f"diaSourceId {source_id}: {error}") from error

    def _alert(self, source: Record, record: Record) -> Alert:
        sky_object = _object(source, record)
        stamps = _stamps(record)
        return Alert(
            survey=self.name,
            object_name=sky_object.name,
            object_id=sky_object.key,
            detection=_detection(source, has_stamps=bool(stamps)),
            previous_detections=tuple([_detection(row) for row in record.get("prvDiaSources") or ()]),
            non_detections=tuple(_non_detections(record.get("prvDiaNondetectionLimits") or ())),
            forced_photometry=tuple([_forced(row) for row in record.get("prvDiaForcedSources") or ()]),
            stamps=stamps,
            extras=_extras(source, record),
        )


def dia_object(dia_object_id: int) -> SurveyObject:
    """An object outside the solar system: its diaObjectId is its key. Raises ValueError below 1."""
    if not 0 < dia_object_id < KEY_SPAN:
        raise ValueError(f"diaObjectId {dia_object_id} is no positive 64-bit number")
    return SurveyObject(str(dia_object_id), dia_object_id)


def solar_system_object(ss_object_id: int) -> SurveyObject:
    """An object of the solar system, named 'ss' and its ssObjectId.

    Its key is -ssObjectId. Rubin makes the id of the packed designation, seven or eight characters read as one
    number, so it is 2^53 or more. Smaller ids, from simulations, count up from the other end, -2^63; those
    within 2^53 of 2^63, where the two would meet, are no designations. So no two ids share a key, and none has
    one above -2^53, where other surveys' are. Raises ValueError for ids that have no key.
    """
    if not 0 < ss_object_id < KEY_SPAN - FOREIGN_KEYS:
        raise ValueError(f"ssObjectId {ss_object_id} is no designation")
    key = -ss_object_id if ss_object_id > FOREIGN_KEYS else ss_object_id - KEY_SPAN
    return SurveyObject(f"{SOLAR_SYSTEM_PREFIX}{ss_object_id}", key)


def _object(source: Record, record: Record) -> SurveyObject:
    """The object that the source was associated with; where the source is silent, the one it was sent with."""
    if dia_object_id := source.get("diaObjectId"):
        return dia_object(dia_object_id)
    if ss_object_id := source.get("ssObjectId"):
        return solar_system_object(ss_object_id)
    if dia_object_id := _part(record, "diaObject").get("diaObjectId"):
        return dia_object(dia_object_id)
    for part in ("ssSource", "ssObject"):
        if ss_object_id := _part(record, part).get("ssObjectId"):
            return solar_system_object(ss_object_id)
    raise MalformedPacket(
        Reason.MISSING_FIELD,
        f"diaSourceId {source['diaSourceId']} belongs to no object: diaObjectId and ssObjectId are unset",
    )


def _part(record: Record, field: str) -> Mapping[str, Any]:
    return record.get(field) or {}


def _number(value: float | None) -> float | None:
    return value if value is not None and isfinite(value) else None


def _mjd(mjd_tai: float) -> float:
    if not FIRST_MJD <= mjd_tai <= LAST_MJD:
        raise ValueError(f"midpointMjdTai {mjd_tai} is no date of the survey")
    return utc_from_tai(mjd_tai)


def _band(name: str | None) -> Band:
    band = BANDS.get(name or "")
    if band is None:
        raise ValueError(f"band {name!r} is no LSST filter (u, g, r, i, z, y)")
    return band


def _magnitude(flux: float | None, error: float | None) -> tuple[float | None, float | None]:
    return (None, None) if flux is None else magnitude_of_flux(flux, error)


def _apparent(row: Record) -> tuple[float | None, float | None]:
    """Magnitude of the flux measured on the visit image itself: the source and what lies under it.

    Null before schema 8.0, and where that flux is not positive. templateFlux + psfFlux does not stand in for
    it: the template's flux is measured at the object's mean place, and the two errors are not independent.
    """
    flux = _number(row.get("scienceFlux"))
    if flux is None or flux <= 0:
        return None, None
    return magnitude_of_flux(flux, _number(row.get("scienceFluxErr")))


def _is_positive(flux: float | None, row: Record) -> bool:
    """The sign of the flux that the magnitude is made of. Without a flux, that of the footprint the source was
    found in, and without either, positive: a magnitude, to which the sign would belong, is not there then."""
    if flux is not None:
        return flux >= 0
    return not (row.get("isNegative") or row.get("is_negative"))


def _detection(row: Record, *, has_stamps: bool = False) -> Detection:
    place = position(row["ra"], row["dec"])
    flux, flux_error = _number(row["psfFlux"]), _number(row["psfFluxErr"])
    magnitude, magnitude_error = _magnitude(flux, flux_error)
    apparent_magnitude, apparent_magnitude_error = _apparent(row)
    return Detection(
        candid=row["diaSourceId"],
        mjd=_mjd(row["midpointMjdTai"]),
        band=_band(row["band"]),
        ra=place.ra,
        dec=place.dec,
        is_positive=_is_positive(flux, row),
        magnitude=magnitude,
        magnitude_error=magnitude_error,
        apparent_magnitude=apparent_magnitude,
        apparent_magnitude_error=apparent_magnitude_error,
        apparent_magnitude_error_extended=None,
        flux=flux,
        flux_error=flux_error,
        limiting_magnitude=None,
        real_bogus=_number(row.get("reliability")),
        deep_real_bogus=None,
        corrected=apparent_magnitude is not None,
        stellar=None,
        has_stamps=has_stamps,
    )


def _forced(row: Record) -> ForcedPhotometry:
    flux, flux_error = _number(row["psfFlux"]), _number(row["psfFluxErr"])
    magnitude, magnitude_error = _magnitude(flux, flux_error)
    apparent_magnitude, apparent_magnitude_error = _apparent(row)
    return ForcedPhotometry(
        measurement_id=row["diaForcedSourceId"],
        mjd=_mjd(row["midpointMjdTai"]),
        band=_band(row["band"]),
        flux=flux,
        flux_error=flux_error,
        magnitude=magnitude,
        magnitude_error=magnitude_error,
        is_positive=None if flux is None else flux >= 0,
        apparent_magnitude=apparent_magnitude,
        apparent_magnitude_error=apparent_magnitude_error,
        limiting_magnitude=None,
    )


def _non_detections(rows: Iterable[Record]) -> Iterable[NonDetection]:
    """Limits of 5 sigma, of schema 7; a visit whose noise is unknown says nothing."""
    for row in rows:
        noise = _number(row["diaNoise"])
        if noise is None or noise <= 0:
            continue
        limit, _ = magnitude_of_flux(LIMIT_SIGMA * noise, None)
        if limit is not None:
            yield NonDetection(row["ccdVisitId"], _mjd(row["midpointMjdTai"]), _band(row["band"]), limit)


def _stamps(record: Record) -> dict[StampKind, bytes]:
    stamps = {}
    for kind, field in CUTOUTS.items():
        cutout = record.get(field)
        if cutout and cutout.startswith(FITS_SIGNATURES):
            stamps[kind] = cutout
    return stamps


def _extras(source: Record, record: Record) -> LsstExtras:
    get = source.get
    negative = get("isNegative")
    return LsstExtras(
        visit=get("visit"),
        detector=get("detector"),
        solar_system_id=get("ssObjectId") or None,
        solar_system_designation=_designation(record),
        signal_to_noise=_number(get("snr")),
        detected_negative=get("is_negative") if negative is None else negative,
        extendedness=_number(get("extendedness")),
        is_dipole=get("isDipole"),
        science_flux=_number(get("scienceFlux")),
        science_flux_error=_number(get("scienceFluxErr")),
        template_flux=_number(get("templateFlux")),
        template_flux_error=_number(get("templateFluxErr")),
        aperture_flux=_number(get("apFlux")),
        aperture_flux_error=_number(get("apFluxErr")),
        psf_chi2=_number(get("psfChi2")),
        psf_pixels=get("psfNdata"),
        trail_length_arcsec=_number(get("trailLength")),
        trail_angle_degrees=_number(get("trailAngle")),
        glint_trail=get("glint_trail"),
        pixel_flags=get("pixelFlags"),
        psf_flux_flag=get("psfFlux_flag"),
        centroid_flag=get("centroid_flag"),
        shape_flag=get("shape_flag"),
        sources_of_object=_part(record, "diaObject").get("nDiaSources"),
        first_source_mjd_tai=_number(_part(record, "diaObject").get("firstDiaSourceMjdTai")),
    )


def _designation(record: Record) -> str | None:
    """The Minor Planet Center's designation, where the schema has it: 8.0 to 9.0 with the orbit, then beside."""
    return _part(record, "ssSource").get("designation") or _part(record, "MPCORB").get("mpcDesignation") or None
