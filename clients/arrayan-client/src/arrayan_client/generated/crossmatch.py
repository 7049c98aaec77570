from pydantic import Field

from .base_model import BaseModel
from .enums import Survey


class Crossmatch(BaseModel):
    crossmatch: list["CrossmatchCrossmatch"]


class CrossmatchCrossmatch(BaseModel):
    ra: float
    dec: float
    matches: list["CrossmatchCrossmatchMatches"]


class CrossmatchCrossmatchMatches(BaseModel):
    separation: float
    object_: "CrossmatchCrossmatchMatchesObject" = Field(alias="object")


class CrossmatchCrossmatchMatchesObject(BaseModel):
    survey: Survey
    name: str
    ra: float
    dec: float
    detection_count: int = Field(alias="detectionCount")
    first_mjd: float = Field(alias="firstMjd")
    last_mjd: float = Field(alias="lastMjd")
