from typing import Optional

from pydantic import Field

from .base_model import BaseModel
from .fragments import SkyObject


class SkymapObjects(BaseModel):
    objects: "SkymapObjectsObjects"


class SkymapObjectsObjects(BaseModel):
    edges: list["SkymapObjectsObjectsEdges"]
    page_info: "SkymapObjectsObjectsPageInfo" = Field(alias="pageInfo")


class SkymapObjectsObjectsEdges(BaseModel):
    skymap: Optional["SkymapObjectsObjectsEdgesSkymap"]
    node: "SkymapObjectsObjectsEdgesNode"


class SkymapObjectsObjectsEdgesSkymap(BaseModel):
    probability_density: float = Field(alias="probabilityDensity")
    credible_level: float = Field(alias="credibleLevel")


SkymapObjectsObjectsEdgesNode = SkyObject


class SkymapObjectsObjectsPageInfo(BaseModel):
    has_next_page: bool = Field(alias="hasNextPage")
    end_cursor: Optional[str] = Field(alias="endCursor")
