from datetime import datetime
from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import Band, StampKind, Survey


class BandStatistics(BaseModel):
    band: Band
    detection_count: int = Field(alias="detectionCount")
    dubious_count: int = Field(alias="dubiousCount")
    first_mjd: float = Field(alias="firstMjd")
    last_mjd: float = Field(alias="lastMjd")
    magnitude_mean: Optional[float] = Field(alias="magnitudeMean")
    magnitude_median: Optional[float] = Field(alias="magnitudeMedian")
    magnitude_min: Optional[float] = Field(alias="magnitudeMin")
    magnitude_max: Optional[float] = Field(alias="magnitudeMax")
    magnitude_sigma: Optional[float] = Field(alias="magnitudeSigma")
    magnitude_first: Optional[float] = Field(alias="magnitudeFirst")
    magnitude_last: Optional[float] = Field(alias="magnitudeLast")
    apparent_magnitude_mean: Optional[float] = Field(alias="apparentMagnitudeMean")
    apparent_magnitude_median: Optional[float] = Field(alias="apparentMagnitudeMedian")
    apparent_magnitude_min: Optional[float] = Field(alias="apparentMagnitudeMin")
    apparent_magnitude_max: Optional[float] = Field(alias="apparentMagnitudeMax")
    rise_rate: Optional[float] = Field(alias="riseRate")
    saturation_rate: Optional[float] = Field(alias="saturationRate")


class CatalogSource(BaseModel):
    catalog: str
    source_id: str = Field(alias="sourceId")
    ra: float
    dec: float
    separation: float
    values: list["CatalogSourceValues"]


class CatalogSourceValues(BaseModel):
    name: str
    value: Optional[str]
    unit: Optional[str]


class Classification(BaseModel):
    classifier: str
    version: str
    class_: str = Field(alias="class")
    probability: float
    probabilities: list["ClassificationProbabilities"]
    candid: Optional[str]
    mjd: float
    classified_at: datetime = Field(alias="classifiedAt")


class ClassificationProbabilities(BaseModel):
    class_: str = Field(alias="class")
    probability: float
    ranking: int


class SkyObject(BaseModel):
    id: str
    survey: Survey
    name: str
    ra: float
    dec: float
    detection_count: int = Field(alias="detectionCount")
    non_detection_count: int = Field(alias="nonDetectionCount")
    first_mjd: float = Field(alias="firstMjd")
    last_mjd: float = Field(alias="lastMjd")
    first_time: datetime = Field(alias="firstTime")
    last_time: datetime = Field(alias="lastTime")
    corrected: Optional[bool]
    stellar: Optional[bool]
    mean_color: Optional[float] = Field(alias="meanColor")
    mean_apparent_color: Optional[float] = Field(alias="meanApparentColor")


class ClassificationEvent(BaseModel):
    event_id: str = Field(alias="eventId")
    previous_class: Optional[str] = Field(alias="previousClass")
    classification: "ClassificationEventClassification"
    object_: "ClassificationEventObject" = Field(alias="object")


class ClassificationEventClassification(Classification):
    pass


class ClassificationEventObject(SkyObject):
    pass


class Detection(BaseModel):
    candid: str
    mjd: float
    time: datetime
    band: Band
    ra: float
    dec: float
    is_positive: bool = Field(alias="isPositive")
    magnitude: Optional[float]
    magnitude_error: Optional[float] = Field(alias="magnitudeError")
    apparent_magnitude: Optional[float] = Field(alias="apparentMagnitude")
    apparent_magnitude_error: Optional[float] = Field(alias="apparentMagnitudeError")
    apparent_magnitude_error_extended: Optional[float] = Field(
        alias="apparentMagnitudeErrorExtended"
    )
    flux: Optional[float]
    flux_error: Optional[float] = Field(alias="fluxError")
    limiting_magnitude: Optional[float] = Field(alias="limitingMagnitude")
    real_bogus: Optional[float] = Field(alias="realBogus")
    deep_real_bogus: Optional[float] = Field(alias="deepRealBogus")
    corrected: bool
    dubious: bool
    has_stamps: bool = Field(alias="hasStamps")


class DetectionEvent(BaseModel):
    event_id: str = Field(alias="eventId")
    detection: "DetectionEventDetection"
    object_: "DetectionEventObject" = Field(alias="object")


class DetectionEventDetection(Detection):
    pass


class DetectionEventObject(SkyObject):
    pass


class Feature(BaseModel):
    name: str
    band: Optional[Band]
    value: Optional[float]
    unit: Optional[str]
    description: Optional[str]
    version: str


class ForcedPhotometry(BaseModel):
    mjd: float
    time: datetime
    band: Band
    flux: Optional[float]
    flux_error: Optional[float] = Field(alias="fluxError")
    magnitude: Optional[float]
    magnitude_error: Optional[float] = Field(alias="magnitudeError")
    is_positive: Optional[bool] = Field(alias="isPositive")
    apparent_magnitude: Optional[float] = Field(alias="apparentMagnitude")
    apparent_magnitude_error: Optional[float] = Field(alias="apparentMagnitudeError")
    limiting_magnitude: Optional[float] = Field(alias="limitingMagnitude")


class NonDetection(BaseModel):
    mjd: float
    time: datetime
    band: Band
    limiting_magnitude: float = Field(alias="limitingMagnitude")


class StampImage(BaseModel):
    kind: StampKind
    width: int
    height: int
    fits_url: str = Field(alias="fitsUrl")
    pixels: list[float | None]
