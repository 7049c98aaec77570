from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import Band, Direction, ObjectOrderField, Survey


class BandFilter(BaseModel):
    """The object was detected in a band, and its statistics there are within limits, all of which must hold. Magnitudes are difference magnitudes (AB) unless named apparent; a condition on one that is null does not hold. For two bands, give one in `where` and one in `where.and`. It is looked up row by row: join it with other conditions."""

    band: Band
    "The band."
    magnitude_mean: Optional["FloatRange"] = Field(alias="magnitudeMean", default=None)
    "Mean magnitude, mag."
    magnitude_min: Optional["FloatRange"] = Field(alias="magnitudeMin", default=None)
    "Smallest magnitude, mag, that is the largest change."
    magnitude_last: Optional["FloatRange"] = Field(alias="magnitudeLast", default=None)
    "Magnitude at the last detection, mag."
    apparent_magnitude_mean: Optional["FloatRange"] = Field(
        alias="apparentMagnitudeMean", default=None
    )
    "Mean apparent magnitude, mag."
    detection_count: Optional["IntRange"] = Field(alias="detectionCount", default=None)
    "Number of detections in the band."
    rise_rate: Optional["FloatRange"] = Field(alias="riseRate", default=None)
    "Rise before the first detection, mag/day, positive when brightening."


class BoxInput(BaseModel):
    """Everything between two right ascensions and two declinations, edges included."""

    ra_min: float = Field(alias="raMin")
    "Lower right ascension, degrees; above `raMax`, the box crosses RA 0."
    ra_max: float = Field(alias="raMax")
    "Upper right ascension, degrees."
    dec_min: float = Field(alias="decMin")
    "Lower declination, degrees."
    dec_max: float = Field(alias="decMax")
    "Upper declination, degrees."


class ClassFilter(BaseModel):
    """The latest answer of a classifier has a class that is one of `class`, with this ranking and a probability within limits."""

    classifier: str
    "Name of the classifier; `classifiers` lists them."
    version: Optional[str] = None
    "Only answers of this version; of any when null."
    class_: Optional[list[str]] = Field(alias="class", default=None)
    "One of these classes, leaves of the classifier's tree; any when null. Queries refuse a name that no version of it gives."
    ranking: Optional[int] = None
    "1 for the most probable class, 2 for the next. When null: 1 if `class` is given and `probability` is not, else any."
    probability: Optional["FloatRange"] = None
    "Probability of the class, between 0 and 1."


class ClassificationFilter(BaseModel):
    """Conditions on an answer of a classifier; those that are given must all hold."""

    survey: Optional[Survey] = None
    "Of an object of this survey."
    classifier: Optional[str] = None
    "Of this classifier, by its name; `classifiers` lists them. Of any when null."
    classes: Optional[list[str]] = None
    "The most probable class is one of these; any when null. At most 100."
    probability: Optional["FloatRange"] = None
    "Probability of the most probable class, between 0 and 1."
    changed_only: Optional[bool] = Field(alias="changedOnly", default=False)
    "Only when the most probable class changed, or is the first that the classifier gave."
    object_: Optional["ObjectFilter"] = Field(alias="object", default=None)
    "The object passes this filter when the answer is told of."


class ConeInput(BaseModel):
    """Everything within a radius of a centre, given as ra and dec or as text."""

    ra: Optional[float] = None
    "Right ascension of the centre, degrees ICRS."
    dec: Optional[float] = None
    "Declination of the centre, degrees ICRS."
    position: Optional[str] = None
    "The centre as text: decimal degrees `150.1 -2.2`, or hours and degrees `10:00:24 -02:12:00`."
    radius: float
    "Radius, arcsec; at most 648000 (the whole sky)."


class FeatureFilter(BaseModel):
    """A feature of the latest answers is known and within limits. It is looked up row by row: join it with other conditions."""

    name: str
    "Name of the feature, as `Object.features` gives it. Queries refuse a name that no classifier gives."
    band: Optional[Band] = None
    "Its band; null for a feature of all bands together."
    value: "FloatRange"
    "Its value, in the unit of the feature."


class FloatRange(BaseModel):
    """Limits of a number; those that are given must all hold."""

    gte: Optional[float] = None
    "At least."
    lte: Optional[float] = None
    "At most."
    gt: Optional[float] = None
    "Greater than."
    lt: Optional[float] = None
    "Less than."


class IntRange(BaseModel):
    """Limits of a whole number; those that are given must all hold."""

    gte: Optional[int] = None
    "At least."
    lte: Optional[int] = None
    "At most."
    gt: Optional[int] = None
    "Greater than."
    lt: Optional[int] = None
    "Less than."


class ObjectFilter(BaseModel):
    """Conditions on an object; those that are given must all hold. A condition on a value that is null does not hold."""

    survey: Optional[Survey] = None
    "Of this survey."
    names: Optional[list[str]] = None
    "The survey's identifiers, one of which must match. At most 1000."
    name_like: Optional[str] = Field(alias="nameLike", default=None)
    "Pattern of the whole identifier of the survey: `*` or `%` stands for any letters, `?` or `_` for one; capitals matter."
    detection_count: Optional["IntRange"] = Field(alias="detectionCount", default=None)
    "Number of detections."
    first_mjd: Optional["FloatRange"] = Field(alias="firstMjd", default=None)
    "Time of the first detection, MJD (UTC)."
    last_mjd: Optional["FloatRange"] = Field(alias="lastMjd", default=None)
    "Time of the last detection, MJD (UTC)."
    duration_days: Optional["FloatRange"] = Field(alias="durationDays", default=None)
    "Time from the first to the last detection, days."
    mean_color: Optional["FloatRange"] = Field(alias="meanColor", default=None)
    "Mean g - mean r of the difference magnitudes, mag."
    stellar: Optional[bool] = None
    "Whether the reference source looks like a star."
    corrected: Optional[bool] = None
    "Whether the photometry can be corrected with a reference source."
    class_: Optional["ClassFilter"] = Field(alias="class", default=None)
    "What a classifier said last."
    classified: Optional[bool] = None
    "Whether any classifier has answered for it."
    band: Optional["BandFilter"] = None
    "Its statistics in one band."
    feature: Optional["FeatureFilter"] = None
    "A feature of its light curve."
    in_catalog: Optional[str] = Field(alias="inCatalog", default=None)
    "A source of this catalogue lies within its default radius. The first objects of the order asked for are looked up; where too few of them pass, all are, which takes a second or two for each catalogue and million of objects: other conditions, or a region, make that quicker."
    region: Optional["RegionInput"] = None
    "Mean position in this region."
    and_: Optional[list["ObjectFilter"]] = Field(alias="and", default=None)
    "All of these must hold too."
    or_: Optional[list["ObjectFilter"]] = Field(alias="or", default=None)
    "At least one of these must hold; none does in an empty list."
    not_: Optional["ObjectFilter"] = Field(alias="not", default=None)
    "This must not hold."


class ObjectOrder(BaseModel):
    """A key to sort by; ties are broken by the object's own key."""

    field: ObjectOrderField
    "What to sort by."
    direction: Direction = Direction.DESC
    "Which way."


class PositionInput(BaseModel):
    """A place on the sky, given as ra and dec or as text."""

    name: Optional[str] = None
    "A name of yours for it, given back as it is; it has no other use."
    ra: Optional[float] = None
    "Right ascension, degrees ICRS; taken modulo 360."
    dec: Optional[float] = None
    "Declination, degrees ICRS."
    position: Optional[str] = None
    "The place as text: decimal degrees `150.1 -2.2`, or hours and degrees `10:00:24 -02:12:00`."


class RegionInput(BaseModel):
    """A region of the sky: exactly one of the fields."""

    cone: Optional["ConeInput"] = None
    "A cone."
    polygon: Optional[list["PositionInput"]] = None
    "A polygon by its 3 to 500 vertices, one after the other, either way round. Edges are arcs of great circles, each the shorter way. Of the two parts of the sky that it makes, the smaller one is inside. It may hold RA 0 and a pole, and must not cross or touch itself. Right on an edge, either may be the case."
    box: Optional["BoxInput"] = None
    "A box in right ascension and declination."
    moc: Optional[str] = None
    "A multi-order coverage map (MOC) in the ASCII form of IVOA's standard: orders and nested HEALPix pixels, such as `3/10-12,14 5/2000`. At most 2,000,000 letters."
    skymap: Optional["SkymapInput"] = None
    "A credible region of a HEALPix probability map (of a gravitational wave, a neutrino, a gamma-ray burst), sent before to `POST /skymaps`."


class SkymapInput(BaseModel):
    """The smallest region of a sky map that holds a probability: its pixels by probability per area, until it is reached."""

    id: str
    "What `POST /skymaps` answered when the map was sent."
    credible_level: float = Field(alias="credibleLevel", default=0.9)
    "The probability, greater than 0 and at most 1."
