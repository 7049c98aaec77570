from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import Detection


class Detections(BaseModel):
    object_: Optional["DetectionsObject"] = Field(alias="object")


class DetectionsObject(BaseModel):
    light_curve: "DetectionsObjectLightCurve" = Field(alias="lightCurve")


class DetectionsObjectLightCurve(BaseModel):
    detections: list["DetectionsObjectLightCurveDetections"]


DetectionsObjectLightCurveDetections = Detection
