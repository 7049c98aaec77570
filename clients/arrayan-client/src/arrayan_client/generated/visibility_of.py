from typing import Optional

from pydantic import Field

from .base_model import BaseModel


class VisibilityOf(BaseModel):
    object_: Optional["VisibilityOfObject"] = Field(alias="object")


class VisibilityOfObject(BaseModel):
    visibility: "VisibilityOfObjectVisibility"


class VisibilityOfObjectVisibility(BaseModel):
    mjd: list[float | None]
    altitude: list[float | None]
    airmass: list[float | None]
    sun_altitude: list[float | None] = Field(alias="sunAltitude")
    moon_altitude: list[float | None] = Field(alias="moonAltitude")
    moon_separation: float = Field(alias="moonSeparation")
    moon_illumination: float = Field(alias="moonIllumination")
