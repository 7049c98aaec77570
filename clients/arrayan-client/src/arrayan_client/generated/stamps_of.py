from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import Band, Survey
from .fragments import StampImage


class StampsOf(BaseModel):
    object_: Optional["StampsOfObject"] = Field(alias="object")


class StampsOfObject(BaseModel):
    survey: Survey
    name: str
    stamps: Optional["StampsOfObjectStamps"]


class StampsOfObjectStamps(BaseModel):
    candid: str
    mjd: float
    band: Band
    science: Optional["StampsOfObjectStampsScience"]
    template: Optional["StampsOfObjectStampsTemplate"]
    difference: Optional["StampsOfObjectStampsDifference"]


StampsOfObjectStampsScience = StampImage
StampsOfObjectStampsTemplate = StampImage
StampsOfObjectStampsDifference = StampImage
