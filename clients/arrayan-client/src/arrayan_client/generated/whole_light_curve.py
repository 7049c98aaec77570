from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import Detection, ForcedPhotometry, NonDetection, SkyObject


class WholeLightCurve(BaseModel):
    object_: Optional["WholeLightCurveObject"] = Field(alias="object")


class WholeLightCurveObject(SkyObject):
    light_curve: "WholeLightCurveObjectLightCurve" = Field(alias="lightCurve")


class WholeLightCurveObjectLightCurve(BaseModel):
    detections: list["WholeLightCurveObjectLightCurveDetections"]
    non_detections: list["WholeLightCurveObjectLightCurveNonDetections"] = Field(
        alias="nonDetections"
    )
    forced_photometry: list["WholeLightCurveObjectLightCurveForcedPhotometry"] = Field(
        alias="forcedPhotometry"
    )


WholeLightCurveObjectLightCurveDetections = Detection
WholeLightCurveObjectLightCurveNonDetections = NonDetection
WholeLightCurveObjectLightCurveForcedPhotometry = ForcedPhotometry
