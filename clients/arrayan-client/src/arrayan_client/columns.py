"""The columns of tables, with their units and meanings, in the words of the schema."""

from dataclasses import dataclass
from enum import Enum
from operator import attrgetter
from typing import Any


class Kind(Enum):
    """What values a column has."""

    TEXT = "text"
    IDENTIFIER = "identifier"
    """A whole number of 64 bits, which travels as text."""
    INT = "int"
    FLOAT = "float"
    BOOL = "bool"
    TIME = "time"


@dataclass(frozen=True)
class Column:
    """A column of a table."""

    name: str
    kind: Kind
    unit: str | None
    """As VOUnits write it; None for pure numbers and texts."""
    description: str
    path: str
    """Where the value is in a record."""

    def values(self, records: list[Any]) -> list[Any]:
        """Of records; None where there is none."""
        get = attrgetter(self.path) if "." not in self.path else _through(self.path)
        values = [get(record) for record in records]
        if self.kind is Kind.IDENTIFIER:
            return [None if value is None else int(value) for value in values]
        if self.kind is Kind.TEXT:
            return [None if value is None else str(value) for value in values]
        return values


def _through(path: str) -> Any:
    *names, last = path.split(".")

    def get(record: Any) -> Any:
        for name in names:
            record = getattr(record, name)
            if record is None:
                return None
        return getattr(record, last)

    return get


def _column(name: str, kind: Kind, description: str, unit: str | None = None, path: str | None = None) -> Column:
    return Column(name, kind, unit, description, path or name)


def text(name: str, description: str, path: str | None = None) -> Column:
    return _column(name, Kind.TEXT, description, None, path)


def number(name: str, description: str, unit: str | None = None, path: str | None = None) -> Column:
    return _column(name, Kind.FLOAT, description, unit, path)


def whole(name: str, description: str, path: str | None = None) -> Column:
    return _column(name, Kind.INT, description, None, path)


def flag(name: str, description: str, path: str | None = None) -> Column:
    return _column(name, Kind.BOOL, description, None, path)


def identifier(name: str, description: str, path: str | None = None) -> Column:
    return _column(name, Kind.IDENTIFIER, description, None, path)


def instant(name: str, description: str, path: str | None = None) -> Column:
    return _column(name, Kind.TIME, description, None, path)


def inside(prefix: str, path: str, columns: tuple[Column, ...]) -> tuple[Column, ...]:
    """Columns of a record within a record."""
    return tuple(
        Column(prefix + column.name, column.kind, column.unit, column.description, f"{path}.{column.path}")
        for column in columns
    )


MJD = number("mjd", "Time, MJD (UTC), as the survey gives it.", "d")
BAND = text("band", "Filter of the exposure.")
MAGNITUDE = number("magnitude", "Difference magnitude (AB): the size of the change.", "mag")
MAGNITUDE_ERROR = number("magnitude_error", "1-sigma error of magnitude.", "mag")
APPARENT = number("apparent_magnitude", "Magnitude (AB) of reference source and difference together.", "mag")
APPARENT_ERROR = number(
    "apparent_magnitude_error", "1-sigma error of apparent_magnitude for a point source.", "mag"
)
FLUX = number("flux", "Signed difference flux (AB = 31.4 - 2.5 log10 nJy).", "nJy")
FLUX_ERROR = number("flux_error", "1-sigma error of flux.", "nJy")
LIMIT = number("limiting_magnitude", "5-sigma limit of the difference image (AB).", "mag")
SEPARATION = number("separation", "Angle to the centre.", "arcsec")

OBJECT_COLUMNS = (
    text("survey", "The survey that detects it."),
    text("name", "The survey's own identifier of the object."),
    number("ra", "Mean right ascension of the detections, ICRS.", "deg"),
    number("dec", "Mean declination of the detections, ICRS.", "deg"),
    whole("detection_count", "Number of detections, of alerts and of their histories."),
    whole("non_detection_count", "Number of epochs with a limit only."),
    number("first_mjd", "Time of the first detection, MJD (UTC).", "d"),
    number("last_mjd", "Time of the last detection, MJD (UTC).", "d"),
    flag("corrected", "Whether the photometry can be corrected with a reference source, at the first detection."),
    flag("stellar", "Whether the reference source looks like a star."),
    number("mean_color", "Mean g - mean r of the difference magnitudes.", "mag"),
    number("mean_apparent_color", "Mean g - mean r of the apparent magnitudes.", "mag"),
)
CONE_COLUMNS = (SEPARATION, *OBJECT_COLUMNS)
SKYMAP_COLUMNS = (
    number("probability_density", "Probability of the sky map at the mean position.", "deg-2"),
    number("credible_level", "The object lies in the credible regions of this level and above."),
    *OBJECT_COLUMNS,
)
CLASSIFIED_COLUMNS = (
    *OBJECT_COLUMNS,
    text("classifier", "Name of the classifier."),
    text("class_name", "Its most probable class."),
    number("probability", "Probability of that class, 0 to 1."),
)
DETECTION_COLUMNS = (
    identifier("candid", "The survey's identifier of the measurement."),
    MJD,
    BAND,
    number("ra", "Right ascension of this measurement, ICRS.", "deg"),
    number("dec", "Declination of this measurement, ICRS.", "deg"),
    flag("is_positive", "Whether the source is brighter than in the reference image."),
    MAGNITUDE,
    MAGNITUDE_ERROR,
    APPARENT,
    APPARENT_ERROR,
    number(
        "apparent_magnitude_error_extended",
        "1-sigma error of apparent_magnitude for an extended source.",
        "mag",
    ),
    FLUX,
    FLUX_ERROR,
    LIMIT,
    number("real_bogus", "The survey's real-bogus score, 0 (bogus) to 1 (real)."),
    number("deep_real_bogus", "The survey's deep-learning real-bogus score, 0 to 1."),
    flag("corrected", "Whether the measurement sits on a reference source."),
    flag("dubious", "Whether the correction is in doubt."),
    flag("has_stamps", "Whether there are stamps of it."),
)
OBJECT_OF_DETECTION = (
    text("object_survey", "The survey."),
    text("object_name", "The survey's own identifier of the object."),
)
NON_DETECTION_COLUMNS = (MJD, BAND, LIMIT)
FORCED_PHOTOMETRY_COLUMNS = (
    MJD,
    BAND,
    FLUX,
    FLUX_ERROR,
    MAGNITUDE,
    MAGNITUDE_ERROR,
    flag("is_positive", "Sign of flux."),
    APPARENT,
    APPARENT_ERROR,
    LIMIT,
)
LIGHT_CURVE_COLUMNS = (
    text("kind", "detection, non_detection or forced_photometry."),
    *(column for column in DETECTION_COLUMNS if column.name not in {"ra", "dec"}),
)
STATISTICS_COLUMNS = (
    BAND,
    whole("detection_count", "Number of detections."),
    whole("dubious_count", "How many of them have a doubtful correction."),
    number("first_mjd", "Time of the first detection, MJD (UTC).", "d"),
    number("last_mjd", "Time of the last detection, MJD (UTC).", "d"),
    number("magnitude_mean", "Mean difference magnitude (AB).", "mag"),
    number("magnitude_median", "Median difference magnitude (AB).", "mag"),
    number("magnitude_min", "Smallest difference magnitude, that is the largest change.", "mag"),
    number("magnitude_max", "Largest difference magnitude, that is the smallest change.", "mag"),
    number("magnitude_sigma", "Population standard deviation.", "mag"),
    number("magnitude_first", "Difference magnitude at the first detection.", "mag"),
    number("magnitude_last", "Difference magnitude at the last detection.", "mag"),
    number("apparent_magnitude_mean", "Mean apparent magnitude (AB).", "mag"),
    number("apparent_magnitude_median", "Median apparent magnitude (AB).", "mag"),
    number("apparent_magnitude_min", "Brightest apparent magnitude (AB).", "mag"),
    number("apparent_magnitude_max", "Faintest apparent magnitude (AB).", "mag"),
    number("rise_rate", "Rise before the first detection, positive when brightening.", "mag/d"),
    number("saturation_rate", "Fraction of the corrected detections that are saturated."),
)
PROBABILITY_COLUMNS = (
    text("classifier", "Name of the classifier."),
    text("version", "Its version."),
    text("class_name", "Name of the class."),
    number("probability", "Probability of the class, 0 to 1."),
    whole("ranking", "1 for the most probable class, 2 for the next."),
    identifier("candid", "The alert that caused the answer."),
    number("mjd", "Time of the observation that caused it, MJD (UTC).", "d"),
    instant("classified_at", "When the answer was stored, UTC."),
)
FEATURE_COLUMNS = (
    text("name", "Name of the feature, without the band."),
    text("band", "Its band; none for a feature of all bands together."),
    number("value", "Its value."),
    text("unit", "Unit of the value."),
    text("description", "What it measures."),
    text("version", "Version of the classifier that computed it."),
)
CLASSIFIER_COLUMNS = (
    text("name", "Name of the classifier."),
    text("version", "Its version."),
    flag("is_current", "Whether this version answers for what comes in."),
    text("kind", "What it goes by: stamps or light_curve."),
    text("description", "What it looks at and what it is good for."),
)
CLASS_COLUMNS = (
    text("classifier", "Name of the classifier."),
    text("version", "Its version."),
    text("name", "Name of the class."),
    text("parent", "The class that it is a part of."),
    text("description", "What belongs to it."),
)
CROSSMATCH_COLUMNS = (
    whole("row", "Number of the position in your table, from 0."),
    text("target", "Your name of it."),
    number("target_ra", "Right ascension that was asked for, ICRS.", "deg"),
    number("target_dec", "Declination that was asked for, ICRS.", "deg"),
    number("separation", "Angle to the object; none without a match.", "arcsec"),
    *inside(
        "",
        "object",
        tuple(
            column
            for column in OBJECT_COLUMNS
            if column.name in {"survey", "name", "ra", "dec", "detection_count", "first_mjd", "last_mjd"}
        ),
    ),
)
CATALOG_COLUMNS = (
    text("name", "Its name here."),
    whole("rows", "Number of its sources."),
    number("default_radius", "A source this near belongs to an object.", "arcsec"),
    text("description", "What it is."),
)
SOURCE_COLUMNS = (
    text("catalog", "Name of the catalogue."),
    text("source_id", "The catalogue's identifier of the source."),
    number("ra", "Right ascension of the source, ICRS.", "deg"),
    number("dec", "Declination of the source, ICRS.", "deg"),
    number("separation", "Angle to the place.", "arcsec"),
)
SURVEY_COLUMNS = (
    text("survey", "The survey."),
    whole("object_count", "Number of objects."),
    instant("last_alert_time", "When the newest detection was observed, UTC."),
    instant("last_ingested_at", "When the newest alert was stored, UTC."),
    whole("dead_letter_count", "Packets that could not be stored."),
)
NIGHT_COLUMNS = (
    text("survey", "The survey."),
    text("night", "The night's date."),
    whole("alerts", "Alerts that came."),
    whole("stored", "Alerts that are stored."),
    whole("dead_letters", "Packets that could not be stored."),
    whole("classified", "Answers of all classifiers."),
    number(
        "latency_p50",
        "Half of the alerts were stored within this time after their observation.",
        "s",
        "latency_p_50",
    ),
    number("latency_p95", "The same for 95 % of them.", "s", "latency_p_95"),
)
EVENT_OBJECT = inside("", "object_", OBJECT_COLUMNS[:8])
CLASSIFIED_EVENT_COLUMNS = (
    text("event_id", "Name of the event, to go on behind."),
    *EVENT_OBJECT,
    text("classifier", "Name of the classifier.", "classification.classifier"),
    text("class_name", "The most probable class.", "classification.class_"),
    number("probability", "Its probability, 0 to 1.", None, "classification.probability"),
    text("previous_class", "The most probable class of the answer before."),
)
DETECTED_EVENT_COLUMNS = (
    text("event_id", "Name of the event, to go on behind."),
    *EVENT_OBJECT,
    identifier("candid", "The survey's identifier of the measurement.", "detection.candid"),
    number("mjd", "Time of the measurement, MJD (UTC).", "d", "detection.mjd"),
    text("band", "Filter of the exposure.", "detection.band"),
    number("magnitude", "Difference magnitude (AB).", "mag", "detection.magnitude"),
)
