from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .enums import Survey
from .fragments import Detection


class DetectionsInRegion(BaseModel):
    detections: "DetectionsInRegionDetections"


class DetectionsInRegionDetections(BaseModel):
    edges: list["DetectionsInRegionDetectionsEdges"]
    page_info: "DetectionsInRegionDetectionsPageInfo" = Field(alias="pageInfo")


class DetectionsInRegionDetectionsEdges(BaseModel):
    node: "DetectionsInRegionDetectionsEdgesNode"
    object_: "DetectionsInRegionDetectionsEdgesObject" = Field(alias="object")


DetectionsInRegionDetectionsEdgesNode = Detection


class DetectionsInRegionDetectionsEdgesObject(BaseModel):
    survey: Survey
    name: str


class DetectionsInRegionDetectionsPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")
