from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import ForcedPhotometry


class ForcedPhotometryOf(BaseModel):
    object_: Optional["ForcedPhotometryOfObject"] = Field(alias="object")


class ForcedPhotometryOfObject(BaseModel):
    light_curve: "ForcedPhotometryOfObjectLightCurve" = Field(alias="lightCurve")


class ForcedPhotometryOfObjectLightCurve(BaseModel):
    forced_photometry: list["ForcedPhotometryOfObjectLightCurveForcedPhotometry"] = (
        Field(alias="forcedPhotometry")
    )


ForcedPhotometryOfObjectLightCurveForcedPhotometry = ForcedPhotometry
