from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import NonDetection


class NonDetections(BaseModel):
    object_: Optional["NonDetectionsObject"] = Field(alias="object")


class NonDetectionsObject(BaseModel):
    light_curve: "NonDetectionsObjectLightCurve" = Field(alias="lightCurve")


class NonDetectionsObjectLightCurve(BaseModel):
    non_detections: list["NonDetectionsObjectLightCurveNonDetections"] = Field(
        alias="nonDetections"
    )


NonDetectionsObjectLightCurveNonDetections = NonDetection
