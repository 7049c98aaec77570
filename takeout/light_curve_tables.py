"""The tables of a light curve, column by column as domain.light_curve has them, without the object's key."""

from domain.table_format import LightCurveTable
from takeout.column import Column, Kind, Table


def _magnitude(name: str, kind: Kind, description: str, *, ucd: str = "phot.mag") -> Column:
    return Column(name, kind, description, "mag", ucd, nullable=True)


MJD = Column("mjd", Kind.FLOAT64, "Time, MJD (UTC), as the survey gives it.", "d", "time.epoch")
BAND = Column("band", Kind.TEXT, "Filter of the exposure.", ucd="instr.bandpass")
FLUX = Column(
    "flux",
    Kind.FLOAT64,
    "Signed difference flux (AB = 31.4 - 2.5 log10 nJy).",
    "nJy",
    "phot.flux.density",
    nullable=True,
)
FLUX_ERROR = Column(
    "flux_error", Kind.FLOAT64, "1-sigma error of flux.", "nJy", "stat.error;phot.flux.density", nullable=True
)
LIMIT = _magnitude("limiting_magnitude", Kind.FLOAT32, "5-sigma limit of the difference image (AB).")
APPARENT = _magnitude(
    "apparent_magnitude", Kind.FLOAT64, "Magnitude (AB) of reference source and difference together."
)
APPARENT_ERROR = _magnitude(
    "apparent_magnitude_error",
    Kind.FLOAT64,
    "1-sigma error of apparent_magnitude for a point source.",
    ucd="stat.error;phot.mag",
)

DETECTION_COLUMNS = (
    Column("candid", Kind.INT64, "The survey's identifier of the measurement.", ucd="meta.id;meta.main"),
    MJD,
    BAND,
    Column("ra", Kind.FLOAT64, "Right ascension of this measurement, ICRS.", "deg", "pos.eq.ra;meta.main"),
    Column("dec", Kind.FLOAT64, "Declination of this measurement, ICRS.", "deg", "pos.eq.dec;meta.main"),
    Column(
        "is_positive", Kind.BOOLEAN, "Whether the source is brighter than in the reference image.", ucd="meta.code"
    ),
    _magnitude("magnitude", Kind.FLOAT32, "PSF difference magnitude (AB): the size of the change."),
    _magnitude("magnitude_error", Kind.FLOAT32, "1-sigma error of magnitude.", ucd="stat.error;phot.mag"),
    APPARENT,
    APPARENT_ERROR,
    _magnitude(
        "apparent_magnitude_error_extended",
        Kind.FLOAT64,
        "1-sigma error of apparent_magnitude for an extended source.",
        ucd="stat.error;phot.mag",
    ),
    FLUX,
    FLUX_ERROR,
    LIMIT,
    Column(
        "real_bogus",
        Kind.FLOAT32,
        "The survey's real-bogus score, 0 (bogus) to 1 (real).",
        ucd="meta.code.qual",
        nullable=True,
    ),
    Column(
        "deep_real_bogus",
        Kind.FLOAT32,
        "The survey's deep-learning real-bogus score, 0 to 1.",
        ucd="meta.code.qual",
        nullable=True,
    ),
    Column("corrected", Kind.BOOLEAN, "Whether the measurement sits on a reference source.", ucd="meta.code"),
    Column("dubious", Kind.BOOLEAN, "Whether the correction is in doubt.", ucd="meta.code"),
    Column("has_stamps", Kind.BOOLEAN, "Whether there are stamps of it.", ucd="meta.code"),
)

NON_DETECTION_COLUMNS = (
    MJD,
    BAND,
    LIMIT._replace(nullable=False),
)

FORCED_PHOTOMETRY_COLUMNS = (
    MJD,
    BAND,
    FLUX,
    FLUX_ERROR,
    _magnitude("magnitude", Kind.FLOAT64, "Difference magnitude (AB) of the size of flux."),
    _magnitude("magnitude_error", Kind.FLOAT64, "1-sigma error of magnitude.", ucd="stat.error;phot.mag"),
    Column("is_positive", Kind.BOOLEAN, "Sign of flux; not there without a flux.", ucd="meta.code", nullable=True),
    APPARENT,
    APPARENT_ERROR,
    LIMIT,
)

LIGHT_CURVE_TABLES = {
    LightCurveTable.DETECTIONS: Table(
        "detections", "Significant measurements on difference images, by time.", DETECTION_COLUMNS
    ),
    LightCurveTable.NON_DETECTIONS: Table(
        "non_detections",
        "Epochs with a limit only, by time.",
        NON_DETECTION_COLUMNS,
    ),
    LightCurveTable.FORCED_PHOTOMETRY: Table(
        "forced_photometry",
        "Difference fluxes at the object's place, detected or not, by time.",
        FORCED_PHOTOMETRY_COLUMNS,
    ),
}
